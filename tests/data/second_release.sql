-- A small unit as the second release (migration 20261124_speed) left it, its days counted from today: promises of every
-- state, holds that run and that have ended, the four outcomes that become cases, a load that can be taken back.
INSERT INTO ab_user (id, first_name, last_name, username, email, active) VALUES
  (901, 'Ana', 'Cedeño', 'ana.vieja', 'ana.vieja@example.com', true),
  (902, 'Eva', 'Loor', 'eva.vieja', 'eva.vieja@example.com', true),
  (903, 'Luis', 'Moreira', 'luis.viejo', 'luis.viejo@example.com', false);
INSERT INTO area (id, name) VALUES (901, 'Archivo');
INSERT INTO staff (user_id, area_id, zone, extension, daily_goal, shift_from, shift_until, weekdays) VALUES
  (901, 901, 'Centro', '104', 60, '08:00', '16:00', '{1,2,3,4,5}');
INSERT INTO absence (user_id, first_day, last_day, reason, entered_at, entered_by_id) VALUES
  (901, CURRENT_DATE + 20, CURRENT_DATE + 25, 'vacation', CURRENT_TIMESTAMP, 902);
INSERT INTO saved_view (screen, name, query, owner_id, shared, created_at) VALUES
  ('PromiseScreen', 'Rotos', '_flt_0_state=broken', 902, true, CURRENT_TIMESTAMP);
INSERT INTO outcome (id, code, label, label_en, asks, answered, right_party, effective, promise, retires_number,
                     final, attempt, by_system, weight, position, version)
SELECT 900 + n, code, code, '', CAST(asks AS varchar[]), true, left(code, 3) = 'RPC', true, code = 'RPC_PTP_FULL', false,
       true, true, false, 90, n, 1
  FROM (VALUES (1, 'RPC_PTP_FULL', '{promise}'), (2, 'RPC_PAID_CLAIM', '{receipt,note}'), (3, 'RPC_HARDSHIP', '{note}'),
               (4, 'RPC_NOT_DEBTOR', '{note}'), (5, 'TPC_DECEASED', '{note}'), (6, 'RPC_PLAN_REQ', '{text}'),
               (7, 'RPC_CALLBACK', '{callback}')) o (n, code, asks);
INSERT INTO payment_means (id, name, instructions, posting_delay_days, position, is_active) VALUES
  (901, 'Ventanilla', 'Con la cédula', 0, 1, true), (902, 'Banco del Pacífico', 'Código 7', 2, 2, true),
  (903, 'Cobrador', '', 1, 3, false);
INSERT INTO portfolio (id, name, as_of, loaded_at) VALUES (901, 'agua', CURRENT_DATE - 1, CURRENT_TIMESTAMP - interval '1 day');
INSERT INTO load (id, kind, portfolio_id, layout_name, file_name, stored_as, sha256, as_of, partial, status, progress, rows, rejected, accounts,
                  bills, amount, new, changed, unchanged, closed, applied, duplicates, unknown_accounts, problem_counts,
                  created_at, created_by_id, applied_at, brought)
SELECT 900 + n, kind, 901, 'guayas', kind || n || '.csv', 'abc', '', CURRENT_DATE - back, false, 'applied', 9, 9, 0, 9, 9, 900, 0, 1, 8, 0,
       0, 0, 0, '{}', CURRENT_TIMESTAMP - back * interval '1 day', 902, CURRENT_TIMESTAMP - back * interval '1 day',
       CASE WHEN n = 3 THEN '{"from": {"debtor": 990, "account": 990, "bill": 990, "contact_point": 990},
                              "to": {"debtor": 991, "account": 991, "bill": 991, "contact_point": 991}}'::jsonb END
  FROM (VALUES (1, 'portfolio', 20), (2, 'payments', 3), (3, 'portfolio', 1)) l (n, kind, back);
INSERT INTO debtor (id, person_key, identification, identification_kind, identification_raw, name, level)
SELECT 900 + n, 'ID:' || 1304410000 + n, '' || 1304410000 + n, 'cedula', '', 'PERSONA ' || n, CASE n WHEN 4 THEN 1 ELSE 0 END
  FROM generate_series(1, 12) n;
UPDATE debtor SET deceased_reported_at = CURRENT_TIMESTAMP - interval '2 days' WHERE id = 910;
INSERT INTO contact_point (id, debtor_id, kind, value, is_mobile, origin, state, added_at)
SELECT 900 + n, 900 + n, 'phone', '+5939912345' || 10 + n, true, 'BASE', 'unverified', CURRENT_TIMESTAMP - interval '20 days'
  FROM generate_series(1, 12) n;
INSERT INTO account (id, portfolio_id, debtor_id, number, number_key, balance, bills_count, oldest_due_on, balance_as_of,
                     load_id, row_hash)
