//! Keeps profiles.

use crate::{AuditEvent, Event, PinId, Profile, ProfilePatch};
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
    /// as it is then, or `None` if there is no such person. Two changes at once lose no field of either. A change
    /// that names the birth date is made only while the person's PIN is the one that was seen.
    async fn record_change(&self, fact: &ProfileChange) -> Result<Option<Profile>, ChangeError>;
}

/// A person changed some fields of their profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChange {
    /// Whose.
    pub user_id: UserId,
    /// Which fields, and to what.
    pub patch: ProfilePatch,
    /// The PIN that was seen when it was decided that the birth date may change; other fields do not rest on it.
    pub seen_pin: Option<PinId>,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
    /// The news.
    pub news: News<Event>,
}

/// A change was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The birth date was to change, and the PIN is another by now: look again.
    #[error("the PIN is another by now")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
