//! Jobs: queued by the transaction whose news they carry, run by a worker, retried until they are done.
//!
//! The queue is graphile_worker's schema. Enqueuing is an SQL function, called inside our own statements, so
//! that a rollback leaves nothing: `queue_news` for what a fact tells, in silence, and the engine's own for jobs with a
//! key. Nothing outside this module and the SQL of our migrations knows the engine.

mod bell;
mod worker;

pub(crate) use bell::Bell;
pub use worker::{Worker, WorkerError, WorkerSettings};

use crate::{Postgres, fault::OrStoreError as _};
use kernel::{News, StoreError};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use serde::Serialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// A buried look or chore of more than so many seconds ago.
const IS_OLD_AND_BURIED: &str = "
task_id IN (SELECT id FROM graphile_worker._private_tasks WHERE identifier IN ('look', 'chore'))
AND attempts >= max_attempts AND locked_at IS NULL AND run_at < now() - make_interval(secs => $1)";

/// What a job is about; its word is the engine's task identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// News of a domain, to be handed to each process that is interested.
    News,
    /// One process acting on one piece of news.
    Process,
    /// A look at a payment order, since something may have changed at the partner.
    Look,
    /// Scheduled work, named in its payload.
    Chore,
}

impl JobKind {
    /// The kinds of which every job is queued under a key.
    const KEYED: [Self; 2] = [Self::Process, Self::Look];

    /// The engine's task identifier.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Process => "process",
            Self::Look => "look",
            Self::Chore => "chore",
        }
    }
}

/// A job as its handler sees it.
#[derive(Debug, Clone)]
pub struct Job {
    /// What it is about.
    pub kind: JobKind,
    /// What it needs to know.
    pub payload: Value,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Whether a failure of this try is the last.
    pub is_last_try: bool,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done and forgotten.
    Done,
    /// It could not be done now: tried again after a pause that grows, until its tries are used up.
    Later {
        /// Why, for operators; no personal data.
        reason: String,
    },
    /// It is to be tried again at an instant of its own choosing, for as often as it says so.
    At {
        /// When, by the injected clock.
        at: OffsetDateTime,
    },
    /// It can never be done: buried, kept for operators, who can requeue it.
    Never {
        /// Why, for operators; no personal data.
        reason: String,
    },
}

/// What runs jobs; errors of its own become [`Verdict::Later`].
#[async_trait::async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Runs one job. It may run again after it was done, if the program died in between.
    async fn run(&self, job: Job) -> Verdict;
}

/// A job to be queued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What it is about.
    pub kind: JobKind,
    /// What it needs to know.
    pub payload: Value,
    /// While a job with this key waits, another with the same key replaces it.
    pub key: Option<String>,
    /// How long to wait before it runs.
    pub delay: Duration,
}

/// A job that used up its tries or can never be done.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Buried {
    /// The engine's number of it.
    pub id: i64,
    /// Its kind's word.
    pub kind: String,
    /// Why it was given up.
    pub last_error: Option<String>,
    /// How often it was tried.
    pub attempts: i16,
}

/// How the queue stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult)]
pub struct QueueDepth {
    /// Jobs that could run now.
    pub waiting: i64,
    /// How long the oldest of them has waited, in seconds.
    pub oldest_seconds: i64,
    /// Jobs that were given up.
    pub buried: i64,
}

/// The payload of a [`JobKind::News`] job: which domain speaks, and what it says.
///
/// # Errors
/// Never for our events, which are plain data.
pub(crate) fn news_payload<E: Serialize>(topic: &'static str, news: &News<E>) -> Result<Value, StoreError> {
    let news = serde_json::to_value(news).map_err(|error| StoreError::Inconsistent(Box::new(error)))?;
    Ok(json!({ "topic": topic, "news": news }))
}

impl Postgres {
    /// Queues a job that no fact of a domain stands behind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_job(&self, job: &NewJob) -> Result<(), StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT graphile_worker.add_job($1, $2::json, job_key := $3,
                        run_at := now() + make_interval(secs => $4)) IS NOT NULL AS queued",
            [
                job.kind.word().into(),
                job.payload.clone().into(),
                job.key.clone().into(),
                seconds(job.delay).into(),
            ],
        );
        self.db.query_one_raw(statement).await.or_store_error().map(drop)
    }

    /// Jobs that were given up, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn buried_jobs(&self, limit: u32) -> Result<Vec<Buried>, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT job.id, task.identifier AS kind, job.last_error, job.attempts
               FROM graphile_worker._private_jobs job
               JOIN graphile_worker._private_tasks task ON task.id = job.task_id
              WHERE job.attempts >= job.max_attempts AND job.locked_at IS NULL
              ORDER BY job.id DESC LIMIT $1",
            [i64::from(limit).into()],
        );
        Buried::find_by_statement(statement).all(&self.db).await.or_store_error()
    }

    /// Gives a buried job its tries back; `false` if there is no such job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requeue_job(&self, id: i64) -> Result<bool, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT id FROM graphile_worker.reschedule_jobs(ARRAY[$1::bigint], now(), NULL, 0, 25)",
            [id.into()],
        );
        Ok(self.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    /// How the queue stands now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_depth(&self) -> Result<QueueDepth, StoreError> {
        let statement = Statement::from_string(
            DbBackend::Postgres,
            "SELECT count(*) FILTER (WHERE is_available AND run_at <= now()) AS waiting,
                    count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL) AS buried,
                    coalesce(extract(epoch FROM now() - min(run_at)
                        FILTER (WHERE is_available AND run_at <= now())), 0)::bigint AS oldest_seconds
               FROM graphile_worker._private_jobs",
        );
        let depth = QueueDepth::find_by_statement(statement).one(&self.db).await.or_store_error()?;
        Ok(depth.unwrap_or_default())
    }

    /// Forgets buried looks and chores older than `age`: an order or the schedule makes new ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_buried(&self, age: Duration) -> Result<u64, StoreError> {
        self.forget("graphile_worker._private_jobs", IS_OLD_AND_BURIED, seconds(age)).await
    }

    /// Moves every waiting job `by` nearer: what the sandbox does when its clock is moved, since the engine
    /// goes by the server's own clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bring_jobs_nearer(&self, by: Duration) -> Result<(), StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "UPDATE graphile_worker._private_jobs SET run_at = run_at - make_interval(secs => $1)
              WHERE locked_at IS NULL AND run_at > now()",
            [seconds(by).into()],
        );
        self.db.execute_raw(statement).await.or_store_error()?;
        self.ring();
        Ok(())
    }
}

/// Whole seconds, rounded up so that a job never runs before its time, as PostgreSQL's intervals take them.
fn seconds(duration: Duration) -> f64 {
    let whole = duration.whole_seconds();
    let rounded = if duration.subsec_nanoseconds() > 0 { whole.saturating_add(1) } else { whole };
    f64::from(i32::try_from(rounded.max(0)).unwrap_or(i32::MAX))
}
