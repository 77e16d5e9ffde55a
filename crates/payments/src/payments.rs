//! The service: everything that can be done with an order.

mod errors;
mod fulfil;
mod look;
mod open;
mod read;
mod remind;
mod step;

pub use errors::{FindError, FulfilError, LookError, OpenError, RefundError, Unanswered};
pub use look::{Reconciliation, Unreadable};
pub use open::{OpenRequest, Opened};
pub use remind::UNFULFILLED_AFTER;

use crate::ports::{Admission, OrderFinder, OrderStore, PaymentGateway, Webhook, WebhookInbox};
use kernel::{Env, OrderRef, StoreError};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How often a step is decided anew when somebody else moved the order in between.
const TRIES: u8 = 4;

/// How long a round of scheduled work may go on to the next order: rounds come every minute, one at a time.
const ROUND_MAX: Duration = Duration::seconds(40);

/// What the service asks of the world.
#[derive(Clone)]
pub struct Ports {
    /// Keeps orders.
    pub orders: Arc<dyn OrderStore>,
    /// Finds orders.
    pub finder: Arc<dyn OrderFinder>,
    /// Takes payments and gives them back.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Knows whether a thing may be bought.
    pub admission: Arc<dyn Admission>,
    /// Keeps partners' webhooks.
    pub inbox: Arc<dyn WebhookInbox>,
}

/// Orders: opened once, counted as paid once, fulfilled or refunded once.
#[derive(Clone)]
pub struct Payments {
    ports: Ports,
    env: Env,
}

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is stored; a look is queued if it names an order.
    New,
    /// It had been delivered before.
    Repeated,
}

impl Payments {
    /// The service over its ports.
    #[must_use]
    pub fn new(ports: Ports, env: Env) -> Self {
        Self { ports, env }
    }

    /// Takes a webhook whose credentials were checked. It is news, not truth: all it does is make us
    /// [look](Self::look) at the order, unknown ones included, so that somebody learns of them.
    ///
    /// # Errors
    /// When the store fails: the partner must then be told to deliver it again.
    pub async fn hear(
        &self,
        partner: &'static str,
        event_id: String,
        order_id: Option<OrderRef>,
        body: Vec<u8>,
    ) -> Result<Heard, StoreError> {
        let webhook = Webhook { partner, event_id, order_id, body, received_at: self.env.now() };
        let new = self.ports.inbox.receive(&webhook).await?;
        Ok(if new { Heard::New } else { Heard::Repeated })
    }
}

impl Payments {
    /// When a round that begins now has to leave what is left to the next.
    fn round_ends(&self) -> OffsetDateTime {
        self.env.now().saturating_add(ROUND_MAX)
    }
}

impl std::fmt::Debug for Payments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payments").finish_non_exhaustive()
    }
}
