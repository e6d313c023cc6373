-- What the third release (migration 20261124_runs) added to the unit of second_release.sql: an agreement in force, a
-- case to verify, the runs of its days, and two calls that wait for somebody: a complaint and a case without numbers.
INSERT INTO outcome (id, code, label, label_en, asks, answered, right_party, effective, promise, retires_number,
                     final, attempt, by_system, weight, position, version)
SELECT 920 + n, code, code, '', '{text}', right_party, right_party, right_party, false, false, true, true, false, 80, n, 1
  FROM (VALUES (1, 'RPC_DISPUTE', true), (2, 'BAD_EXHAUSTED', false)) o (n, code, right_party);
INSERT INTO debtor (id, person_key, identification, identification_kind, identification_raw, name, level)
SELECT 920 + n, 'ID:' || 1304420000 + n, '' || 1304420000 + n, 'cedula', '', 'PERSONA ' || 20 + n, 0 FROM generate_series(1, 6) n;
INSERT INTO account (id, portfolio_id, debtor_id, number, number_key, balance, bills_count, oldest_due_on, balance_as_of,
                     load_id, row_hash, covered)
SELECT 920 + n, 901, 920 + n, '000' || 2000 + n, '' || 2000 + n, 100, 1, CURRENT_DATE - 90, CURRENT_DATE - 1, 903, '',
       CASE n WHEN 1 THEN 75 ELSE 0 END
  FROM generate_series(1, 6) n;
INSERT INTO bill (id, account_id, number, bills_count, due_on, amount, balance)
SELECT 920 + n, 920 + n, 'AGRUPADA', 1, CURRENT_DATE - 90, 100, 100 FROM generate_series(1, 6) n;
INSERT INTO contact_point (id, debtor_id, kind, value, is_mobile, origin, state, added_at)
SELECT 920 + n, 920 + n, 'phone', '+5939912346' || 10 + n, true, 'BASE', CASE n WHEN 3 THEN 'retired' ELSE 'unverified' END,
       CURRENT_TIMESTAMP - interval '20 days'
  FROM generate_series(1, 6) n;
INSERT INTO call (id, submit_key, debtor_id, account_id, operator_id, outcome_id, direction, started_at, ended_at,
                  contact_point_id, verified, receipt, note, owed, bills_count)
SELECT 920 + n, gen_random_uuid(), 920 + n, 920 + n, 901, outcome, 'outgoing', CURRENT_TIMESTAMP - interval '2 days',
       CURRENT_TIMESTAMP - interval '2 days', 920 + n, outcome = 921, '', said, 100, 1
  FROM (VALUES (2, 921, 'la lectura no es la suya'), (3, 922, 'ningún número sirve'), (4, 921, 'ya se resolvió'),
               (5, 921, 'ya corregida'), (6, 922, 'se hallaron números')) c (n, outcome, said);
-- 922 and 923 run; that of 924 has ended; those of 925 and 926 were lifted.
INSERT INTO hold (id, scope, debtor_id, account_id, reason, note, starts_on, ends_on, placed_at, call_id, lifted_at,
                  expired_on, placed_by_id)
SELECT 920 + n, CASE reason WHEN 'complaint' THEN 'account' ELSE 'person' END, 920 + n,
       CASE reason WHEN 'complaint' THEN 920 + n END, reason, '', CURRENT_DATE - 40, CURRENT_DATE + ends,
       CURRENT_TIMESTAMP - interval '2 days', 920 + n, CASE WHEN n > 4 THEN CURRENT_TIMESTAMP END,
       CASE n WHEN 4 THEN CURRENT_DATE - 1 END, 901
  FROM (VALUES (2, 'complaint', 13), (3, 'referral', 13), (4, 'complaint', -2), (5, 'complaint', 13), (6, 'referral', 13))
       h (n, reason, ends);
INSERT INTO agreement (id, debtor_id, account_id, state, capital, months, grace_days, total, made_at, made_by_id, counts_from,
                       requested_at, requested_by_id, decided_at, decided_by_id, paid, judged_at)
VALUES (921, 921, 921, 'active', 100, 3, 8, 100, CURRENT_TIMESTAMP - interval '9 days', 901, CURRENT_DATE - 9,
        CURRENT_TIMESTAMP - interval '9 days', 901, CURRENT_TIMESTAMP - interval '8 days', 902, 25,
        CURRENT_TIMESTAMP - interval '1 day');
INSERT INTO agreement_bill (agreement_id, bill_id, amount) VALUES (921, 921, 100);
INSERT INTO instalment (agreement_id, number, due_on, amount, cumulative, lapses_on)
SELECT 921, n, CURRENT_DATE - 5 + 30 * n, 25, 25 * (n + 1), CURRENT_DATE - 5 + 30 * n + CASE n WHEN 0 THEN 0 ELSE 8 END
  FROM generate_series(0, 3) n;
INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel, load_id, recorded_at) VALUES
  (901, 921, 'R-21', CURRENT_DATE - 5, 25, false, 'banco', 902, CURRENT_TIMESTAMP - interval '3 days');
UPDATE account SET balance = 75 WHERE id = 921;
INSERT INTO followup_run (day, first_at, last_at, runs, seconds, counts)
VALUES (CURRENT_DATE - 1, CURRENT_TIMESTAMP - interval '1 day', CURRENT_TIMESTAMP - interval '1 day', 1, 0.5,
        '{"promises": {"kept": 0, "partial": 0, "broken": 0}, "agreements": {"active": 1, "kept": 0, "broken": 0, "void": 0}}');
