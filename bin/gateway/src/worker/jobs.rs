//! What each kind of job does.

use crate::app::App;
use async_trait::async_trait;
use kernel::OrderRef;
use payments::LookError;
use postgres::queue::{Handler, Job, JobKind, NewJob, Verdict};
use processes::{Heard, Outcome};
use serde_json::{Value, json};

/// What the jobs of this program do.
pub struct Jobs {
    pub(super) app: App,
}

impl Jobs {
    /// The jobs of a program put together as `app`.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
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
        // Whoever woke the workers may have had more for them than they can do at once.
        self.app.postgres.ring();
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
            Ok(order) => {
                if let Some(attention) = order.attention {
                    tracing::error!(
                        order_id = order_id.as_str(),
                        ?attention,
                        "an order waits for an operator"
                    );
                }
                Verdict::Done
            }
            // The order has planned its next look by itself.
            Err(error) if error.is_planned() => Verdict::Done,
            Err(LookError::NotFound) => {
                metrics::counter!("orders_unknown_total").increment(1);
                tracing::warn!(order_id = order_id.as_str(), "a webhook names an order that is not ours");
                Verdict::Done
            }
            Err(error @ LookError::Store(_)) => verdict(Outcome::of_failure(&error)),
            // Nobody else will ask, so the reason to look must not be lost.
            Err(error) => Verdict::Later { reason: error.to_string() },
        }
    }
}

pub(super) fn verdict(outcome: Outcome) -> Verdict {
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
        Verdict::Later { reason } if job.is_last_try => {
            tracing::error!(kind, attempt, reason, "job was buried after its last try");
        }
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
