//! The payment partner's webhooks: kept as news, with a look at the order they name.

use crate::{Postgres, fault::OrStoreError as _, inbox, queue::JobKind};
use ::payments::ports::{Webhook, WebhookInbox};
use async_trait::async_trait;
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
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

    /// Keeps a webhook that names no order: there is nothing to look at.
    async fn keep(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "INSERT INTO inbox (partner, event_id, body, received_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            [
                webhook.partner.into(),
                webhook.event_id.as_str().into(),
                webhook.body.clone().into(),
                webhook.received_at.into(),
            ],
        );
        Ok(self.postgres.db.execute_raw(statement).await.or_store_error()?.rows_affected() > 0)
    }
}

#[async_trait]
impl WebhookInbox for PgWebhookInbox {
    async fn receive(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        let Some(order_id) = &webhook.order_id else { return self.keep(webhook).await };
        // No key: a scheduled look that waits must neither hold this one back nor be replaced by it.
        let job = inbox::Webhook {
            partner: webhook.partner,
            event_id: &webhook.event_id,
            body: &webhook.body,
            job: JobKind::Look.word(),
            payload: json!({ "order_id": order_id }),
            received_at: webhook.received_at,
        };
        self.postgres.receive(&job).await
    }
}
