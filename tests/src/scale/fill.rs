//! Fills a database as years of business would: every balance is the sum of its postings, every transfer sums to zero.
//!
//! All of it is computed from row numbers by the database itself. Triggers and look-ups of foreign keys are off while it
//! loads, which only a superuser may have; what they would have written is written, and `aarokya ledger check` looks
//! afterwards. What is sealed holds bytes that nobody can open, since nobody asks for these people's data.

use crate::harness::{query, site::connect};
use kernel::Env;
use sea_orm::ConnectionTrait as _;

/// How much there is to be.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// People, each with a session, a wallet, an order and a policy.
    pub users: u64,
    /// Lines of the ledger: two a transfer, and at least one transfer a wallet.
    pub postings: u64,
}

impl Size {
    fn transfers(self) -> u64 {
        (self.postings / 2).max(self.users)
    }
}

/// Loads everything into the migrated database at `url`.
pub(super) async fn fill(url: &str, size: Size) {
    let owner = connect(url).await;
    let indexes = query(&owner, INDEXES).await;
    let text = |row: &sea_orm::QueryResult, column| row.try_get::<String>("", column).expect("a text");
    owner.execute_unprepared(SESSION).await.expect("a superuser's session");
    for index in &indexes {
        owner.execute_unprepared(&format!("DROP INDEX {}", text(index, "name"))).await.expect("it goes");
    }
    let (users, transfers, now) = (size.users.to_string(), size.transfers().to_string(), now());
    for statement in [
        WORDS, PEOPLE, IDENTITY, WALLETS, TRANSFERS, POSTINGS, BALANCES, ORDERS, EDGE, AUDIT, FAMILIES, COVER,
    ] {
        let statement = statement.replace("{U}", &users).replace("{T}", &transfers).replace("{NOW}", &now);
        owner.execute_unprepared(&statement).await.expect("rows are loaded");
    }
    for index in &indexes {
        owner.execute_unprepared(&text(index, "made_by")).await.expect("it comes back");
    }
    owner.execute_unprepared("RESET session_replication_role").await.expect("triggers are back");
    owner.execute_unprepared("VACUUM (ANALYZE)").await.expect("the planner learns of it");
    owner.execute_unprepared("CHECKPOINT").await.expect("it is on disk");
    owner.close().await.expect("the connection closes");
}

/// Gives one person's new wallet a history of so many transfers over the past year.
pub async fn deepen(url: &str, user_id: &str, transfers: u64) {
    let owner = connect(url).await;
    owner.execute_unprepared(SESSION).await.expect("a superuser's session");
    let statement = format!("{WORDS}{DEEP}").replace("{WHO}", user_id).replace("{D}", &transfers.to_string());
    let statement =
        statement.replace("{U}", "1").replace("{T}", &transfers.to_string()).replace("{NOW}", &now());
    owner.execute_unprepared(&statement).await.expect("rows are loaded");
    owner.execute_unprepared("RESET session_replication_role").await.expect("triggers are back");
    for table in ["ledger_postings", "ledger_transfers", "wallet_balances"] {
        owner
            .execute_unprepared(&format!("VACUUM (ANALYZE) {table}"))
            .await
            .expect("the planner learns of it");
    }
    owner.close().await.expect("the connection closes");
}

/// In seconds since 1970: the same for all statements of a load.
fn now() -> String {
    Env::system().now().unix_timestamp().to_string()
}

/// Indexes that hold no rule of a table: faster made again than kept up.
const INDEXES: &str = "
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made_by
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.conindid = i.indexrelid)";

const SESSION: &str = "
SET session_replication_role = replica; SET statement_timeout = 0; SET synchronous_commit = off;
SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'";

/// Ids that grow with time, as those of the program do; when the transfer of that number happened; and how many transfers
/// a person has. Transfer n is of person n % {U}, whose transfers are numbered from 0: the first is a paid top-up, then
/// they spend and are paid by their employer in turn.
const WORDS: &str = "
CREATE FUNCTION pg_temp.row_id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
               || lpad(to_hex(n), 15, '0'))::uuid $$;
