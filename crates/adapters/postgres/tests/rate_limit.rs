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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_at_once_is_counted_each_for_itself() {
    let database = TestDatabase::create().await;
    let instances = [open(&database).await, open(&database).await];
    let counts = (0..300).map(|number| {
        let postgres = instances[number % 2].clone();
        let name = ["asha", "ravi", "meena"][number % 3];
        async move { (name, postgres.count(name, 1_000, Duration::HOUR, START).await.unwrap().used) }
    });
    let mut counted = futures::future::join_all(counts).await;
    counted.sort_unstable();
    let expected =
        ["asha", "meena", "ravi"].into_iter().flat_map(|name| (1..=100).map(move |used| (name, used)));
    assert_eq!(counted, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn who_goes_away_while_counting_for_others_leaves_nobody_waiting() {
    let database = TestDatabase::create().await;
    let postgres = open(&database).await;
    let count = || postgres.count("asha", 1_000, Duration::HOUR, START);
    let mut first = Box::pin(count());
    // It is its turn, and it has asked the server.
    assert!(futures::poll!(first.as_mut()).is_pending());
    let mut second = Box::pin(count());
    assert!(futures::poll!(second.as_mut()).is_pending());
    drop(first);
    let used = second.await.unwrap().used;
    assert!((1..=2).contains(&used), "counted once, or once more for who went away: {used}");
    assert_eq!(count().await.unwrap().used, used + 1);
}

#[tokio::test]
async fn a_database_that_is_away_is_told_to_everybody_who_waits() {
    let database = TestDatabase::create().await;
    let postgres = open(&database).await;
    postgres.pool().get_postgres_connection_pool().close().await;
    let count = || postgres.count("asha", 1_000, Duration::HOUR, START);
    for counted in futures::future::join_all([count(), count(), count()]).await {
        assert!(matches!(counted, Err(kernel::StoreError::Unavailable(_))), "{counted:?}");
    }
}
