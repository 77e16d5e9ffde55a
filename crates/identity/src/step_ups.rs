//! Step-up: the PIN is set, given, and opens the way to money for a few minutes on one session.

mod set_pin;
#[cfg(test)]
mod tests;

pub use set_pin::{SetPin, SetPinError};

use crate::{
    Action, AuditEvent, Grant, Origin, Pin, PinLock, PinPolicy, PinTries, fault,
    ports::{
        AuditTrail, Busy, CodeCheck, OtpHasher, PinAnswer, PinAttempt, PinStore, ProfileStore, Recorded,
        StepUp,
    },
    seconds_until,
};
use kernel::{Detail, Entry, Env, Fault, SessionId, StoreError, UserId, catalogue};
use std::sync::Arc;
use time::OffsetDateTime;

/// How often a step-up is decided anew when the PIN is replaced under it.
const TRIES_MAX: u8 = 3;

/// What step-up asks the world for.
#[derive(Clone)]
pub struct StepUpPorts {
    /// PINs and grants.
    pub pins: Arc<dyn PinStore>,
    /// Phone numbers and birth dates.
    pub profiles: Arc<dyn ProfileStore>,
    /// Refusals, which change nothing else.
    pub audit: Arc<dyn AuditTrail>,
    /// Hashes of PINs, at [`PIN_HASH_COST`](crate::PIN_HASH_COST).
    pub hasher: Arc<dyn OtpHasher>,
    /// One-time codes, without which no PIN is set.
    pub codes: Arc<dyn CodeCheck>,
}

/// Step-up for money.
#[derive(Clone)]
pub struct StepUps {
    env: Env,
    ports: StepUpPorts,
    policy: PinPolicy,
}

/// A person gives their PIN on a session.
#[derive(Debug, Clone)]
pub struct GivePin {
    /// Who.
    pub user_id: UserId,
    /// On which session.
    pub session_id: SessionId,
    /// The PIN.
    pub pin: Pin,
    /// Where the request came from.
    pub origin: Origin,
}

