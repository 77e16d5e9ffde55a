//! The payment partner's webhooks: kept as news, with a look at the order they name.

use crate::{Postgres, inbox, queue::JobKind};
use ::payments::ports::{Webhook, WebhookInbox};
use async_trait::async_trait;
use kernel::StoreError;
use serde_json::json;

/// Keeps webhooks in the inbox all partners share.
#[derive(Debug, Clone)]
pub struct PgWebhookInbox {
    postgres: Postgres,
}

impl PgWebhookInbox {
    pub(super) fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }
}

#[async_trait]
impl WebhookInbox for PgWebhookInbox {
    async fn receive(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        // No key: a scheduled look that waits must neither hold this one back nor be replaced by it.
        let look = |order_id| (JobKind::Look, json!({ "order_id": order_id }));
        let webhook = inbox::Webhook {
            partner: webhook.partner,
            event_id: &webhook.event_id,
            body: &webhook.body,
            job: webhook.order_id.as_ref().map(look),
            received_at: webhook.received_at,
        };
        self.postgres.receive(&webhook).await
    }
}
