//! What `identity` tells the audit log: its words become the log's texts here, and nowhere else.

use crate::{Postgres, audit};
use ::audit::Entry;
use async_trait::async_trait;
use identity::{AuditEvent, ports::AuditTrail};
use kernel::StoreError;
use sea_orm::Value;

/// The audit trail on PostgreSQL: entries that stand alone.
#[derive(Debug, Clone)]
pub struct PgAuditTrail {
    postgres: Postgres,
}

impl PgAuditTrail {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }
}

/// The entry in the texts that are hashed.
pub(super) fn entry(event: &AuditEvent) -> Entry {
    Entry {
        id: event.id,
        subject: event.subject,
        actor: event.actor.to_text(),
        action: event.action.word().to_owned(),
        at: event.at,
        ip: event.ip.map(|ip| ip.to_string()),
        request_id: event.request_id.clone(),
        detail: event.detail.facts().clone(),
    }
}

/// What `audit_append` takes, in its order: for statements that record a fact with its entry.
pub(super) fn audit_values(event: &AuditEvent) -> [Value; 8] {
    audit::values(entry(event))
}

#[async_trait]
impl AuditTrail for PgAuditTrail {
    async fn append(&self, event: &AuditEvent) -> Result<(), StoreError> {
        audit::append(&self.postgres.db, entry(event)).await
    }
}
