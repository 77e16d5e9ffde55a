//! Migrating again: what the job engine added since is the gateway's to use.

use kernel::{Env, MovableClock, SeededEntropy};
use postgres::testing::TestDatabase;
use sea_orm::ConnectionTrait as _;
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
