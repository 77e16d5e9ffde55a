//! The partners' calls to us: sent, tried again, duplicated, reordered, forged, and replayed on demand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use kernel::Env;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use crate::{
    FaultKind, Partner,
    desk::lock,
    faults::{Faults, Moment, Strike},
    journal::{Direction, Exchange, Journal},
    masking,
    pause::pause,
};

/// How many webhooks can be replayed; the oldest are forgotten first.
const MOST_KEPT: usize = 2_000;
/// A webhook held back for disorder leaves after this much of the clock even if none overtook it.
const LONGEST_HOLD: time::Duration = time::Duration::seconds(5);
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Of an answer no more than this is read for the journal.
const MOST_ANSWER_BYTES: usize = 16 * 1024;

/// Which answers mean that a webhook was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Juspay: 200 and nothing else.
    Only200,
    /// Any success.
    AnySuccess,
}

/// A call to us.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) partner: Partner,
    /// What it tells: `ORDER_SUCCEEDED`, `delivered`.
    pub(crate) event: String,
    pub(crate) url: Url,
    /// The body of a POST; a GET has none.
    pub(crate) body: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The headers when the credentials or the signature shall be wrong.
    pub(crate) forged_headers: Vec<(&'static str, String)>,
    /// Whether the first try is forged in any case.
    pub(crate) forged_first: bool,
    pub(crate) taken: Taken,
    /// How long to wait before each further try.
    pub(crate) retry_waits: Arc<[Duration]>,
    /// The faults that were decided when it was written.
    pub(crate) strike: Strike,
}

#[derive(Default)]
struct Waiting {
    kept: VecDeque<Arc<Delivery>>,
    held: Vec<(OffsetDateTime, Arc<Delivery>)>,
    due: Vec<(OffsetDateTime, Arc<Delivery>)>,
}

/// Sends webhooks.
#[derive(Clone)]
pub(crate) struct Deliveries(Arc<Parts>);

struct Parts {
    client: reqwest::Client,
    env: Env,
    faults: Faults,
    journal: Journal,
    tasks: TaskTracker,
    stop: CancellationToken,
    waiting: Mutex<Waiting>,
}

impl Deliveries {
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(
        env: Env,
        faults: Faults,
        journal: Journal,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let waiting = Mutex::default();
        Ok(Self(Arc::new(Parts { client, env, faults, journal, tasks, stop, waiting })))
    }

    /// Sends a webhook and waits for its first answer; further tries follow in the background.
    pub(crate) async fn send_now(&self, delivery: Delivery) {
        let delivery = self.keep(delivery);
        if !delivery.strike.delay.is_zero() && !pause(&self.0.stop, delivery.strike.delay).await {
            return;
        }
        if delivery.strike.has(FaultKind::Reorder) {
            return self.hold(delivery);
        }
        self.send(&delivery).await;
        let overtaken: Vec<_> = {
            let mut waiting = lock(&self.0.waiting);
            waiting.held.extract_if(.., |(_, held)| held.partner == delivery.partner).collect()
        };
        for (_, held) in overtaken {
            self.send(&held).await;
        }
    }

    /// Sends webhooks one after the other in the background, after `lag` of real time.
    pub(crate) fn send_later(&self, deliveries: Vec<Delivery>, lag: Duration) {
        let (held, prompt): (Vec<_>, Vec<_>) =
            deliveries.into_iter().partition(|delivery| delivery.strike.has(FaultKind::Reorder));
        for delivery in held {
            self.hold(self.keep(delivery));
        }
        if prompt.is_empty() {
            return;
        }
        let this = self.clone();
        self.0.tasks.spawn(async move {
            if pause(&this.0.stop, lag).await {
                for delivery in prompt {
                    this.send_now(delivery).await;
                }
            }
        });
    }

    /// Sends a webhook of old again, `times` times: at once, answering the statuses got; or when the clock
    /// has moved on by `delay`, answering nothing yet. `None` when there is no such webhook.
    pub(crate) async fn replay(
        &self,
        partner: Partner,
        id: &str,
        times: u32,
        delay: time::Duration,
    ) -> Option<Vec<Option<u16>>> {
        let delivery = {
            let mut waiting = lock(&self.0.waiting);
            let kept = waiting.kept.iter().find(|kept| kept.partner == partner && kept.id == id);
            let delivery = Arc::clone(kept?);
            if delay.is_positive() {
                let due = self.0.env.now().saturating_add(delay);
                waiting.due.extend((0..times).map(|_| (due, Arc::clone(&delivery))));
                return Some(Vec::new());
            }
            delivery
        };
        let mut statuses = Vec::new();
        for _ in 0..times {
            statuses.push(self.attempt(&delivery, false).await);
        }
        Some(statuses)
    }

