//! Migrating again, and beside the version before.

use kernel::{Env, MovableClock, SeededEntropy};
use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use sea_orm_migration::MigratorTrait as _;
use std::sync::Arc;
use time::macros::datetime;

/// As a later version of the engine would.
const LATER: &str = "
CREATE TABLE graphile_worker.later (id bigserial PRIMARY KEY, said text);
ALTER TABLE graphile_worker.later ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION graphile_worker.say_later() RETURNS text LANGUAGE sql
    AS $$ INSERT INTO graphile_worker.later (said) VALUES ('later') RETURNING said $$;
REVOKE EXECUTE ON FUNCTION graphile_worker.say_later FROM PUBLIC";

#[tokio::test]
async fn what_the_job_engine_adds_later_is_the_gateways_to_use() {
    let database = TestDatabase::create().await;
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let postgres = database.open(&Env::new(clock, Arc::new(SeededEntropy::new(1)))).await;
    let owner = database.open_as_owner().await;
    owner.execute_unprepared(LATER).await.unwrap();
    let use_it = async || {
        postgres.pool().execute_unprepared("SELECT graphile_worker.say_later()").await?;
        postgres.pool().execute_unprepared("UPDATE graphile_worker.later SET said = 'now'").await
    };
    use_it().await.unwrap_err();
    for seen in [1, 2] {
        migrations::apply(database.url()).await.unwrap();
        assert_eq!(use_it().await.unwrap().rows_affected(), seen, "its rows are there to be seen");
    }
}

/// Takes every step back, as nothing but a test may.
const UNDO: &str = "
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'graphile_worker' LOOP
        EXECUTE format('DROP POLICY %I ON graphile_worker.%I', p.policyname, p.tablename);
    END LOOP;
END
$$";

/// What a sign-in of the version before has in hand first, and what it asks for then.
const SIGNING_IN: [&str; 2] = [
    "UPDATE otp_challenges SET used_at = NULL; UPDATE users SET created_at = created_at",
    "UPDATE sessions SET ended_at = NULL; UPDATE known_devices SET last_seen_at = last_seen_at",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_is_under_way_and_the_migration_never_wait_for_each_other() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    owner.execute_unprepared(UNDO).await.unwrap();
    migrations::Migrator::up(&owner, Some(8)).await.unwrap();
    let watcher = database.open_as_owner().await;
    let [first, then] = SIGNING_IN;
    let sign_in = owner.begin().await.unwrap();
    sign_in.execute_unprepared(first).await.unwrap();
    let waits = async || {
        let waiting = "SELECT count(*) AS number FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let row = watcher.query_one_raw(Statement::from_string(DbBackend::Postgres, waiting)).await.unwrap();
        row.unwrap().try_get::<i64>("", "number").unwrap() > 0
    };
    let goes_on = async {
        let mut looks = 0;
        while !waits().await {
            looks += 1;
            assert!(looks < 10_000, "the migration waits for nobody");
        }
        sign_in.execute_unprepared(then).await.unwrap();
        sign_in.commit().await.unwrap();
    };
    let (migrated, ()) = tokio::join!(migrations::apply(database.url()), goes_on);
    migrated.unwrap();
}
