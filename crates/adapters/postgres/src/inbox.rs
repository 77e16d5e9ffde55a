//! What partners told us, stored as they told it: the job that works on it is queued in the same statement.

use crate::{Postgres, fault::OrStoreError as _, queue::JobKind, vault::Place};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use time::OffsetDateTime;

/// A webhook whose credentials were checked.
#[derive(Debug)]
pub struct Webhook<'a> {
    /// Who sent it.
    pub partner: &'static str,
    /// The partner's own id of the event: a second delivery has the same.
    pub event_id: &'a str,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The job to queue and what it is to look at; none if the webhook names nothing of ours.
    pub job: Option<(JobKind, serde_json::Value)>,
    /// When it arrived.
    pub received_at: OffsetDateTime,
}

/// Stores the webhook if it is new, and only then queues its job, if it has one.
const RECEIVE: &str = "
WITH fresh AS (
    INSERT INTO inbox (id, partner, event_id, body, row_key, row_key_version, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (partner, event_id) DO NOTHING RETURNING 1
)
SELECT CASE WHEN $8::text IS NOT NULL THEN graphile_worker.add_job($8, $9::json, job_key := 'inbox:' || $1) END IS NULL
       AS kept
  FROM fresh";

impl Postgres {
    /// Stores a webhook and queues its job; `false` if it had been delivered before, and then queues nothing.
    ///
    /// # Errors
    /// When the database fails: the partner must then be told to deliver it again.
    pub async fn receive(&self, webhook: &Webhook<'_>) -> Result<bool, StoreError> {
        let place = Place { table: "inbox", row: self.vault.env().new_uuid() };
        let (key, wrapped) = self.vault.new_row_key(place)?;
        let (kind, payload) = webhook.job.clone().unzip();
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            RECEIVE,
            [
                place.row.into(),
                webhook.partner.into(),
                webhook.event_id.into(),
                key.seal("body", webhook.body)?.into(),
                wrapped.bytes.into(),
                wrapped.version.into(),
                webhook.received_at.into(),
                kind.map(JobKind::word).into(),
                payload.into(),
            ],
        );
        Ok(self.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    /// Forgets webhooks received before `before`; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_webhooks(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("inbox", "received_at < $1", before).await
    }
}
