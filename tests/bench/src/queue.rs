//! How soon after the commit of its news a job starts.

use crate::{Failure, plan::Plan, sample::quantile, site::Site};
use async_trait::async_trait;
use gateway::wire;
use kernel::Env;
use postgres::queue::{Handler, Job, Verdict, Worker, WorkerSettings};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Tells when each job starts.
struct Probe(UnboundedSender<Instant>);

#[async_trait]
impl Handler for Probe {
    async fn run(&self, _: Job) -> Verdict {
        // Whoever listens may have heard enough.
        let _told = self.0.send(Instant::now());
        Verdict::Done
    }
}

/// Latencies from commit to start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Starts {
    /// How many jobs.
    pub jobs: usize,
    /// Half of them start sooner, in microseconds.
    pub p50_us: f64,
    /// All but a hundredth start sooner, in microseconds.
    pub p99_us: f64,
}

/// Queues jobs one by one in a database of their own, and notes when each starts.
///
/// # Errors
/// When the queue cannot be used, or a job does not start within ten seconds.
pub async fn measure(plan: &Plan, site: &Site) -> Result<Starts, Failure> {
    let config = site.other_database("queue").await?;
    let env = Env::system();
    let postgres = wire::open_postgres(&config, &env).await?;
    let direct = wire::direct_connection(&config).await?;
    let (tell, mut told) = unbounded_channel();
    // As the gateway's own worker.
    let settings = WorkerSettings {
        concurrency: config.worker_concurrency,
        poll_interval: Duration::from_millis(500),
        grace_period: Duration::from_secs(5),
        crontab: String::new(),
    };
    let worker = Worker::new(&direct, Arc::new(Probe(tell)), env, &settings).await?;
    let queueing = async {
        let mut latencies = Vec::new();
        let jobs = plan.rounds.saturating_mul(plan.seconds).saturating_mul(40);
        // The first finds the worker listening, or wakes it.
        for number in 0..=jobs {
            let payload = json!({ "number": number });
            // As a fact queues its news, and as its adapter rings.
            let sql = "SELECT queue_news($1::json) AS job";
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [payload.into()]);
            postgres.pool().query_one_raw(statement).await?;
            postgres.ring();
            let committed = Instant::now();
            let started = tokio::time::timeout(Duration::from_secs(10), told.recv()).await?;
            let started = started.ok_or("the worker stopped")?;
            if number > 0 {
                latencies.push(started.saturating_duration_since(committed).as_secs_f64() * 1e6);
            }
        }
        Ok::<_, Failure>(latencies)
    };
    let latencies = tokio::select! {
        latencies = queueing => latencies?,
        () = postgres.wake_workers() => return Err("nobody wakes the worker".into()),
        ended = worker.run() => { ended?; return Err("the worker stopped".into()) }
    };
    worker.stop();
    let jobs = latencies.len();
    Ok(Starts { jobs, p50_us: quantile(latencies.clone(), 500), p99_us: quantile(latencies, 990) })
}
