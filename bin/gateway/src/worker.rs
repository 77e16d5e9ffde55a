//! Runs the queue's jobs: hands news to each process that hears it, looks at orders, does the chores.

use crate::app::App;
use async_trait::async_trait;
use kernel::{Limit, OrderRef, StoreError};
use payments::LookError;
use postgres::queue::{Handler, Job, JobKind, NewJob, Verdict, Worker, WorkerError, WorkerSettings};
use processes::{Heard, Outcome};
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Scheduled work. Times are the server's; each is safe to run on many instances and to run twice.
const CRONTAB: &str = r#"
* * * * * chore ?fill=1m&max=3 {"name": "reconcile_orders"}
17 * * * * chore ?max=3 {"name": "forget_expired"}
42 * * * * chore ?max=3 {"name": "checkpoint_audit"}
"#;

/// How many orders one round of reconciliation looks at.
const ORDERS_A_ROUND: Limit = Limit::MOST;

/// How long a payment session is kept after its end: it holds what a payment page needs to know of a person.
const PAYMENT_SESSIONS_KEPT: time::Duration = time::Duration::days(1);

/// How long a webhook is kept: longer than any partner delivers it again.
const WEBHOOKS_KEPT: time::Duration = time::Duration::days(30);

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
        crontab: CRONTAB.to_owned(),
    };
    let clock = Arc::new(EnvClock(app.env.clone()));
    Worker::new(direct, Arc::new(Jobs { app: app.clone() }), clock, &settings).await
}

/// Runs jobs until the worker is stopped, and says so to whoever asks whether the program is ready.
pub async fn run(app: App, worker: Arc<Worker>) {
    app.worker_runs.store(true, Ordering::Relaxed);
    if let Err(error) = worker.run().await {
        tracing::error!(%error, "the job worker stopped");
    }
    app.worker_runs.store(false, Ordering::Relaxed);
}

struct EnvClock(kernel::Env);

impl kernel::Clock for EnvClock {
    fn now(&self) -> time::OffsetDateTime {
        self.0.now()
    }
}

/// What the jobs of this program do.
pub struct Jobs {
    app: App,
}

#[async_trait]
impl Handler for Jobs {
    async fn run(&self, job: Job) -> Verdict {
        let verdict = match job.kind {
            JobKind::News => self.spread(&job.payload).await,
            JobKind::Process => self.act(&job.payload).await,
            JobKind::Look => self.look(&job.payload).await,
            JobKind::Chore => self.chore(&job.payload).await,
        };
        tell(&job, &verdict);
        verdict
    }
}

impl Jobs {
    /// Queues one job per interested process, so that each is retried alone.
    async fn spread(&self, payload: &Value) -> Verdict {
        let news = match Heard::parse(payload) {
            Ok(news) => news,
            Err(error) => return Verdict::Never { reason: error.to_string() },
        };
        for process in self.app.processes.iter().filter(|process| process.hears(&news)) {
            let job = NewJob {
                kind: JobKind::Process,
                payload: json!({ "process": process.name(), "heard": payload }),
                key: Some(format!("{}:{}", process.name(), news.id())),
                delay: time::Duration::ZERO,
            };
            if let Err(error) = self.app.postgres.add_job(&job).await {
                return Verdict::Later { reason: error.to_string() };
            }
        }
        Verdict::Done
    }

    async fn act(&self, payload: &Value) -> Verdict {
        let name = payload.get("process").and_then(Value::as_str).unwrap_or_default();
        let Some(process) = self.app.processes.iter().find(|process| process.name() == name) else {
            return Verdict::Never { reason: format!("there is no process {name}") };
        };
        match Heard::parse(payload.get("heard").unwrap_or(&Value::Null)) {
            Ok(news) => verdict(process.act(&news).await),
            Err(error) => Verdict::Never { reason: error.to_string() },
        }
    }
}

impl Jobs {
    /// Asks the payment partner about one order; the order itself keeps when it is to be looked at next.
    async fn look(&self, payload: &Value) -> Verdict {
        let order_id = payload.get("order_id").and_then(Value::as_str).and_then(OrderRef::parse);
        let Some(order_id) = order_id else {
            return Verdict::Never { reason: "the job names no order".to_owned() };
        };
        match self.app.payments.look(&order_id).await {
            // What the partner did not tell is asked again: the order has planned its next look by itself.
            Ok(_) | Err(LookError::Gateway(_) | LookError::Busy) => Verdict::Done,
            Err(error @ (LookError::NotFound | LookError::Store(_))) => verdict(Outcome::of_failure(&error)),
        }
    }

    async fn chore(&self, payload: &Value) -> Verdict {
        let name = payload.get("name").and_then(Value::as_str).unwrap_or_default();
        let done = match name {
            "reconcile_orders" => self.app.payments.reconcile(ORDERS_A_ROUND).await.map(drop),
            "forget_expired" => self.forget_expired().await,
            "checkpoint_audit" => self.app.audits.seal().await.map(drop),
            _ => return Verdict::Never { reason: format!("there is no chore {name}") },
        };
        match done {
            Ok(()) => Verdict::Done,
            Err(error) => verdict(Outcome::of_failure(&error)),
        }
    }

    /// Forgets what nobody will ask for again.
    async fn forget_expired(&self) -> Result<(), StoreError> {
        let now = self.app.env.now();
        self.app.postgres.forget_answers(now).await?;
        self.app.postgres.forget_windows(now).await?;
        self.app.postgres.forget_webhooks(now - WEBHOOKS_KEPT).await?;
        self.app.postgres.forget_payment_sessions(now - PAYMENT_SESSIONS_KEPT).await?;
        self.app.sign_ins.forget_expired().await?;
        self.app.sessions.forget_over().await?;
        self.app.step_ups.forget_ended_grants().await?;
        Ok(())
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Done => Verdict::Done,
        Outcome::Later { reason } => Verdict::Later { reason },
        Outcome::At(at) => Verdict::At { at },
        Outcome::Never { reason } => Verdict::Never { reason },
    }
}

fn tell(job: &Job, verdict: &Verdict) {
    let (kind, attempt) = (job.kind.word(), job.attempt);
    match verdict {
        Verdict::Done => tracing::debug!(kind, attempt, "job done"),
        Verdict::At { at } => tracing::debug!(kind, attempt, %at, "job goes on later"),
        Verdict::Later { reason } => tracing::warn!(kind, attempt, reason, "job is tried again"),
        Verdict::Never { reason } => tracing::error!(kind, attempt, reason, "job was buried"),
    }
    let outcome = match verdict {
        Verdict::Done => "done",
        Verdict::At { .. } => "at",
        Verdict::Later { .. } => "later",
        Verdict::Never { .. } => "never",
    };
    metrics::counter!("jobs_total", "kind" => kind, "outcome" => outcome).increment(1);
}
