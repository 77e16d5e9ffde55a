//! Runs the queue's jobs: some at a time, on any number of instances, each at least once.

use super::{Handler, Job, JobKind, Verdict};
use graphile_worker::{
    FailureReason, IntoTaskHandlerResult, JobRecovery, JobRecoveryContext, JobRecoveryResult, TaskHandler,
    WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use kernel::{Env, StoreError};
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// How the worker works; every limit is spelled out by whoever composes the program.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How many jobs run at a time.
    pub concurrency: usize,
    /// How often to look for jobs when no notification came.
    pub poll_interval: Duration,
    /// How long running jobs may go on after a request to stop.
    pub grace_period: Duration,
    /// Scheduled work as crontab lines; empty where time is moved by hand.
    pub crontab: String,
}

/// The worker could not start, or its connection was lost for good.
#[derive(Debug, thiserror::Error)]
#[error("the job worker stopped: {0}")]
pub struct WorkerError(String);

/// A worker over one pool. Its pool must reach the server itself, since it listens for notifications.
pub struct Worker {
    engine: Arc<graphile_worker::Worker>,
}

#[derive(Clone)]
struct Context {
    handler: Arc<dyn Handler>,
    env: Env,
}

impl Worker {
    /// Prepares a worker; nothing runs before [`run`](Self::run) or [`drain`](Self::drain).
    ///
    /// # Errors
    /// When the queue's schema cannot be read or the crontab cannot be understood.
    pub async fn new(
        db: &DatabaseConnection,
        handler: Arc<dyn Handler>,
        env: Env,
        settings: &WorkerSettings,
    ) -> Result<Self, WorkerError> {
        let options = WorkerOptions::default()
            .pg_pool(db.get_postgres_connection_pool().clone())
            .schema("graphile_worker")
            .concurrency(settings.concurrency)
            .poll_interval(settings.poll_interval)
            .listen_os_shutdown_signals(false)
            .shutdown_grace_period(settings.grace_period)
            // A job whose worker was killed is taken over; the engine leaves this off by default.
            .worker_recovery(
                WorkerRecoveryConfig::default()
                    .enabled(true)
                    .heartbeat_interval(Duration::from_secs(2))
                    .sweep_interval(Duration::from_secs(5))
                    .sweep_threshold(Duration::from_secs(10))
                    .recovery_delay(Duration::ZERO),
            )
            .on(JobRecovery, async |lost| after(&lost))
            .add_extension(Context { handler, env })
            .define_job::<NewsTask>()
            .define_job::<ProcessTask>()
            .define_job::<LookTask>()
            .define_job::<ChoreTask>();
        let options =
            options.with_cron(settings.crontab.as_str()).map_err(|error| WorkerError(error.to_string()))?;
        let engine = options.init().await.map_err(|error| WorkerError(error.to_string()))?;
        Ok(Self { engine: Arc::new(engine) })
    }

    /// Runs jobs as they come until [`stop`](Self::stop), then finishes those that run.
    ///
    /// # Errors
    /// When the database is lost for good.
    pub async fn run(&self) -> Result<(), WorkerError> {
        self.engine.run().await.map_err(|error| WorkerError(error.to_string()))
    }

    /// Runs every job that is due, those they queue included, then returns: for tests.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drain(&self) -> Result<(), WorkerError> {
        self.engine.run_once().await.map_err(|error| WorkerError(error.to_string()))
    }

    /// Asks [`run`](Self::run) to finish.
    pub fn stop(&self) {
        self.engine.request_shutdown();
    }
}

/// One task type per kind: the engine ties a type to each identifier.
macro_rules! task {
    ($name:ident, $kind:expr) => {
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        struct $name(Value);

        impl TaskHandler for $name {
            const IDENTIFIER: &'static str = $kind.word();

            async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
                run($kind, self.0, &context).await
            }
        }
    };
}

task!(NewsTask, JobKind::News);
task!(ProcessTask, JobKind::Process);
task!(LookTask, JobKind::Look);
task!(ChoreTask, JobKind::Chore);

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

