//! However much has gathered, no statement forgets more than its share of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use kernel::{Env, MovableClock, SeededEntropy};
use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
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
CREATE TRIGGER noted AFTER DELETE ON rate_windows REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_deletion();
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
