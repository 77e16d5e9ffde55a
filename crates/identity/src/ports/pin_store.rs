//! Keeps PINs and what they opened.

use crate::{AuditEvent, CodeHash, Grant, PinId, PinLock, PinPolicy, PinTries};
use async_trait::async_trait;
use kernel::{SessionId, StoreError, UserId};
use time::OffsetDateTime;

/// Keeps each person's PIN, how often it was tried, and the sessions on which it was given.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PinStore: Send + Sync {
    /// Which PIN a person has; `None` if they never set one.
    async fn find(&self, user_id: UserId) -> Result<Option<PinId>, StoreError>;

    /// Spends one attempt and only then shows the kept PIN: looking is paying. The attempt that uses up the
    /// last one locks the PIN at once, so however many look together, no more see it than are allowed. The
    /// count goes on when the lock has ended: [`PinPolicy::spend`](crate::PinPolicy::spend) says how.
    async fn spend_attempt(&self, fact: &PinAttempt) -> Result<PinAnswer, StoreError>;

    /// Opens the grant and gives the attempts back, lock included, with the audit entry.
    async fn record_step_up(&self, fact: &StepUp) -> Result<Recorded, StoreError>;

    /// Sets a PIN in the place of the one named, ends every grant of the person, keeps the audit entry. One that
    /// needs a birth date is set only while there is one on record.
    async fn record_pin(&self, fact: &NewPin) -> Result<Recorded, StoreError>;

    /// The grant of a person's session, whether it has ended or not.
    async fn grant(&self, user_id: UserId, session_id: SessionId) -> Result<Option<Grant>, StoreError>;

    /// Forgets grants that ended at or before `at`; answers how many.
    async fn forget_ended_grants(&self, at: OffsetDateTime) -> Result<u64, StoreError>;
}

/// Somebody gave a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinAttempt {
    /// Whose PIN.
    pub user_id: UserId,
    /// How many attempts there are, and how long locks hold.
    pub policy: PinPolicy,
    /// When.
    pub at: OffsetDateTime,
}

/// Whether a PIN may be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinAnswer {
    /// One attempt is spent: the PIN may be compared, once.
    Granted {
        /// Which PIN it is.
        pin_id: PinId,
        /// The PIN, as it is kept.
        hash: CodeHash,
        /// The counter after this attempt.
        tries: PinTries,
    },
    /// Too many wrong ones were given.
    Locked(PinLock),
    /// The person has none.
    Missing,
}

/// A right PIN was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUp {
    /// The PIN that was compared.
    pub pin_id: PinId,
    /// The grant that it opens, in the place of the session's former one.
    pub grant: Grant,
    /// The audit entry.
    pub audit: AuditEvent,
}

/// A PIN is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPin {
    /// Whose.
    pub user_id: UserId,
    /// Its id.
    pub pin_id: PinId,
    /// The PIN, as it is kept.
    pub hash: CodeHash,
    /// The PIN it takes the place of.
    pub replaces: Option<PinId>,
    /// Whether it was decided on a birth date that is on record.
    pub needs_birth_date: bool,
    /// When.
    pub at: OffsetDateTime,
    /// The audit entry.
    pub audit: AuditEvent,
}

/// Whether a fact about a PIN was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It was.
    Done,
    /// The PIN is another by now, or the birth date is gone, so nothing was written: look again.
    Stale,
}
