//! The job queue on a real server: verdicts, order of tries, and a worker whose connection is cut.

use async_trait::async_trait;
use kernel::{Env, MovableClock, SeededEntropy};
use postgres::{
    queue::{Handler, Job, JobKind, NewJob, Verdict, Worker, WorkerSettings},
    testing::TestDatabase,
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use time::{Duration, macros::datetime};

/// Gives the verdicts of a script, then `Done`.
#[derive(Default)]
struct Scripted {
    script: Mutex<Vec<Verdict>>,
    runs: AtomicUsize,
}

#[async_trait]
impl Handler for Scripted {
    async fn run(&self, _: Job) -> Verdict {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.script.lock().map_or(Verdict::Done, |mut script| script.pop().unwrap_or(Verdict::Done))
    }
}

fn clock() -> Arc<MovableClock> {
    Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)))
}

fn settings() -> WorkerSettings {
    WorkerSettings {
        concurrency: 2,
        poll_interval: std::time::Duration::from_millis(50),
        grace_period: std::time::Duration::from_secs(1),
        crontab: String::new(),
    }
}

fn job(key: Option<&str>) -> NewJob {
    NewJob {
        kind: JobKind::Chore,
        payload: json!({ "name": "x" }),
        key: key.map(str::to_owned),
        delay: Duration::ZERO,
    }
}

#[tokio::test]
async fn each_verdict_has_its_consequence() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    let handler = Arc::new(Scripted::default());
    let worker = Worker::new(postgres.pool(), handler.clone(), env.clone(), &settings()).await.unwrap();
    let runs = || handler.runs.load(Ordering::Relaxed);
    let say = |verdict| handler.script.lock().unwrap().push(verdict);

    postgres.add_job(&job(None)).await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!((runs(), postgres.queue_depth().await.unwrap().waiting), (1, 0), "done is forgotten");

    say(Verdict::At { at: env.now() + Duration::hours(1) });
    postgres.add_job(&job(Some("k"))).await.unwrap();
    worker.drain().await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(runs(), 2, "not before its time");
    postgres.bring_jobs_nearer(Duration::hours(1)).await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(runs(), 3, "and then");

    say(Verdict::Never { reason: "no such order".to_owned() });
    postgres.add_job(&job(None)).await.unwrap();
    worker.drain().await.unwrap();
    let buried = postgres.buried_jobs(10).await.unwrap();
    assert_eq!(buried.len(), 1);
    assert!(buried[0].last_error.as_deref().is_some_and(|error| error.contains("no such order")));
    assert_eq!(postgres.queue_depth().await.unwrap().buried, 1);
    assert!(postgres.requeue_job(buried[0].id).await.unwrap());
    worker.drain().await.unwrap();
    assert_eq!((runs(), postgres.buried_jobs(10).await.unwrap().len()), (5, 0));
    assert!(!postgres.requeue_job(1_000_000).await.unwrap());

    say(Verdict::Later { reason: "busy".to_owned() });
    postgres.add_job(&job(None)).await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(runs(), 6, "not again at once");
    postgres.bring_jobs_nearer(Duration::hours(1)).await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(runs(), 7);
}

#[tokio::test]
async fn the_same_key_waits_once() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    for _ in 0..3 {
        postgres.add_job(&job(Some("provision:asha"))).await.unwrap();
    }
    assert_eq!(postgres.queue_depth().await.unwrap().waiting, 1);
}

/// Counts how many run at the same time.
#[derive(Default)]
struct Crowd {
    running: AtomicUsize,
    most: AtomicUsize,
    runs: AtomicUsize,
}

#[async_trait]
impl Handler for Crowd {
    async fn run(&self, _: Job) -> Verdict {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.runs.fetch_add(1, Ordering::SeqCst);
        Verdict::Done
    }
}

/// What the schedule relies on, so that no round of a chore overlaps the next.
#[tokio::test]
async fn of_a_named_queue_one_job_runs_at_a_time() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    let handler = Arc::new(Crowd::default());
    let (settings, mut workers) = (settings(), Vec::new());
    for _ in 0..2 {
        let worker = Worker::new(postgres.pool(), handler.clone(), env.clone(), &settings).await;
        workers.push(worker.unwrap());
    }
    for _ in 0..6 {
        let add = "SELECT graphile_worker.add_job('chore', '{}'::json, queue_name := 'rounds')";
        postgres.pool().execute_unprepared(add).await.unwrap();
    }
    futures::future::join_all(workers.iter().map(Worker::drain)).await.into_iter().for_each(Result::unwrap);
    // Who finds the queue taken has nothing to do and leaves the rest to the other.
    assert_eq!((handler.runs.load(Ordering::SeqCst), handler.most.load(Ordering::SeqCst)), (6, 1));
}

/// As a worker leaves its jobs that was killed on the third try of one of four, and on the last of the other.
const KILLED: &str = "
SELECT graphile_worker.add_job('chore', '{}'::json, queue_name := 'rounds', max_attempts := 4),
       graphile_worker.add_job('chore', '{}'::json, max_attempts := 3);
UPDATE graphile_worker._private_jobs
   SET attempts = 3, last_error = 'WorkerCrashed', locked_by = 'killed', locked_at = now() - interval '1 minute';
UPDATE graphile_worker._private_job_queues SET locked_by = 'killed', locked_at = now() - interval '1 minute'";

