//! Runs the queue's jobs: hands news to each process that hears it, looks at orders, does the chores.

mod chores;
mod jobs;
mod observe;

pub use jobs::Jobs;
pub use observe::observe;

use crate::{app::App, error::Error};
use postgres::queue::{Worker, WorkerError, WorkerSettings};
use sea_orm::DatabaseConnection;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long to wait before a worker takes the place of one that stopped.
const PAUSE: Duration = Duration::from_secs(1);

/// Prepares the worker over a pool that reaches the server itself.
///
/// # Errors
/// When the queue cannot be read.
pub async fn worker(
    app: &App,
    direct: &DatabaseConnection,
    concurrency: usize,
) -> Result<Worker, WorkerError> {
    let settings = WorkerSettings {
        concurrency,
        // New jobs are told of; this is how late one that waited for its time may be.
        poll_interval: Duration::from_millis(500),
        grace_period: Duration::from_secs(25),
        crontab: chores::CRONTAB.to_owned(),
    };
    Worker::new(direct, Arc::new(Jobs::new(app.clone())), app.env.clone(), &settings).await
}

/// What must not wait for its hour when an instance starts: a look at the insurer's plans. Not a job, since an instance
/// of another version could take it.
pub async fn begin(app: App) {
    if let Err(error) = chores::look_at_plans(&app).await {
        let causes = Error::from(error).causes();
        tracing::warn!(causes, "the insurer's plans are looked at when their hour comes");
    }
}

/// Runs jobs until `stopping`, then finishes those that run; says so to whoever asks whether the program is ready.
///
/// A database that goes away ends the engine's worker: another takes its place until one stays.
pub async fn run(app: App, direct: DatabaseConnection, concurrency: usize, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        match worker(&app, &direct, concurrency).await {
            Ok(worker) => {
                app.worker_runs.store(true, Ordering::Relaxed);
                if let Err(error) = run_until(&worker, &stopping).await {
                    tracing::error!(%error, "the job worker stopped; another takes its place");
                }
                app.worker_runs.store(false, Ordering::Relaxed);
            }
            Err(error) => tracing::error!(%error, "the job worker could not start"),
        }
        #[expect(clippy::disallowed_methods, reason = "a pause before trying the server again")]
        let pause = tokio::time::sleep(PAUSE);
        tokio::select! {
            () = pause => {}
            () = stopping.cancelled() => {}
        }
    }
}

async fn run_until(worker: &Worker, stopping: &CancellationToken) -> Result<(), WorkerError> {
    let stop = async {
        stopping.cancelled().await;
        worker.stop();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = worker.run() => ended,
        () = stop => Ok(()),
    }
}
