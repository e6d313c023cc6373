-- A small unit as the first release (migration 20261124) left it: one of everything.
INSERT INTO ab_user (id, first_name, last_name, username, email, active) VALUES
  (901, 'Ana', 'Cedeño', 'ana.vieja', 'ana.vieja@example.com', true),
  (902, 'Eva', 'Loor', 'eva.vieja', 'eva.vieja@example.com', true);
INSERT INTO outcome (id, code, label, label_en, asks, answered, right_party, effective, promise, retires_number,
                     final, attempt, by_system, weight, position, version) VALUES
  (901, 'RPC_PTP_FULL', 'Compromiso de pago total', '', '{promise}', true, true, true, true, false, true, true,
   false, 90, 1, 1);
INSERT INTO layout (id, name, kind, definition, saved_at) VALUES
  (901, 'quinta', 'portfolio', '{}', '2026-11-01 12:00Z');
INSERT INTO portfolio (id, name, as_of, loaded_at) VALUES (901, 'agua', '2026-11-23', '2026-11-23 12:00Z');
INSERT INTO load (id, kind, portfolio_id, layout_name, file_name, stored_as, sha256, as_of, partial, status,
                  progress, rows, rejected, accounts, bills, amount, new, changed, unchanged, closed, applied,
                  duplicates, unknown_accounts, problem_counts, created_at, created_by_id, applied_at) VALUES
  (901, 'portfolio', 901, 'guayas', 'cartera.csv', 'abc', '', '2026-11-23', false, 'applied', 2, 2, 0, 2, 2, 120.50,
   2, 0, 0, 0, 0, 0, 0, '{"bad_phone": 1}', '2026-11-23 12:00Z', 902, '2026-11-23 12:01Z');
INSERT INTO load_problem (load_id, row_number, account, kind, column_name, value) VALUES
  (901, 3, '1002', 'bad_phone', 'telefono', '12');
INSERT INTO debtor (id, person_key, identification, identification_kind, identification_raw, name) VALUES
  (901, 'ID:1304410022', '1304410022', 'cedula', '1304410022', 'ZAMBRANO CEDEÑO MARCO ANTONIO'),
  (902, 'CTA:901:1002', '', 'none', '', 'ÑACATO ÁVILA MARÍA');
INSERT INTO contact_point (id, debtor_id, kind, value, is_mobile, origin, state, added_at) VALUES
  (901, 901, 'phone', '+593991234567', true, 'GESTION', 'verified', '2026-11-20 15:00Z');
INSERT INTO account (id, portfolio_id, debtor_id, number, number_key, sector, balance, bills_count, oldest_due_on,
                     balance_as_of, load_id, row_hash) VALUES
  (901, 901, 901, '0001001', '1001', 'Andrés de Vera', 100.50, 1, '2026-08-01', '2026-11-23', 901, '\x01'),
  (902, 901, 902, '0001002', '1002', 'Centro', 20.00, 1, NULL, '2026-11-23', 901, '\x02');
INSERT INTO bill (account_id, number, bills_count, due_on, balance) VALUES
  (901, 'AGRUPADA', 1, '2026-08-01', 100.50), (902, 'AGRUPADA', 1, NULL, 20.00);
INSERT INTO balance_history (account_id, load_id, as_of, balance, bills_count) VALUES
  (901, 901, '2026-11-23', 100.50, 1), (902, 901, '2026-11-23', 20.00, 1);
INSERT INTO claim (key, debtor_id, operator_id, direction, reasons, claimed_at, lapses_at, closed_at, closed_how) VALUES
  ('7d444840-9dc0-11d1-b245-5ffdce74fad2', 901, 901, 'outgoing', '[]', '2026-11-23 15:00Z', '2026-11-23 15:20Z',
   '2026-11-23 15:05Z', 'saved');
INSERT INTO call (id, submit_key, debtor_id, account_id, operator_id, outcome_id, direction, started_at, ended_at,
                  contact_point_id, verified, receipt, note, owed, bills_count) VALUES
  (901, '7d444840-9dc0-11d1-b245-5ffdce74fad2', 901, 901, 901, 901, 'outgoing', '2026-11-23 15:00Z',
   '2026-11-23 15:05Z', 901, true, '', 'pagará el viernes', 100.50, 1);
INSERT INTO contact_attempt (debtor_id, channel, at, contact_point_id, agent_id, claim_key, answered) VALUES
  (901, 'call', '2026-11-23 15:00Z', 901, 901, '7d444840-9dc0-11d1-b245-5ffdce74fad2', true);
INSERT INTO promise (id, debtor_id, account_id, call_id, amount, due_on, check_on, threshold_percent, made_on, made_at,
                     made_by_id, state) VALUES
  (901, 901, 901, 901, 100.50, '2026-11-27', '2026-12-02', 95, '2026-11-23', '2026-11-23 15:05Z', 901, 'pending');
INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel, load_id, recorded_at)
VALUES (901, 902, 'R-1', '2026-11-24', 5.00, false, 'banco', 901, '2026-11-24 12:00Z');
INSERT INTO callback (debtor_id, due_at, operator_id, asked_at) VALUES
  (902, '2026-11-24 20:00Z', 901, '2026-11-23 16:00Z');
INSERT INTO hold (scope, debtor_id, account_id, reason, note, starts_on, ends_on, placed_at) VALUES
  ('account', 902, 902, 'complaint', '', '2026-11-23', '2026-12-08', '2026-11-23 16:00Z');
INSERT INTO setting_value (name, value, holds_from, set_at, set_by_id) VALUES
  ('promise_grace_days', '2', '2026-11-01', '2026-11-01 12:00Z', 902);
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after) VALUES
  ('2026-11-23 15:05Z', 901, 'Ana Cedeño', 'record_call', 901, 901, 'call', 901, '{"outcome": "RPC_PTP_FULL"}');
INSERT INTO worklist_item (debtor_id, score, reasons, built_at) VALUES (902, 25, '[]', '2026-11-24 11:00Z');
