//! News are queued in silence with their fact, and whoever runs jobs is woken once that is committed.

use async_trait::async_trait;
use kernel::{Env, MovableClock, SeededEntropy};
use postgres::{
    Postgres,
    queue::{Handler, Job, JobKind, Verdict, Worker, WorkerSettings},
    testing::TestDatabase,
};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
    sqlx::postgres::PgListener,
};
use std::{sync::Arc, time::Duration};
use time::macros::datetime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Tells what it was given to do, and rings as a program does for whatever else may wait.
struct Teller {
    postgres: Postgres,
    tell: UnboundedSender<String>,
}

#[async_trait]
impl Handler for Teller {
    async fn run(&self, job: Job) -> Verdict {
        assert_eq!(job.kind, JobKind::News);
        // Whoever listens may have heard enough.
        let _told = self.tell.send(job.payload.to_string());
        self.postgres.ring();
        Verdict::Done
    }
}

/// One whose every job must be told of: it hardly ever looks by itself.
async fn worker(postgres: &Postgres) -> (Worker, UnboundedReceiver<String>) {
    let (tell, told) = unbounded_channel();
    let settings = WorkerSettings {
        concurrency: 2,
        poll_interval: Duration::from_hours(1),
        grace_period: Duration::from_secs(1),
        crontab: String::new(),
    };
    let teller = Arc::new(Teller { postgres: postgres.clone(), tell });
    let worker = Worker::new(postgres.pool(), teller, env(), &settings).await.expect("a worker");
    (worker, told)
}

fn env() -> Env {
    let clock = MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC));
    Env::new(Arc::new(clock), Arc::new(SeededEntropy::new(1)))
}

fn queue(from: u32, to: u32) -> String {
    format!("SELECT queue_news(to_json(n)) FROM generate_series({from}, {to}) n")
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    row.expect("the database answers").expect("a row").try_get("", "number").expect("a number")
}

#[tokio::test]
async fn nobody_is_notified_before_the_bell_is_rung() {
    let database = TestDatabase::create().await;
    let postgres = database.open(&env()).await;
    let owner = database.open_as_owner().await;
    // The first of all is the engine's own, which gives the kind its number and notifies.
    owner.execute_unprepared(&queue(1, 1)).await.unwrap();
    let mut listener = PgListener::connect_with(owner.get_postgres_connection_pool()).await.unwrap();
    listener.listen("jobs:insert").await.unwrap();
    let transaction = owner.begin().await.unwrap();
    transaction.execute_unprepared(&queue(2, 3)).await.unwrap();
    transaction.commit().await.unwrap();
    owner.execute_unprepared("SELECT pg_notify('jobs:insert', 'after')").await.unwrap();
    assert_eq!(listener.recv().await.unwrap().payload(), "after");
    assert_eq!(number(&owner, "SELECT count(*) AS number FROM graphile_worker._private_jobs").await, 3);

    postgres.ring();
    let rung = tokio::select! {
        rung = listener.recv() => rung,
        () = postgres.wake_workers() => unreachable!("it goes on for ever"),
    };
    assert_eq!(rung.unwrap().payload(), r#"{"count":1}"#);
}

#[tokio::test]
async fn what_is_queued_in_silence_is_a_job_as_the_engine_queues_it() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    for sql in [
        "SELECT graphile_worker.add_job('news', '{\"from\": \"the engine\"}'::json)",
        "SELECT queue_news('{\"from\": \"a fact\"}'::json)",
    ] {
        owner.execute_unprepared(sql).await.unwrap();
    }
    let kinds = "
SELECT count(DISTINCT to_jsonb(j) - '{id,payload,run_at,created_at,updated_at}'::text[]) AS number
  FROM graphile_worker._private_jobs j";
    assert_eq!(number(&owner, kinds).await, 1);
    let times = "
SELECT count(*) AS number FROM graphile_worker._private_jobs
 WHERE run_at = created_at AND updated_at = created_at AND is_available AND payload->>'from' IS NOT NULL";
    assert_eq!(number(&owner, times).await, 2);
}

#[tokio::test]
async fn a_fact_that_is_taken_back_leaves_no_news() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    let transaction = owner.begin().await.unwrap();
    transaction.execute_unprepared(&queue(1, 2)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(number(&owner, "SELECT count(*) AS number FROM graphile_worker._private_jobs").await, 0);
}

#[tokio::test]
async fn a_ring_is_not_kept_waiting_by_one_that_nobody_answers() {
    const WAITING: &str = "
SELECT count(*) AS number FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%jobs:insert%'";
    let database = TestDatabase::create().await;
    let postgres = database.open(&env()).await;
    let (owner, watcher) = (database.open_as_owner().await, database.open_as_owner().await);
    let busy = owner.begin().await.unwrap();
    busy.execute_unprepared("LOCK TABLE graphile_worker._private_jobs IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let two_at_once = async {
        while number(&watcher, WAITING).await < 2 {
            postgres.ring();
        }
    };
    tokio::select! {
        in_time = tokio::time::timeout(Duration::from_secs(20), two_at_once) => in_time.unwrap(),
        () = postgres.wake_workers() => unreachable!("it goes on for ever"),
    }
}

#[tokio::test]
async fn one_ring_has_everything_done_that_waits() {
    const PATIENCE: Duration = Duration::from_secs(30);
    let database = TestDatabase::create().await;
    let postgres = database.open(&env()).await;
    let (worker, mut told) = worker(&postgres).await;
    let told_of_all = async {
        // It begins to listen in its own time; until then it is told in vain.
        for number in 1.. {
            postgres.pool().execute_unprepared(&queue(number, number)).await.expect("queued");
            postgres.ring();
            if tokio::time::timeout(Duration::from_millis(50), told.recv()).await.is_ok() {
                break;
            }
        }
        postgres.pool().execute_unprepared(&queue(1_001, 1_020)).await.expect("queued");
        postgres.ring();
        let mut heard = 0;
        while heard < 20 {
            let payload = told.recv().await.expect("the worker goes on");
            heard += u32::from(payload.len() == "1001".len());
        }
    };
    tokio::select! {
        in_time = tokio::time::timeout(PATIENCE, told_of_all) => in_time.unwrap(),
        () = postgres.wake_workers() => unreachable!("it goes on for ever"),
        ended = worker.run() => panic!("the worker stopped: {ended:?}"),
    }
}
