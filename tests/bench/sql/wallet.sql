\set n random(1, :wallets)
SELECT w.state, w.attempts, w.due_at, w.at_work_since, w.issuer_wallet_id, w.issuer_status, w.kyc_level, w.version,
       b.balance, b.month, b.loaded
  FROM wallets w JOIN wallet_balances b ON b.account_id = w.user_id
 WHERE w.user_id = lpad((:n)::text, 32, '0')::uuid;