CREATE FUNCTION pg_temp.happened(n bigint) RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT to_timestamp({NOW}) - interval '360 days' + interval '359 days' * (n::float8 / {T}) $$;
CREATE FUNCTION pg_temp.lines(u bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT {T}::bigint / {U} + CASE WHEN u < {T}::bigint % {U} THEN 1 ELSE 0 END $$;
";

const PEOPLE: &str = "
INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
SELECT pg_temp.row_id(1, n), sha256(n::text::bytea), sha256('phone'), sha256('key'), 1, now() - interval '361 days'
  FROM generate_series(0, {U} - 1) n;
INSERT INTO user_profiles (user_id, first_name, last_name, row_key, row_key_version, created_at, updated_at)
SELECT id, sha256('first'), sha256('last'), row_key, 1, created_at, created_at FROM users;
INSERT INTO consents (user_id, id, purpose, text_version, language, channel, given_at)
SELECT id, id, 'service', '2026-01', 'en', 'app', created_at FROM users;
INSERT INTO pins (user_id, pin_id, hash, set_at)
SELECT id, id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA', created_at FROM users;";

const IDENTITY: &str = "
INSERT INTO sessions (id, user_id, device, row_key, row_key_version, family, newest, created_at, last_used_at,
                      idle_ends_at, expires_at, ended_at, end_reason)
SELECT pg_temp.row_id(4, n), pg_temp.row_id(1, n % {U}), sha256('device'), sha256('key'), 1, sha256(n::text::bytea),
       sha256(n::text::bytea), began, began, began + interval '14 days', began + interval '30 days',
       CASE WHEN n >= {U} THEN began + interval '1 hour' END, CASE WHEN n >= {U} THEN 'logged_out' END
  FROM generate_series(0, {U} + {U} / 5 - 1) n,
       LATERAL (SELECT now() - interval '10 days' * ((n % 1000)::float8 / 1000) - interval '2 hours' AS began) b;
INSERT INTO step_up_grants (user_id, session_id, granted_at, expires_at)
SELECT user_id, id, now(), now() + CASE WHEN random() < 0.01 THEN interval '1 second' ELSE interval '2 hours' END
  FROM sessions LIMIT {U} / 20;
INSERT INTO known_devices (phone_hash, device_key, first_seen_at, last_seen_at)
SELECT phone_hash, sha256(id::text::bytea), created_at, created_at FROM users;
INSERT INTO otp_challenges (phone_hash, surface, id, code, created_at, expires_at)
SELECT phone_hash, 'app', id, '$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$aGFzaA', now(), now() + interval '10 minutes'
  FROM users LIMIT {U} / 10;
INSERT INTO otp_budgets (meter, holder, since, ends_at, spent, verified)
SELECT meter, phone_hash, now(), now() + CASE WHEN random() < 0.01 THEN interval '-2 days' ELSE interval '1 day' END, 1, 1
  FROM users, unnest(ARRAY['sent_to_number', 'guesses']) meter;";

const WALLETS: &str = "
INSERT INTO wallets (user_id, state, issuer_wallet_id, issuer_status, created_at, changed_at)
SELECT pg_temp.row_id(1, n), 'COMPLETED', 'wlm_S' || n, 'ACTIVE', now() - interval '361 days', now() - interval '361 days'
  FROM generate_series(0, {U} - 1) n;
INSERT INTO ledger_accounts (id, opened_at) SELECT user_id, created_at FROM wallets;";

const TRANSFERS: &str = "
INSERT INTO ledger_transfers (id, reference, kind, source, purpose, order_ref, lines, occurred_at)
SELECT pg_temp.row_id(2, n),
       CASE WHEN k = 0 THEN 'topup:S' || lpad(u::text, 12, '0') WHEN k % 2 = 1 THEN 'spend:' || n ELSE 'pay:' || n END,
       CASE WHEN k = 0 THEN 'topup' WHEN k % 2 = 1 THEN 'spend' ELSE 'contribution' END,
       CASE WHEN k = 0 THEN 'self' WHEN k % 2 = 0 THEN 'employer' END,
       CASE WHEN k % 2 = 1 THEN 'pharmacy' END, CASE WHEN k = 0 THEN 'S' || lpad(u::text, 12, '0') END,
       2, pg_temp.happened(n)
  FROM generate_series(0, {T} - 1) n, LATERAL (SELECT n / {U} AS k, n % {U} AS u) place;
INSERT INTO issuer_loads (reference, user_id, wallet_id, amount, state, begun_at, concluded_at, asked_at)
SELECT t.reference, pg_temp.row_id(1, u), 'wlm_S' || u, 20000, 'done', occurred_at, occurred_at, occurred_at
  FROM generate_series(0, {T} - 1) n, LATERAL (SELECT n / {U} AS k, n % {U} AS u) place,
       LATERAL (SELECT CASE WHEN k = 0 THEN 'topup:S' || lpad(u::text, 12, '0') ELSE 'pay:' || n END AS reference,
                       pg_temp.happened(n) AS occurred_at) t
 WHERE k % 2 = 0;";

/// Each credit is of ₹200 and each spending of ₹50.
const POSTINGS: &str = "
INSERT INTO ledger_postings (transfer_id, line, account_id, amount, balance_after, position, load, booked_at, kind,
                             source, purpose, reference)
SELECT pg_temp.row_id(2, n), line, CASE line WHEN 1 THEN pg_temp.row_id(1, u) ELSE house.id END,
       CASE line WHEN 1 THEN amount ELSE -amount END,
       CASE line WHEN 1 THEN (k / 2 + 1) * 20000 - (k + 1) / 2 * 5000 END, CASE line WHEN 1 THEN k + 1 END,
       CASE WHEN line = 1 AND amount > 0 THEN amount ELSE 0 END, pg_temp.happened(n),
       CASE WHEN k = 0 THEN 'topup' WHEN k % 2 = 1 THEN 'spend' ELSE 'contribution' END,
       CASE WHEN k = 0 THEN 'self' WHEN k % 2 = 0 THEN 'employer' END, CASE WHEN k % 2 = 1 THEN 'pharmacy' END,
       CASE WHEN k = 0 THEN 'topup:S' || lpad(u::text, 12, '0') WHEN k % 2 = 1 THEN 'spend:' || n ELSE 'pay:' || n END
  FROM generate_series(0, {T} - 1) n
       CROSS JOIN LATERAL (SELECT n / {U} AS k, n % {U} AS u) place
       CROSS JOIN LATERAL (SELECT CASE WHEN k % 2 = 1 THEN -5000 ELSE 20000 END AS amount) money
       JOIN ledger_accounts house ON house.house =
            CASE WHEN k = 0 THEN 'juspay_clearing' WHEN k % 2 = 1 THEN 'health_payouts' ELSE 'employer_funding' END
       CROSS JOIN generate_series(1, 2) line;";

const BALANCES: &str = "
INSERT INTO wallet_balances (account_id, balance, postings, booked_at, month, loaded)
SELECT pg_temp.row_id(1, u), (k / 2 + 1) * 20000 - (k + 1) / 2 * 5000, k + 1, at, ledger_month(at),
       (SELECT coalesce(sum(20000), 0) FROM generate_series(0, k) j
         WHERE j % 2 = 0 AND ledger_month(pg_temp.happened(j * {U} + u)) = ledger_month(at))
  FROM generate_series(0, {U} - 1) u, LATERAL (SELECT pg_temp.lines(u) - 1 AS k) last,
       LATERAL (SELECT pg_temp.happened(k * {U} + u) AS at) instant;";

/// Each person's paid order, and one in a hundred whose outcome is awaited.
const ORDERS: &str = "
INSERT INTO orders (row_id, order_id, user_id, kind, amount, status, paid_at, fulfilment, fulfilment_at, opened_at,
                    expires_at, updated_at, looked_at, version)
SELECT pg_temp.row_id(3, u), 'S' || lpad(u::text, 12, '0'), pg_temp.row_id(1, u), 'WALLET_TOPUP', 20000, 'SUCCESS', at,
       'DONE', at, at, at + interval '15 minutes', at, at, 4
  FROM generate_series(0, {U} - 1) u, LATERAL (SELECT pg_temp.happened(u) AS at) instant;
INSERT INTO order_events (order_id, word, news_id, occurred_at) SELECT order_id, 'PAID', row_id, paid_at FROM orders;
INSERT INTO orders (row_id, order_id, user_id, kind, amount, status, opened_at, expires_at, updated_at, next_check_at)
SELECT pg_temp.row_id(5, u), 'P' || lpad(u::text, 12, '0'), pg_temp.row_id(1, u), 'WALLET_TOPUP', 20000, 'PENDING', now(),
       now() + interval '1 day', now(), now() + interval '6 hours' + interval '1 second' * (u % 40000)
  FROM generate_series(0, {U} / 100) u WHERE u < {U};
INSERT INTO order_sessions (row_id, row_key, row_key_version, content, expires_at)
SELECT row_id, sha256('key'), 1, sha256('content'), now() + interval '1 day' FROM orders WHERE status = 'PENDING';
SELECT count(graphile_worker.add_job('look', json_build_object('order_id', order_id), job_key := 'look:' || order_id,
                                     run_at := next_check_at)) FROM orders WHERE status = 'PENDING';
ANALYZE graphile_worker._private_jobs;";

/// What the edge keeps for a while; one in a hundred is over.
const EDGE: &str = "
INSERT INTO idempotency_keys (caller, route, key, fingerprint, status, body, row_key, row_key_version, taken_until, expires_at)
SELECT pg_temp.row_id(1, n)::text, 'POST /payments/session', 'k' || n, sha256(''), 201, sha256('body'), sha256('key'), 1,
       now(), now() + CASE WHEN n % 100 = 0 THEN interval '-1 hour' ELSE interval '12 hours' END
  FROM generate_series(0, {U} / 2) n;
INSERT INTO inbox (id, partner, event_id, body, row_key, row_key_version, received_at)
SELECT pg_temp.row_id(6, n), 'juspay', 'ev_' || n, sha256('body'), sha256('key'), 1,
       now() - interval '31 days' + interval '31 days' * (n::float8 / ({U} / 2 + 1))
  FROM generate_series(0, {U} / 2) n;
INSERT INTO rate_windows (name, ends_at, used)
SELECT encode(sha256(n::text::bytea), 'hex'), now() + CASE WHEN n % 100 = 0 THEN interval '-1 hour' ELSE interval '1 hour' END, 1
  FROM generate_series(1, {U}) n;";

/// One true entry for one person in ten, sealed later by the chore that seals.
const AUDIT: &str = "
INSERT INTO audit_events (subject, place, id, actor, action, at, detail, previous, hash)
SELECT id, 1, id, 'person:' || id, 'signed_up', created_at, '{}', decode(repeat('00', 32), 'hex'),
       audit_hash(decode(repeat('00', 32), 'hex'), 1, id, 'person:' || id, 'signed_up', id, created_at, NULL, NULL, '{}')
  FROM users ORDER BY id LIMIT {U} / 10;
INSERT INTO audit_heads (subject, length, hash) SELECT subject, 1, hash FROM audit_events;";

/// One relative a person; one in a hundred is off the list, and what was told of as many was told otherwise.
const FAMILIES: &str = "
INSERT INTO insurance_dependants (id, user_id, version, added_at, removed_at)
SELECT pg_temp.row_id(8, n), pg_temp.row_id(1, n), 1, now() - interval '300 days',
       CASE WHEN n % 100 = 0 THEN now() - interval '31 days' END
  FROM generate_series(0, {U} - 1) n;
INSERT INTO insurance_dependant_versions (id, dependant_id, version, content, row_key, row_key_version, told_at, superseded_at)
SELECT pg_temp.row_id(8, n), pg_temp.row_id(8, n), 1, sha256('content'), sha256('key'), 1, now() - interval '300 days', NULL
  FROM generate_series(0, {U} - 1) n;";

/// Plans that are sold no longer; a quote and a policy for each person, and one policy in a hundred that was only wanted.
const COVER: &str = r#"
INSERT INTO insurance_plans (id, code, version, on_sale, changed_at)
SELECT pg_temp.row_id(9, n), 'NH-OLD-' || n, 1, false, now() - interval '361 days' FROM generate_series(0, 19) n;
INSERT INTO insurance_plan_versions (plan_id, version, name, plan_type, coverage_type, issuance_mode, sum_insured,
                                     base_premium, dependants_max, age_min_years, age_max_years, teleconsult_included,
                                     details, published_at)
SELECT id, 1, 'Old', 'INDIVIDUAL', 'BASIC', 'INSTANT', 10000000, 500000, 0, 18, 65, false,
       '{"features": [], "exclusions": [], "waiting_periods": [], "relation_rates": {}, "pincodes": [], "districts": []}',
       changed_at
  FROM insurance_plans WHERE code LIKE 'NH-OLD-%';
INSERT INTO insurance_quotes (id, user_id, plan_id, plan_version, rate_version, content, row_key, row_key_version,
                              quoted_at, valid_until)
SELECT pg_temp.row_id(10, n), pg_temp.row_id(1, n), pg_temp.row_id(9, n % 20), 1, '2026-1', sha256('content'),
       sha256('key'), 1, ends - interval '7 days', ends
  FROM generate_series(0, {U} - 1) n,
       LATERAL (SELECT now() + CASE WHEN n % 100 = 0 THEN interval '-31 days' ELSE interval '3 days' END AS ends) e;
INSERT INTO insurance_sales (order_id, policy_id, decided_at)
SELECT 'C' || n, pg_temp.row_id(11, n), now() - interval '100 days' FROM generate_series(0, {U} - 1) n WHERE n % 100 <> 0;
INSERT INTO insurance_policies (id, user_id, quote_id, plan_id, plan_version, premium, content, row_key, row_key_version,
                                price_until, state, order_id, paid_at, policy_number, starts_on, ends_on, issued_at,
                                proposed_at, updated_at, version)
SELECT pg_temp.row_id(11, n), pg_temp.row_id(1, n), pg_temp.row_id(10, n), pg_temp.row_id(9, n % 20), 1, 525000,
       sha256('content'), sha256('key'), 1, paid_at, CASE WHEN is_bought THEN 'ACTIVE' ELSE 'PROPOSED' END,
       CASE WHEN is_bought THEN 'C' || n END, CASE WHEN is_bought THEN paid_at END,
       CASE WHEN is_bought THEN 'NHI/OLD/' || n END, CASE WHEN is_bought THEN paid_at::date END,
       CASE WHEN is_bought THEN paid_at::date + 364 END, CASE WHEN is_bought THEN paid_at END, paid_at, paid_at, 3
  FROM generate_series(0, {U} - 1) n,
       LATERAL (SELECT now() - interval '100 days' AS paid_at, n % 100 <> 0 AS is_bought) p;"#;

/// A rupee comes and goes in turn.
const DEEP: &str = "
INSERT INTO ledger_transfers (id, reference, kind, source, purpose, lines, occurred_at)
SELECT pg_temp.row_id(7, n), 'deep:' || n, CASE n % 2 WHEN 0 THEN 'contribution' ELSE 'spend' END,
       CASE n % 2 WHEN 0 THEN 'family' END, CASE n % 2 WHEN 1 THEN 'diagnostics' END, 2, pg_temp.happened(n)
  FROM generate_series(0, {D} - 1) n;
INSERT INTO ledger_postings (transfer_id, line, account_id, amount, balance_after, position, load, booked_at, kind,
                             source, purpose, reference)
SELECT pg_temp.row_id(7, n), line, CASE line WHEN 1 THEN '{WHO}' ELSE house.id END,
       CASE WHEN (n + line) % 2 = 1 THEN 100 ELSE -100 END, CASE line WHEN 1 THEN (n + 1) % 2 * 100 END,
       CASE line WHEN 1 THEN n + 1 END, CASE WHEN line = 1 AND n % 2 = 0 THEN 100 ELSE 0 END, pg_temp.happened(n),
       CASE n % 2 WHEN 0 THEN 'contribution' ELSE 'spend' END, CASE n % 2 WHEN 0 THEN 'family' END,
       CASE n % 2 WHEN 1 THEN 'diagnostics' END, 'deep:' || n
  FROM generate_series(0, {D} - 1) n
       JOIN ledger_accounts house ON house.house = CASE n % 2 WHEN 0 THEN 'family_funding' ELSE 'health_payouts' END
       CROSS JOIN generate_series(1, 2) line;
UPDATE wallet_balances SET balance = {D} % 2 * 100, postings = {D}, booked_at = at, month = ledger_month(at),
       loaded = (SELECT coalesce(sum(100), 0) FROM generate_series(0, {D} - 1) n
                  WHERE n % 2 = 0 AND ledger_month(pg_temp.happened(n)) = ledger_month(at))
  FROM (SELECT pg_temp.happened({D} - 1) AS at) last WHERE account_id = '{WHO}';";