async fn run(kind: JobKind, payload: Value, engine: &WorkerContext) -> Result<(), String> {
    let context = engine.get_ext::<Context>().ok_or("the worker has no handler")?;
    let attempt = u32::try_from(*engine.job().attempts()).unwrap_or_default();
    let is_last_try = engine.job().attempts() >= engine.job().max_attempts();
    let job = Job { kind, payload: payload.clone(), attempt, is_last_try };
    let verdict = context.handler.run(job).await;
    match verdict {
        Verdict::Done => Ok(()),
        // Whoever queued it anew asked for all that is left to do.
        Verdict::Later { .. } if goes_on_elsewhere(engine).await? => Ok(()),
        Verdict::Later { reason } => Err(reason),
        Verdict::At { at } => {
            let delay = super::seconds(at - context.env.now());
            again(engine, kind, &payload, delay).await.map_err(|error| error.to_string())
        }
        Verdict::Never { reason } => {
            bury(engine).await.map_err(|error| error.to_string())?;
            Err(reason)
        }
    }
}

/// What becomes of a job whose run was cut off. The engine gives the try back, and so it would run a job for ever that
/// takes the program with it; a worker that died has used the try up. One that was told to stop has not.
fn after(lost: &JobRecoveryContext) -> JobRecoveryResult {
    match lost.reason {
        FailureReason::WorkerCrashed if is_superseded(&lost.job) => JobRecoveryResult::Reschedule {
            run_at: *lost.job.run_at(),
            attempts: Some(lost.job.max_attempts().saturating_sub(1)),
        },
        FailureReason::WorkerCrashed => JobRecoveryResult::FailWithBackoff,
        FailureReason::ShutdownAborted | FailureReason::TaskError | FailureReason::TaskPanic => {
            JobRecoveryResult::Default
        }
    }
}

/// Whether the job was queued anew under its key while it ran: the engine takes key and tries from such a row, whose
/// run is its last. Cut off, it would be buried although another row is about to do what it was to; it is run once more
/// instead, which does no harm, and then goes. One that never had a key used its tries up if it failed before.
fn is_superseded(job: &graphile_worker::Job) -> bool {
    let had_a_key =
        job.last_error().is_none() || JobKind::KEYED.iter().any(|kind| kind.word() == job.task_identifier());
    job.key().is_none() && job.attempts() >= job.max_attempts() && had_a_key
}

/// Whether the job was queued anew under its key, before or while it ran here: then this run was its row's last, and a
/// failure would bury what another row is about to do.
async fn goes_on_elsewhere(engine: &WorkerContext) -> Result<bool, String> {
    let job = engine.job();
    if job.key().is_none() {
        return Ok(is_superseded(job));
    }
    sea_orm::sqlx::query_scalar("SELECT key IS NULL FROM graphile_worker._private_jobs WHERE id = $1")
        .bind(job.id())
        .fetch_one(engine.pg_pool())
        .await
        .map_err(|error| error.to_string())
}

/// Queues the same job anew, with its tries given back; its own row goes when this run ends.
async fn again(engine: &WorkerContext, kind: JobKind, payload: &Value, delay: f64) -> Result<(), StoreError> {
    sea_orm::sqlx::query(
        "SELECT graphile_worker.add_job($1, $2::json, job_key := $3,
                    run_at := now() + make_interval(secs => $4))",
    )
    .bind(kind.word())
    .bind(payload)
    .bind(engine.job().key().as_deref())
    .bind(delay)
    .execute(engine.pg_pool())
    .await
    .map(drop)
    .map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// Takes the tries that are left away, so that the failure that follows is the last.
async fn bury(engine: &WorkerContext) -> Result<(), StoreError> {
    sea_orm::sqlx::query("UPDATE graphile_worker._private_jobs SET max_attempts = attempts WHERE id = $1")
        .bind(engine.job().id())
        .execute(engine.pg_pool())
        .await
        .map(drop)
        .map_err(|error| StoreError::Unavailable(Box::new(error)))
}
