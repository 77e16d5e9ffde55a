//! The books checked against themselves.

use crate::Report;
use async_trait::async_trait;
use kernel::StoreError;

/// Computes everything again that is kept beside the postings.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait LedgerAudit: Send + Sync {
    /// Reads the books as they are at one moment and lists where they contradict themselves.
    async fn check(&self) -> Result<Report, StoreError>;
}
