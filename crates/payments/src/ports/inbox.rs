//! Where partners' webhooks are kept: as news, not as truth.

use async_trait::async_trait;
use kernel::{OrderRef, StoreError};
use time::OffsetDateTime;

/// Keeps what a partner told us and sees to it that somebody looks.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait WebhookInbox: Send + Sync {
    /// Stores the webhook and, if it names an order, queues a [look](crate::Payments::look) at it: both or
    /// neither. `false` if it had been delivered before, and then nothing is queued.
    ///
    /// # Errors
    /// When the store fails: the partner must then be told to deliver it again.
    async fn receive(&self, webhook: &Webhook) -> Result<bool, StoreError>;
}

/// A webhook whose credentials were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Who sent it.
    pub partner: &'static str,
    /// The partner's own id of the event: a second delivery has the same.
    pub event_id: String,
    /// The order it speaks of, if it does: a hint where to look.
    pub order_id: Option<OrderRef>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When it arrived.
    pub received_at: OffsetDateTime,
}