SELECT 900 + n, 901, 900 + n, '000' || 1000 + n, '' || 1000 + n, 100, 1, CURRENT_DATE - 90, CURRENT_DATE - 1, 903, ''
  FROM generate_series(1, 12) n;
INSERT INTO bill (id, account_id, number, bills_count, due_on, amount, balance)
SELECT 900 + n, 900 + n, 'AGRUPADA', 1, CURRENT_DATE - 90, 100, 100 FROM generate_series(1, 12) n;
-- The last load brought account 912 from 70 to 100: what an undo gives back.
INSERT INTO load_before (load_id, table_name, row_id, before)
SELECT 903, 'account', 912, to_jsonb(a) || '{"balance": 70.00, "load_id": 901}' FROM account a WHERE id = 912
 UNION ALL
SELECT 903, 'portfolio', 901, jsonb_build_object('as_of', CURRENT_DATE - 20, 'loaded_at', CURRENT_TIMESTAMP - interval '20 days');
INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel, load_id, recorded_at) VALUES
  (901, 902, 'R-2', CURRENT_DATE - 5, 50, false, 'banco', 902, CURRENT_TIMESTAMP - interval '3 days'),
  (901, 903, 'R-3', CURRENT_DATE - 5, 20, false, 'banco', 902, CURRENT_TIMESTAMP - interval '3 days');
-- 1 pending, 2 kept, 3 partial, 4 broken, 5 replaced by 6 which is pending; 7 pending, its grace over since.
INSERT INTO promise (id, debtor_id, account_id, amount, due_on, check_on, threshold_percent, means_id, made_on, made_at,
                     made_by_id, state, paid, judged_at)
SELECT 900 + n, 900 + account, 900 + account, 50, CURRENT_DATE + due, CURRENT_DATE + due + 2, 95, 902, CURRENT_DATE - 9,
       CURRENT_TIMESTAMP - interval '9 days', 901, state, paid,
       CASE WHEN state IN ('kept', 'partial', 'broken') THEN CURRENT_TIMESTAMP - interval '2 days' END
  FROM (VALUES (1, 1, 5, 'pending', 0), (2, 2, -5, 'kept', 50), (3, 3, -5, 'partial', 20), (4, 4, -6, 'broken', 0),
               (5, 5, 1, 'replaced', 0), (6, 5, 6, 'pending', 0), (7, 6, -5, 'pending', 0)) p (n, account, due, state, paid);
UPDATE promise SET replaced_by_id = 906 WHERE id = 905;
INSERT INTO call (id, submit_key, debtor_id, account_id, operator_id, outcome_id, direction, started_at, ended_at,
                  contact_point_id, verified, receipt, note, owed, bills_count)
SELECT 900 + n, gen_random_uuid(), 900 + n, 900 + n, 901, outcome, 'outgoing', CURRENT_TIMESTAMP - interval '2 days',
       CURRENT_TIMESTAMP - interval '2 days', 900 + n, outcome <> 905, CASE outcome WHEN 902 THEN 'F-77' ELSE '' END,
       'así lo dijo', 100, 1
  FROM (VALUES (7, 902), (8, 903), (9, 904), (10, 905), (11, 903), (1, 901)) c (n, outcome);
-- Those of the four calls run; that of 911 ended on its day, that of 912 was lifted before.
INSERT INTO hold (id, scope, debtor_id, account_id, channel, reason, note, starts_on, ends_on, placed_at, call_id, lifted_at,
                  placed_by_id)
SELECT 900 + n, CASE WHEN n = 14 THEN 'channel' ELSE 'person' END, 900 + debtor, NULL, CASE WHEN n = 14 THEN 'call' END,
       reason, '', CURRENT_DATE - 40, CURRENT_DATE + ends, CURRENT_TIMESTAMP - interval '2 days',
       CASE WHEN debtor BETWEEN 7 AND 11 AND n <> 14 THEN 900 + debtor END,
       CASE WHEN n = 13 THEN CURRENT_TIMESTAMP END, 901
  FROM (VALUES (7, 7, 'paid_claim', 5), (8, 8, 'hardship', 13), (9, 9, 'not_debtor', 13), (10, 10, 'deceased', 363),
               (11, 11, 'hardship', -20), (13, 12, 'complaint', 13), (14, 11, 'optout', 300)) h (n, debtor, reason, ends);
INSERT INTO callback (id, debtor_id, due_at, operator_id, promised_by_id, asked_at) VALUES
  (901, 911, CURRENT_TIMESTAMP - interval '1 day', 901, 901, CURRENT_TIMESTAMP - interval '2 days'),
  (902, 912, CURRENT_TIMESTAMP + interval '3 days', 903, 903, CURRENT_TIMESTAMP - interval '2 days');
INSERT INTO setting_value (name, value, holds_from, set_at, set_by_id) VALUES
  ('promise_grace_days', '2', CURRENT_DATE - 30, CURRENT_TIMESTAMP, 902);
