//! The statements that are named: by a piece of their text, so that one that changes is missed and not forgotten.

/// What a statement is for, and a piece of its text that no other has.
pub(super) const HOT: &[(&str, &str)] = &[
    ("sign-in: budgets of codes", "FROM otp_spend($1::jsonb, $2)"),
    ("sign-in: counters locked", "SELECT FROM otp_budgets b JOIN"),
    ("sign-in: counters read", "LEFT JOIN otp_budgets b ON b.meter"),
    ("sign-in: the challenge kept", "INSERT INTO otp_challenges AS former"),
    ("sign-in: is the device known", "SELECT 1 AS known FROM known_devices"),
    ("sign-in: an attempt", "FROM otp_spend_attempt($1::jsonb)"),
    ("sign-in: the person found", "SELECT * FROM users WHERE phone_hash"),
    ("sign-in: the session opened", "INSERT INTO sessions (id"),
    ("sign-in: sessions above the limit", "WITH oldest AS ( SELECT id FROM sessions"),
    ("sign-in: all of it", "FROM sign_in_record($1::jsonb)"),
    ("refresh: the token spent", "UPDATE sessions s SET newest"),
    ("refresh: all of it", "FROM session_rotate("),
    ("session check", "SELECT 1 AS live FROM sessions"),
    ("session list", "ORDER BY last_used_at DESC, id DESC"),
    ("session ended", "UPDATE sessions s SET ended_at = $4"),
    ("profile", "FROM users u LEFT JOIN user_profiles p"),
    ("profile changed", "UPDATE user_profiles p SET"),
    ("wallet", "w.version, b.balance, b.month, b.loaded"),
    ("history: further pages", "FROM ledger_postings seen"),
    ("history: first page", "LIMIT $4 ) line ON true WHERE w.user_id = $1 AND w.issuer_wallet_id = $2"),
    ("statement", "SELECT line.*, coalesce(("),
    ("orders list", "WHERE o.user_id = $1 AND o.row_id < $2"),
    ("order by number, its owner's", "WHERE o.order_id = $1 AND o.user_id = $2"),
    ("order by number", "orders o WHERE o.order_id = $1"),
    ("order: the turn to ask", "UPDATE orders SET asked_at"),
    ("order opened", "WITH recorded AS ( INSERT INTO orders"),
    ("order moved", "WITH moved AS ( UPDATE orders o"),
    ("payment session kept", "INSERT INTO order_sessions"),
    ("webhook inbox", "INSERT INTO inbox"),
    ("idempotency: the key taken", "INSERT INTO idempotency_keys AS k"),
    ("idempotency: the answer kept", "UPDATE idempotency_keys SET status"),
    ("limits: counted", "INSERT INTO rate_windows AS w"),
    ("news queued", "INSERT INTO graphile_worker._private_jobs (task_id, payload)"),
    ("job queued", "SELECT graphile_worker.add_job($1, $2::json, job_key"),
    ("job fetched", "skip locked"),
    ("money booked", "FROM ledger_move("),
    ("money: the balance", "UPDATE wallet_balances SET balance"),
    ("money: the transfer is whole", "FROM ledger_postings WHERE transfer_id = NEW.id"),
    ("load at the issuer begun", "INSERT INTO issuer_loads"),
    ("audit: the chain's end", "FROM audit_heads WHERE subject"),
    ("audit: appended", "INSERT INTO audit_events"),
    ("due: orders to look at", "FROM orders WHERE next_check_at <= $1"),
    ("due: paid and not fulfilled", "told.word = 'PAID' WHERE o.status"),
    ("due: loads to ask after", "UPDATE issuer_loads SET asked_at"),
    ("due: orders for operators", "o.attention IS NOT NULL ORDER BY"),
    ("purge: answers", "DELETE FROM idempotency_keys WHERE (expires_at"),
    ("purge: limits", "DELETE FROM rate_windows"),
    ("purge: webhooks", "DELETE FROM inbox"),
    ("purge: payment sessions", "DELETE FROM order_sessions"),
    ("purge: challenges", "DELETE FROM otp_challenges WHERE (expires_at"),
    ("purge: budgets of codes", "DELETE FROM otp_budgets"),
    ("purge: devices", "DELETE FROM known_devices WHERE (last_seen_at"),
    ("purge: sessions expired", "DELETE FROM sessions WHERE (expires_at"),
    ("purge: sessions ended", "DELETE FROM sessions WHERE (ended_at"),
    ("purge: grants", "DELETE FROM step_up_grants WHERE (expires_at"),
];

/// Statements that read or write all there is because that is what they are for, and how often they do.
pub(super) const WHOLE: &[(&str, &str)] = &[
    ("ledger check, every night", "difference LIMIT"),
    ("ledger check, every night: counts", "AS transfers, (SELECT count(*)"),
    ("audit: chains that grew, every hour", "FROM audit_heads h WHERE length > 0"),
    ("queue depth, every five seconds", "AS oldest_seconds"),
    ("audit: up to 5,000 chains sealed at once", "INSERT INTO audit_checkpoints (number"),
    ("a day's ended sessions, at the start of a feed", "FROM sessions WHERE ended_at >= $1"),
    ("worker recovery, every five seconds", "SELECT DISTINCT locks.locked_by AS worker_id"),
    ("purge: buried jobs, every hour", "DELETE FROM graphile_worker._private_jobs"),
];

/// Tables that stay as small as they are, however many people come.
pub(super) const SMALL: &[&str] = &[
    "chores_done",
    "seaql_migrations",
    "audit_checkpoints",
    "_private_tasks",
    "_private_job_queues",
    "_private_known_crontabs",
    "_private_workers",
    // Rows are gone as soon as the job they point to.
    "_private_job_retirements",
    "migrations",
];

/// What a text is for, by the first piece that is in it.
pub(super) fn name_of(names: &'static [(&'static str, &'static str)], text: &str) -> Option<&'static str> {
    names.iter().find(|(_, piece)| text.contains(piece)).map(|(name, _)| *name)
}