/// The way to money was not opened.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// The PIN is wrong.
    #[error("the PIN is not correct")]
    Wrong {
        /// How many attempts are left before it is locked; at least one.
        attempts_remaining: u8,
    },
    /// Too many wrong ones were given.
    #[error("the PIN is locked")]
    Locked {
        /// When it may be tried again, in seconds.
        retry_after: i64,
    },
    /// Too many wrong ones were given in a row: it must be replaced, by a one-time code and the birth date.
    #[error("the PIN is locked until another is set")]
    ResetNeeded,
    /// The person never set one.
    #[error("no PIN was set")]
    Missing,
    /// The PIN was replaced again and again while this one was compared.
    #[error("the PIN changed while it was compared")]
    Changing,
    /// There is too much to do; no attempt was spent.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The PIN could not be compared.
    #[error("the PIN could not be compared")]
    Compare(#[from] crate::HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for StepUpError {
    fn entry(&self) -> Entry {
        match self {
            // The contract knows one code for every wrong code, whatever kind of code it was.
            Self::Wrong { .. } => fault::INVALID_OTP,
            Self::Locked { .. } => fault::MAX_ATTEMPTS_EXCEEDED,
            // Nothing to wait for: as without a PIN, one must be set.
            Self::ResetNeeded | Self::Missing => catalogue::INVALID_STATE,
            Self::Changing | Self::Busy(_) => catalogue::SERVICE_UNAVAILABLE,
            Self::Compare(_) => catalogue::INTERNAL_ERROR,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Wrong { attempts_remaining } => {
                vec![("attempts_remaining", i64::from(*attempts_remaining).into())]
            }
            Self::Locked { retry_after } => vec![("retry_after", (*retry_after).into())],
            Self::ResetNeeded => vec![("reason", "pin_reset_needed".into())],
            Self::Missing => vec![("reason", "no_pin".into())],
            Self::Changing | Self::Busy(_) | Self::Compare(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// The use case needs the PIN first.
#[derive(Debug, thiserror::Error)]
pub enum RequireGrantError {
    /// It was not given on this session, or too long ago.
    #[error("the PIN was not given on this session within its time")]
    Required,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RequireGrantError {
    fn entry(&self) -> Entry {
        match self {
            Self::Required => fault::STEP_UP_REQUIRED,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Required => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl StepUps {
    /// The use cases of step-up.
    #[must_use]
    pub fn new(env: Env, ports: StepUpPorts, policy: PinPolicy) -> Self {
        Self { env, ports, policy }
    }

    /// Opens the way to money on this session for whoever gives the right PIN.
    ///
    /// # Errors
    /// When the PIN is wrong, locked or was never set. Only [`StepUpError::Wrong`] has cost an attempt, and a
    /// lock when it took the last.
    pub async fn step_up(&self, given: &GivePin) -> Result<Grant, StepUpError> {
        for _ in 0..TRIES_MAX {
            if let Some(grant) = self.compare(given).await? {
                return Ok(grant);
            }
        }
        Err(StepUpError::Changing)
    }

    /// Lets pass whoever gave the PIN on this session within its time; every use case that spends wallet money
    /// asks.
    ///
    /// # Errors
    /// When the PIN must be given first, or the store fails.
    pub async fn require_grant(
        &self,
        user_id: UserId,
        session_id: SessionId,
    ) -> Result<Grant, RequireGrantError> {
        live_grant(self.ports.pins.as_ref(), user_id, session_id, self.env.now())
            .await?
            .ok_or(RequireGrantError::Required)
    }

    /// Forgets grants whose time is over; answers how many. A scheduled job calls it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_ended_grants(&self) -> Result<u64, StoreError> {
        self.ports.pins.forget_ended_grants(self.env.now()).await
    }

    /// Compares the PIN once; `None` if another took its place meanwhile.
    async fn compare(&self, given: &GivePin) -> Result<Option<Grant>, StepUpError> {
        // A place for the comparison is kept before anything is spent.
        let slot = self.ports.hasher.reserve().await?;
        let at = self.env.now();
        let attempt = PinAttempt { user_id: given.user_id, policy: self.policy, at };
        let (pin_id, hash, tries) = match self.ports.pins.spend_attempt(&attempt).await? {
            PinAnswer::Granted { pin_id, hash, tries } => (pin_id, hash, tries),
            PinAnswer::Locked(lock) => return Err(locked(lock, at)),
            PinAnswer::Missing => return Err(StepUpError::Missing),
        };
        if !self.ports.hasher.matches(slot, given.pin.as_code(), &hash).await? {
            return Err(self.refuse(given, tries, at).await?);
        }
        let grant = Grant {
            session_id: given.session_id,
            user_id: given.user_id,
            granted_at: at,
            expires_at: at.saturating_add(self.policy.granted_for),
        };
        let fact = StepUp { pin_id, grant, audit: self.audit(Action::SteppedUp, given) };
        Ok((self.ports.pins.record_step_up(&fact).await? == Recorded::Done).then_some(grant))
    }

    /// Keeps the refusal in the audit log; answers what the caller is told.
    async fn refuse(
        &self,
        given: &GivePin,
        tries: PinTries,
        at: OffsetDateTime,
    ) -> Result<StepUpError, StoreError> {
        let attempts_remaining = self.policy.left(tries);
        let refused = self.audit(Action::StepUpRefused, given);
        let refused = refused.with("attempts_left", u64::from(attempts_remaining));
        self.ports.audit.append(&refused).await?;
        let Some(lock) = self.policy.lock(tries, at) else {
            return Ok(StepUpError::Wrong { attempts_remaining });
        };
        self.ports.audit.append(&self.audit(Action::PinLocked, given)).await?;
        Ok(locked(lock, at))
    }

    fn audit(&self, action: Action, given: &GivePin) -> AuditEvent {
        AuditEvent::own(&self.env, action, given.user_id, &given.origin).with("session", given.session_id)
    }
}

fn locked(lock: PinLock, at: OffsetDateTime) -> StepUpError {
    match lock {
        PinLock::Until(until) => StepUpError::Locked { retry_after: seconds_until(until, at) },
        PinLock::UntilReset => StepUpError::ResetNeeded,
    }
}

/// The session's grant, if it is this person's and still opens the way.
pub(crate) async fn live_grant(
    pins: &dyn PinStore,
    user_id: UserId,
    session_id: SessionId,
    at: OffsetDateTime,
) -> Result<Option<Grant>, StoreError> {
    let grant = pins.grant(user_id, session_id).await?;
    Ok(grant.filter(|grant| grant.is_live(at)))
}
