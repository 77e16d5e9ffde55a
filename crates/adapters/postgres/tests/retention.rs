//! However much has gathered, no statement forgets more than its share of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use identity::{
    Allowance, Charge, Holder, Meter, Tally,
    ports::{BudgetStore as _, PinStore as _, SessionStore as _, SignInStore as _, Spending},
};
use kernel::{Env, MovableClock, SeededEntropy};
use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// Writes down how many rows each statement deletes.
const WATCH: &str = "
CREATE TABLE deletions (rows bigint);
CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO deletions SELECT count(*) FROM gone;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['rate_windows', 'idempotency_keys', 'sessions', 'otp_challenges', 'otp_budgets',
                                'known_devices', 'step_up_grants'] LOOP
        EXECUTE format('CREATE TRIGGER noted AFTER DELETE ON %I REFERENCING OLD TABLE AS gone
                            FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()', name);
    END LOOP;
END
$$;
CREATE TRIGGER noted AFTER DELETE ON graphile_worker._private_jobs REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_deletion();";

const WINDOWS: &str = "
INSERT INTO rate_windows (name, ends_at, used)
SELECT 'old' || n, timestamptz '2026-01-15T11:59:59Z', 1 FROM generate_series(1, 12000) n
UNION ALL SELECT 'new', '2026-01-15T12:00:01Z', 1";

const BURIED: &str = "
SELECT count(graphile_worker.add_job(CASE n WHEN 0 THEN 'news' ELSE 'look' END, '{}'::json,
                                     run_at := now() - interval '2 days', max_attempts := 1))
  FROM generate_series(0, 5001) n;
UPDATE graphile_worker._private_jobs SET attempts = max_attempts";

/// Of each kind 6,000 that are over, by one second or by a day.
const IDENTITY: &str = "
INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
SELECT lpad(n::text, 32, '0')::uuid, sha256(n::text::bytea), '', '', 1, '2026-01-01' FROM generate_series(1, 6000) n;
INSERT INTO idempotency_keys (caller, route, key, fingerprint, taken_until, expires_at)
SELECT n::text, 'r', 'k', sha256(''), '2026-01-15T11:59:59Z', '2026-01-15T11:59:59Z' FROM generate_series(1, 6000) n;
INSERT INTO sessions (id, user_id, family, newest, created_at, last_used_at, idle_ends_at, expires_at, ended_at, end_reason)
SELECT gen_random_uuid(), id, sha256(''), sha256(''), created_at, created_at, created_at, expires_at, ended_at, end_reason
  FROM users, (VALUES (timestamptz '2026-01-15T11:59:59Z', NULL::timestamptz, NULL),
                      ('2026-02-01', '2026-01-15T11:59:59Z', 'logged_out'), ('2026-02-01', NULL, NULL))
              AS over (expires_at, ended_at, end_reason);
INSERT INTO otp_challenges (phone_hash, surface, id, code, created_at, expires_at)
SELECT phone_hash, 'app', id, '$argon2id$', created_at, '2026-01-15T11:59:59Z' FROM users;
INSERT INTO otp_budgets (meter, holder, since, ends_at, spent, verified)
SELECT 'm', phone_hash, created_at, '2026-01-15T11:59:59Z', 1, 0 FROM users;
INSERT INTO known_devices (phone_hash, device_key, first_seen_at, last_seen_at)
SELECT phone_hash, phone_hash, created_at, '2026-01-14T11:59:59Z' FROM users;
INSERT INTO step_up_grants (user_id, session_id, granted_at, expires_at)
SELECT id, id, created_at, '2026-01-15T11:59:59Z' FROM users";

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
    row.try_get("", "number").unwrap()
}

#[tokio::test]
async fn a_backlog_is_forgotten_in_parts() {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let (postgres, owner) = (database.open(&env).await, database.open_as_owner().await);
    for setting in [WATCH, WINDOWS, BURIED] {
        owner.execute_unprepared(setting).await.unwrap();
    }
    assert_eq!(postgres.forget_windows(START).await.unwrap(), 12_000);
    assert_eq!(number(&owner, "SELECT count(*) AS number FROM rate_windows").await, 1, "what goes on stays");
    assert_eq!(postgres.forget_buried(Duration::days(3)).await.unwrap(), 0, "not so soon");
    assert_eq!(postgres.forget_buried(Duration::days(1)).await.unwrap(), 5_001, "news stays");
    assert_eq!(number(&owner, "SELECT max(rows) AS number FROM deletions").await, 5_000);
}

#[tokio::test]
async fn so_is_what_signing_in_leaves_behind() {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let (postgres, owner) = (database.open(&env).await, database.open_as_owner().await);
    for setting in [WATCH, IDENTITY] {
        owner.execute_unprepared(setting).await.unwrap();
    }
    let yesterday = START - Duration::days(1);
    assert_eq!(postgres.forget_answers(START).await.unwrap(), 6_000);
    assert_eq!(postgres.sessions().forget_over(START).await.unwrap(), 12_000, "those that live stay");
    assert_eq!(postgres.sign_ins().forget_expired(START, yesterday).await.unwrap(), 18_000);
    assert_eq!(postgres.pins().forget_ended_grants(START).await.unwrap(), 6_000);
    assert_eq!(number(&owner, "SELECT max(rows) AS number FROM deletions").await, 5_000);
    assert_eq!(number(&owner, "SELECT count(*) AS number FROM sessions").await, 6_000);
}

#[tokio::test]
async fn what_others_hold_is_not_waited_for() {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let (postgres, owner) = (database.open(&env).await, database.open_as_owner().await);
    owner.execute_unprepared(WINDOWS).await.unwrap();
    let other = owner.begin().await.unwrap();
    other.execute_unprepared("SELECT FROM rate_windows WHERE name = 'old7' FOR UPDATE").await.unwrap();
    assert_eq!(postgres.forget_windows(START).await.unwrap(), 11_999);
    other.commit().await.unwrap();
    assert_eq!(postgres.forget_windows(START).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_is_purged_as_it_is_spent_loses_no_charge() {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let (budgets, owner) = (database.open(&env).await.budgets(), database.open_as_owner().await);
    let allowance = Allowance { at_most: 9, window: Duration::MINUTE, share: None };
    let charges = [Charge { meter: Meter::Resend, holder: Holder::Everyone, cost: 1, allowance }];
    budgets.spend(&charges, START - Duration::days(2)).await.unwrap();
    let purge = owner.begin().await.unwrap();
    purge.execute_unprepared("SELECT FROM otp_budgets FOR UPDATE").await.unwrap();
    let waiting = "SELECT count(*) AS number FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let gone = async {
        let mut looks = 0;
        while number(&owner, waiting).await == 0 {
            looks += 1;
            assert!(looks < 10_000, "the spending waits for nobody");
        }
        purge.execute_unprepared("DELETE FROM otp_budgets").await.unwrap();
        purge.commit().await.unwrap();
    };
    let (spent, ()) = tokio::join!(budgets.spend(&charges, START), gone);
    let tally = |spent| Spending::Granted(vec![Tally { since: START, spent, verified: 0 }]);
    assert_eq!(spent.unwrap(), tally(1));
    assert_eq!(budgets.spend(&charges, START).await.unwrap(), tally(2));
}
