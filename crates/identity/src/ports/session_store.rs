//! Where sessions are kept.

use crate::{AuditEvent, DeviceInfo, EndReason, Event, Roles, TokenHash};
use async_trait::async_trait;
use kernel::{News, SessionId, StoreError, UserId};
use time::OffsetDateTime;

/// Keeps sessions: one row each, however often it is refreshed.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Spends the presented token, or tells what it is instead, as
    /// [`Session::present`](crate::Session::present) decides. A reused token ends its session here and now, and the
    /// device is forgotten, with its audit entry and its news. One statement, one commit, no new row.
    async fn rotate(&self, fact: &Rotation) -> Result<Rotated, StoreError>;

    /// Ends a live session of the given owner, with its audit entry, and tells every instance; `false` if
    /// there is no such live session. The device is a stranger again, unless it was its own wish to sign out.
    async fn end(&self, fact: &SessionEnd) -> Result<bool, StoreError>;

    /// Ends every live session of a person but one; answers how many. The audit entry is kept if any was. Every device
    /// but that session's is a stranger again, signed in or not.
    async fn end_others(&self, fact: &OthersEnd) -> Result<u64, StoreError>;

    /// The live sessions of a person, the one used last first.
    async fn live_sessions(
        &self,
        user_id: UserId,
        at: OffsetDateTime,
    ) -> Result<Vec<LiveSession>, StoreError>;

    /// Whether a session is live at `at`.
    async fn is_live(&self, session_id: SessionId, at: OffsetDateTime) -> Result<bool, StoreError>;

    /// The sessions ended by hand at or after `since`: what an instance loads when it starts.
    async fn ended_since(&self, since: OffsetDateTime) -> Result<Vec<EndedSession>, StoreError>;

    /// Forgets sessions that were ended or ran out before `before`; answers how many.
    async fn forget_over(&self, before: OffsetDateTime) -> Result<u64, StoreError>;
}

/// A refresh token was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The session it names.
    pub session_id: SessionId,
    /// The person it names: must be the session's.
    pub user_id: UserId,
    /// The end it names: must be the session's.
    pub expires_at: OffsetDateTime,
    /// The roles for which the successor was made: must be the person's.
    pub roles: Roles,
    /// What the session's tokens share, hashed.
    pub family: TokenHash,
    /// The token, hashed.
    pub presented: TokenHash,
    /// The token that takes its place, hashed.
    pub successor: TokenHash,
    /// The new pair, sealed under the presented token.
    pub sealed: Vec<u8>,
    /// Until when the presented token still gets that pair.
    pub retry_until: OffsetDateTime,
    /// When the session ends if it lies unused from now on.
    pub idle_ends_at: OffsetDateTime,
    /// When.
    pub at: OffsetDateTime,
    /// Kept if the token turns out to be reused.
    pub reuse_audit: AuditEvent,
    /// Queued if the token turns out to be reused.
    pub reuse_news: News<Event>,
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// It was the newest, and is spent: the successor counts. Nothing else is written in any other case but
    /// [`Reused`](Self::Reused).
    Spent,
    /// It was spent a moment ago: what it was spent for.
    Retry {
        /// The pair, sealed under the presented token.
        sealed: Vec<u8>,
    },
    /// It was spent long ago or its successor was used; the session is ended now.
    Reused,
    /// The session is over.
    Over,
    /// There is no such session, or the token is not one of its.
    Foreign,
    /// It is good, but the person's roles are others now: make the successor for these.
    OtherRoles(Roles),
    /// The person's account is closed.
    Deactivated,
}

/// A session is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// Which one.
    pub session_id: SessionId,
    /// What shows that it may be ended.
    pub owner: SessionOwner,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
}

/// What shows that somebody may end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOwner {
    /// It must be this person's.
    Person(UserId),
    /// One of its refresh tokens was presented: this person's, and of this family.
    Token {
        /// The person the token names.
        user_id: UserId,
        /// What the session's tokens share, hashed.
        family: TokenHash,
    },
}

/// Every other session of a person is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OthersEnd {
    /// Whose.
    pub user_id: UserId,
    /// The one that stays.
    pub kept: SessionId,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
}

/// A live session as its owner's list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// Which one.
    pub id: SessionId,
    /// What the device called itself.
    pub device: Option<DeviceInfo>,
    /// When the person signed in.
    pub created_at: OffsetDateTime,
    /// When it was last refreshed.
    pub last_used_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
}

/// A session that was ended by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    /// Which one.
    pub id: SessionId,
    /// When.
    pub ended_at: OffsetDateTime,
}
