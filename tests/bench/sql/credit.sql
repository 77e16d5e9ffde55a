\set k :k + 1
\set n random(1, :wallets)
SELECT answer, moved_transfer, moved_balance, moved_at, room
  FROM ledger_move(gen_random_uuid(), lpad((:n)::text, 32, '0')::uuid,
       'floor:' || (:round)::text || ':' || (:client_id)::text || ':' || (:k)::text, 'topup', 1, 'juspay_clearing', 'self',
       NULL, NULL, NULL, now(), 1000000, 1000000, 20000000, NULL,
       ('{"topic":"wallet","news":{"id":"' || gen_random_uuid() || '","at":"2026-11-28T10:00:00Z","event":{"type":"wallet_credited","user_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","transfer_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","amount_paise":1,"source":"self","reference":"floor:1:1:1"}}}')::json);
