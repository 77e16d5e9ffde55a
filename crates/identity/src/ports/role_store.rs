//! Keeps what people may do.

use crate::{AuditEvent, Role, Roles};
use async_trait::async_trait;
use kernel::{StoreError, UserId};
use time::OffsetDateTime;

/// Keeps each person's roles.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait RoleStore: Send + Sync {
    /// The roles of a person; `None` if there is no such person.
    async fn find(&self, user_id: UserId) -> Result<Option<Roles>, StoreError>;

    /// Gives or takes a role, and keeps the audit entry if that changed anything; answers the roles as they
    /// are then, or `None` if there is no such person.
    async fn record_change(&self, fact: &RoleChange) -> Result<Option<Roles>, StoreError>;
}

/// A role is given or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChange {
    /// To or from whom.
    pub user_id: UserId,
    /// Which.
    pub role: Role,
    /// Whether it is given.
    pub given: bool,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
}