const LEFT: &str = "
SELECT count(*) FILTER (WHERE job.attempts = 3 AND job.locked_at IS NULL AND job.run_at > now() + interval '15 s'
                          AND queue.locked_at IS NULL AND job.last_error = 'WorkerCrashed') AS left
  FROM graphile_worker._private_jobs job
  LEFT JOIN graphile_worker._private_job_queues queue ON queue.id = job.job_queue_id";

#[tokio::test]
async fn a_job_that_takes_its_worker_with_it_uses_its_tries_up() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    let handler = Arc::new(Scripted::default());
    postgres.pool().execute_unprepared(KILLED).await.unwrap();
    let worker = Worker::new(postgres.pool(), handler.clone(), env, &settings()).await.unwrap();
    let both_left = async {
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            looks.tick().await;
            let left = Statement::from_string(DbBackend::Postgres, LEFT);
            let row = postgres.pool().query_one_raw(left).await.unwrap().unwrap();
            if row.try_get::<i64>("", "left").unwrap() == 2 {
                return;
            }
        }
    };
    let taken_over = tokio::time::timeout(std::time::Duration::from_secs(20), both_left);
    tokio::select! {
        ended = worker.run() => panic!("the worker ended: {ended:?}"),
        taken_over = taken_over => taken_over.unwrap(),
    }
    let buried = postgres.buried_jobs(10).await.unwrap();
    assert_eq!(buried.iter().map(|job| job.attempts).collect::<Vec<_>>(), [3], "the last try is the last");
    assert_eq!(handler.runs.load(Ordering::Relaxed), 0, "and the other waits as after any failure");
}

/// As a worker leaves a job that was killed while it ran, after the same was queued anew under its key.
const SUPERSEDED: &str = "
SELECT graphile_worker.add_job('look', '{}'::json, job_key := 'look:1');
UPDATE graphile_worker._private_jobs SET attempts = 1, locked_by = 'killed', locked_at = now() - interval '1 minute';
SELECT graphile_worker.add_job('look', '{}'::json, job_key := 'look:1')";

/// What a run before the one that was killed failed of.
const FAILED_BEFORE: &str = "
UPDATE graphile_worker._private_jobs SET last_error = 'the payment partner did not tell' WHERE locked_at IS NOT NULL";

#[tokio::test]
async fn what_was_queued_anew_while_it_ran_is_never_buried() {
    superseded_run_ends(SUPERSEDED).await;
}

#[tokio::test]
async fn nor_is_what_had_failed_before_that() {
    superseded_run_ends(&format!("{SUPERSEDED};{FAILED_BEFORE}")).await;
}

async fn superseded_run_ends(as_it_was_left: &str) {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    let handler = Arc::new(Scripted::default());
    postgres.pool().execute_unprepared(as_it_was_left).await.expect("the jobs stand");
    let worker =
        Worker::new(postgres.pool(), handler.clone(), env, &settings()).await.expect("the database answers");
    let both_run = async {
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
        while handler.runs.load(Ordering::Relaxed) < 2 {
            looks.tick().await;
        }
        while postgres.queue_depth().await.expect("the database answers").waiting > 0 {
            looks.tick().await;
        }
    };
    let done = tokio::time::timeout(std::time::Duration::from_secs(20), both_run);
    tokio::select! {
        ended = worker.run() => panic!("the worker ended: {ended:?}"),
        done = done => done.expect("both run in time"),
    }
    assert!(postgres.buried_jobs(10).await.expect("the database answers").is_empty());
}

/// Queues the same job anew while it runs the first time, and fails.
struct Interrupted {
    postgres: postgres::Postgres,
    runs: AtomicUsize,
}

#[async_trait]
impl Handler for Interrupted {
    async fn run(&self, _: Job) -> Verdict {
        if self.runs.fetch_add(1, Ordering::Relaxed) > 0 {
            return Verdict::Done;
        }
        self.postgres.add_job(&job(Some("k"))).await.expect("the job is queued");
        Verdict::Later { reason: "the partner did not tell".to_owned() }
    }
}

#[tokio::test]
async fn what_fails_after_it_was_queued_anew_is_left_to_its_successor() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    let handler = Arc::new(Interrupted { postgres: postgres.clone(), runs: AtomicUsize::new(0) });
    let worker = Worker::new(postgres.pool(), handler.clone(), env, &settings()).await.unwrap();
    postgres.add_job(&job(Some("k"))).await.unwrap();
    worker.drain().await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(handler.runs.load(Ordering::Relaxed), 2);
    assert_eq!(postgres.queue_depth().await.unwrap(), postgres::queue::QueueDepth::default());
}

#[tokio::test]
async fn what_was_killed_and_then_fails_is_left_to_its_successor() {
    let (database, clock) = (TestDatabase::create().await, clock());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let postgres = database.open(&env).await;
    // As it stands after its worker was found to be dead.
    postgres.pool().execute_unprepared(SUPERSEDED).await.unwrap();
    let back = "UPDATE graphile_worker._private_jobs SET attempts = max_attempts - 1, locked_by = NULL, locked_at = NULL,
                       run_at = run_at - interval '1 second'
                 WHERE locked_at IS NOT NULL";
    postgres.pool().execute_unprepared(back).await.unwrap();
    let handler = Arc::new(Scripted::default());
    handler.script.lock().unwrap().push(Verdict::Later { reason: "the partner did not tell".to_owned() });
    let worker = Worker::new(postgres.pool(), handler.clone(), env, &settings()).await.unwrap();
    worker.drain().await.unwrap();
    assert_eq!(handler.runs.load(Ordering::Relaxed), 2);
    assert_eq!(postgres.queue_depth().await.unwrap(), postgres::queue::QueueDepth::default());
}
