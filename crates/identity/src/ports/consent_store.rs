//! Keeps consents.

use crate::{AuditEvent, Consent, Purpose};
use async_trait::async_trait;
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use time::OffsetDateTime;

/// Keeps every consent that was ever given; a person has at most one live consent for each purpose.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ConsentStore: Send + Sync {
    /// Records a consent and its audit entry, in the place of a live one to other words. A live one to the
    /// same words in the same language stays instead, and nothing is written. Answers the one that is live then.
    async fn record_consent(&self, fact: &ConsentGiven) -> Result<Consent, StoreError>;

    /// Ends the live consent and keeps the audit entry; answers the ended one, or `None` if none was live.
    async fn record_withdrawal(&self, fact: &ConsentWithdrawal) -> Result<Option<Consent>, StoreError>;

    /// The live consent of a person for a purpose.
    async fn live(&self, user_id: UserId, purpose: Purpose) -> Result<Option<Consent>, StoreError>;

    /// Every consent of a person, newest first.
    async fn page(
        &self,
        user_id: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Consent>, StoreError>;
}

/// A person gave a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentGiven {
    /// The consent, live.
    pub consent: Consent,
    /// The audit entry.
    pub audit: AuditEvent,
}

/// A person withdrew a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentWithdrawal {
    /// Who.
    pub user_id: UserId,
    /// Which.
    pub purpose: Purpose,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
}