    /// Sends what has become due by the clock.
    pub(crate) fn tick(&self) {
        let now = self.0.env.now();
        let ripe: Vec<Arc<Delivery>> = {
            let mut waiting = lock(&self.0.waiting);
            let due: Vec<_> = waiting.due.extract_if(.., |(due, _)| *due <= now).collect();
            let held = waiting.held.extract_if(.., |(since, _)| since.saturating_add(LONGEST_HOLD) <= now);
            due.into_iter().chain(held).map(|(_, delivery)| delivery).collect()
        };
        for delivery in ripe {
            let this = self.clone();
            self.0.tasks.spawn(async move { this.send(&delivery).await });
        }
    }

    /// Keeps a webhook back until another overtakes it.
    fn hold(&self, delivery: Arc<Delivery>) {
        let since = self.0.env.now();
        lock(&self.0.waiting).held.push((since, delivery));
    }

    fn keep(&self, delivery: Delivery) -> Arc<Delivery> {
        let delivery = Arc::new(delivery);
        let mut waiting = lock(&self.0.waiting);
        if waiting.kept.len() >= MOST_KEPT {
            waiting.kept.pop_front();
        }
        waiting.kept.push_back(Arc::clone(&delivery));
        delivery
    }

    async fn send(&self, delivery: &Arc<Delivery>) {
        let status = self.attempt(delivery, delivery.forged_first).await;
        if delivery.strike.has(FaultKind::Duplicate) {
            self.attempt(delivery, false).await;
        }
        if !delivery.taken.accepts(status) && !delivery.retry_waits.is_empty() {
            let (this, delivery) = (self.clone(), Arc::clone(delivery));
            self.0.tasks.spawn(async move { this.retry(&delivery).await });
        }
    }

    async fn retry(&self, delivery: &Delivery) {
        for wait in delivery.retry_waits.iter() {
            if !pause(&self.0.stop, *wait).await
                || delivery.taken.accepts(self.attempt(delivery, false).await)
            {
                return;
            }
        }
    }

    /// Tries once; answers the status got, if any, and journals it.
    async fn attempt(&self, delivery: &Delivery, forged: bool) -> Option<u16> {
        let line = format!("webhook {}", delivery.event);
        let strike = self.0.faults.strike(delivery.partner, Moment::SendingWebhook, &line);
        let forged = forged || strike.has(FaultKind::BadSignature);
        let (status, response) = if strike.has(FaultKind::Outage) {
            (None, json!({"not_sent": "outage"}))
        } else {
            self.exchange(delivery, forged).await
        };
        let mut exchange = Exchange::begun(delivery.partner, Direction::Webhook, line);
        exchange.webhook_id = Some(delivery.id.clone());
        exchange.faults.clone_from(&delivery.strike.kinds);
        exchange.faults.extend(&strike.kinds);
        if forged && !strike.has(FaultKind::BadSignature) {
            exchange.faults.push(FaultKind::BadSignature);
        }
        exchange.query = delivery.url.query().map_or(Value::Null, |query| masking::pairs(query.as_bytes()));
        exchange.request = delivery.journaled_body();
        exchange.status = status;
        exchange.response = response;
        self.0.journal.add(self.0.env.now(), exchange);
        status
    }

    async fn exchange(&self, delivery: &Delivery, forged: bool) -> (Option<u16>, Value) {
        let mut request = match &delivery.body {
            Some(body) => self.0.client.post(delivery.url.clone()).body(body.clone()),
            None => self.0.client.get(delivery.url.clone()),
        };
        for (name, value) in if forged { &delivery.forged_headers } else { &delivery.headers } {
            request = request.header(*name, value);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return (None, json!({"not_answered": error.without_url().to_string()})),
        };
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_ANSWER_BYTES {
                break;
            }
        }
        (Some(status), masking::body(&content_type, &bytes))
    }
}

impl Taken {
    fn accepts(self, status: Option<u16>) -> bool {
        status.is_some_and(|status| match self {
            Self::Only200 => status == 200,
            Self::AnySuccess => (200..300).contains(&status),
        })
    }
}

impl Delivery {
    fn journaled_body(&self) -> Value {
        let content_type = self.headers.iter().find(|(name, _)| *name == "content-type");
        let content_type = content_type.map(|(_, value)| value.as_str()).unwrap_or_default();
        masking::body(content_type, self.body.as_deref().unwrap_or_default().as_bytes())
    }
}
