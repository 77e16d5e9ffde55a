//! Keeps the audit entries that stand alone.

use crate::AuditEvent;
use async_trait::async_trait;
use kernel::StoreError;

/// Where the log is written. Facts of other ports keep their entries in their own transactions; this port is for
/// entries that belong to no such fact. Whoever keeps the log makes it one that nobody can change unseen.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Keeps an entry. One that is there already is left as it is.
    async fn append(&self, event: &AuditEvent) -> Result<(), StoreError>;
}
