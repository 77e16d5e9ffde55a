//! Counting on a real server: whoever counts waits for no disk, and whoever comes after on the same connection does.

use kernel::{Env, MovableClock, SeededEntropy};
use postgres::{Connection, Postgres, Way, testing::TestDatabase};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use std::{sync::Arc, time::Duration as Patience};
use time::{Duration, OffsetDateTime, macros::datetime};

const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

fn env() -> Env {
    Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)))
}

/// Ports over one connection, so that what it was told last would show.
async fn open(database: &TestDatabase) -> Postgres {
    let connection = Connection {
        url: database.url().to_owned(),
        connections_max: 1,
        acquire_timeout: Patience::from_secs(30),
        statement_timeout: Patience::from_secs(30),
        way: Way::Direct,
    };
    let vault = Arc::new(postgres::testing::test_vault(&env()));
    Postgres::new(connection.open().await.expect("the test database opens"), vault)
}

#[tokio::test]
async fn counting_stops_one_past_the_limit_and_begins_anew_with_the_window() {
    let database = TestDatabase::create().await;
    let postgres = open(&database).await;
    for used in [1, 2, 3, 3] {
        let window = postgres.count("asha", 2, Duration::HOUR, START).await.unwrap();
        assert_eq!((window.used, window.ends_at), (used, START + Duration::HOUR));
    }
    let later = START + Duration::HOUR;
    assert_eq!(postgres.count("asha", 2, Duration::HOUR, later).await.unwrap().used, 1);
    assert_eq!(postgres.count("ravi", 2, Duration::HOUR, START).await.unwrap().used, 1);
}

#[tokio::test]
async fn only_the_count_itself_is_not_waited_for() {
    let database = TestDatabase::create().await;
    let postgres = open(&database).await;
    let setting = async || {
        let ask = Statement::from_string(DbBackend::Postgres, "SHOW synchronous_commit");
        let row = postgres.pool().query_one_raw(ask).await.unwrap().unwrap();
        row.try_get_by_index::<String>(0).unwrap()
    };
    // A server for tests waits for no commit anyway, unless a connection says so.
    postgres.pool().execute_unprepared("SET synchronous_commit = on").await.unwrap();
    postgres.count("asha", 2, Duration::HOUR, START).await.unwrap();
    assert_eq!(setting().await, "on", "what follows waits again");
}
