//! Keeps profiles.

use crate::{AuditEvent, Event, Profile, ProfilePatch};
use async_trait::async_trait;
use kernel::{News, StoreError, UserId};
use time::OffsetDateTime;

/// Keeps what people told about themselves.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// The profile of a person, an empty one if they have told nothing yet; `None` if there is no such person.
    async fn find(&self, user_id: UserId) -> Result<Option<Profile>, StoreError>;

    /// Changes the named fields and no others, keeps the audit entry and queues the news; answers the profile
    /// as it is then, or `None` if there is no such person. Two changes at once lose no field of either.
    async fn record_change(&self, fact: &ProfileChange) -> Result<Option<Profile>, StoreError>;
}

/// A person changed some fields of their profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChange {
    /// Whose.
    pub user_id: UserId,
    /// Which fields, and to what.
    pub patch: ProfilePatch,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
    /// The news.
    pub news: News<Event>,
}
