//! Where challenges are kept and sign-ins recorded.

use crate::{
    Action, Actor, AuditEvent, ChallengeId, Charge, CodeHash, DeviceInfo, DeviceKey, Event, Lane, Phone,
    Roles, Settlement, Surface, TokenHash,
};
use async_trait::async_trait;
use kernel::{News, SessionId, StoreError, UserId, uuid::Uuid};
use time::OffsetDateTime;

/// Keeps the newest challenge of each number's lanes and way in, the devices that have signed in, and the people.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SignInStore: Send + Sync {
    /// Whether this device has signed in with this number before, whose account is open, and was not forgotten since:
    /// by its age, because newer ones took its place, or because its owner signed it out from another device.
    async fn knows_device(&self, phone: &Phone, device: DeviceKey) -> Result<bool, StoreError>;

    /// Records a challenge in place of the former one of the same number, lane and way in.
    async fn record_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError>;

    /// Takes a challenge back whose code was certainly never sent, unless it was used all the same. The one it
    /// took the place of counts again, with the attempts it had; if a newer one has taken its own place by now,
    /// that one stays, and has the former behind it.
    async fn withdraw_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError>;

    /// Spends one attempt and every charge, and only then shows the kept code: looking is paying. However many look at once, no more see it than attempts are allowed.
    async fn spend_attempt(&self, fact: &CodeAttempt) -> Result<Attempt, StoreError>;

    /// Uses up a challenge whose code was right and settles the budgets, and what the challenge earns, without signing
    /// anybody in. If it is no longer open, the code was right all the same: what is given back is, and no other
    /// settlement is made.
    async fn use_challenge(&self, fact: &ChallengeUse) -> Result<(), RecordError>;

    /// Uses up the challenge, finds or creates the person, opens the session, ends the oldest above the limit,
    /// remembers the device in place of the ones seen longest ago, settles the budgets, keeps the audit entries, queues the news: all or nothing.
    async fn record_sign_in(&self, fact: &SignIn) -> Result<SignedIn, RecordError>;

    /// Forgets challenges and counters that were over before `before` and devices not seen since
    /// `unseen_since`; answers how many.
    async fn forget_expired(
        &self,
        before: OffsetDateTime,
        unseen_since: OffsetDateTime,
    ) -> Result<u64, StoreError>;
}

/// A code was made for a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChallenge {
    /// Which one.
    pub id: ChallengeId,
    /// Whose number.
    pub phone: Phone,
    /// The way in it is for.
    pub surface: Surface,
    /// On whose account it was asked for: only there it can be given back.
    pub lane: Lane,
    /// What the right code does for whoever asked, wherever it is given: kept beside it, and settled when it is used.
    pub earns: Vec<Settlement>,
    /// The code, as it is kept.
    pub code: CodeHash,
    /// When.
    pub at: OffsetDateTime,
    /// From when on it is too late.
    pub expires_at: OffsetDateTime,
}

/// Somebody typed a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAttempt {
    /// For which number.
    pub phone: Phone,
    /// By which way in.
    pub surface: Surface,
    /// Which challenge they mean, if they say so.
    pub challenge_id: Option<ChallengeId>,
    /// On whose account.
    pub lane: Lane,
    /// How many attempts a challenge gives.
    pub attempts_max: u8,
    /// What a guess costs.
    pub charges: Vec<Charge>,
    /// When.
    pub at: OffsetDateTime,
    /// Kept if this guess takes the last of a budget and the number is a person's, who becomes its subject.
    pub last_guess: AuditEvent,
}

/// What became of an attempt. The order of refusals is [`Challenge::look`](crate::Challenge::look)'s, and the
/// budgets come last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// One attempt is spent: the code may be compared, once.
    Granted(Granted),
    /// There is no challenge, or another than the one meant. Nothing is spent, here and below.
    Missing,
    /// The challenge expired.
    Expired,
    /// Its code was given already.
    Used,
    /// It has no attempt left.
    Exhausted,
    /// The lane guessed wrong too often, over challenges.
    OverBudget {
        /// When it may guess again.
        until: OffsetDateTime,
    },
}

/// An attempt that was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The challenge it was spent on.
    pub challenge_id: ChallengeId,
    /// The kept code.
    pub code: CodeHash,
    /// Attempts left after this one.
    pub attempts_left: u8,
}

/// A right code was given for something other than signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeUse {
    /// The challenge.
    pub challenge_id: ChallengeId,
    /// Whose number.
    pub phone: Phone,
    /// The way in it was for.
    pub surface: Surface,
    /// On whose account it was asked for.
    pub lane: Lane,
    /// What this does to the budgets, beside what the challenge earns.
    pub settlements: Vec<Settlement>,
    /// When.
    pub at: OffsetDateTime,
}

/// A right code was given: somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The challenge and its number.
    pub challenge: ChallengeUse,
    /// The person's id if the number is new.
    pub new_user_id: UserId,
    /// The session to be opened.
    pub session: NewSession,
    /// The device.
    pub device: DeviceKey,
    /// The most devices that a number remembers.
    pub devices_max: u8,
    /// The most live sessions of a person.
    pub live_max: u8,
    /// The id of the news that somebody signed up.
    pub sign_up_news_id: Uuid,
    /// The id of the news that somebody signed in.
    pub sign_in_news_id: Uuid,
    /// The audit entry, as it is for a number that is new; see [`audit`](Self::audit).
    pub audit: AuditEvent,
    /// The audit entry for sessions that have to make room; see [`crowded_audit`](Self::crowded_audit).
    pub crowded: AuditEvent,
}

/// A session to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Which one.
    pub id: SessionId,
    /// What the device calls itself.
    pub device: Option<DeviceInfo>,
    /// What all of its refresh tokens share, hashed.
    pub family: TokenHash,
    /// Its first refresh token, hashed.
    pub token: TokenHash,
    /// When it ends unless it is refreshed before.
    pub idle_ends_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub roles: Roles,
    /// Whether this made them one.
    pub is_new_user: bool,
    /// Whether this device had not been seen with this number before.
    pub new_device: bool,
    /// Sessions that had to make room.
    pub crowded_out: Vec<SessionId>,
}

/// A right code could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Somebody else used the challenge first, or a newer one took its place.
    #[error("the challenge is no longer open")]
    Used,
    /// The person's account is closed. The challenge is used up.
    #[error("the account is closed")]
    Deactivated,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIn {
    /// The news to be queued.
    #[must_use]
    pub fn news(&self, user_id: UserId, is_new_user: bool, new_device: bool) -> Vec<News<Event>> {
        let at = self.challenge.at;
        let signed_up =
            is_new_user.then_some(News { id: self.sign_up_news_id, at, event: Event::SignedUp { user_id } });
        let session_id = self.session.id;
        let event = Event::SignedIn { user_id, session_id, new_device };
        signed_up.into_iter().chain([News { id: self.sign_in_news_id, at, event }]).collect()
    }

    /// The entry to be kept, for the person the number turned out to be.
    #[must_use]
    pub fn audit(&self, user_id: UserId, is_new_user: bool) -> AuditEvent {
        let action = if is_new_user { Action::SignedUp } else { Action::SignedIn };
        AuditEvent { actor: Actor::Person(user_id), action, subject: user_id, ..self.audit.clone() }
    }

    /// The entry to be kept if sessions had to make room.
    #[must_use]
    pub fn crowded_audit(&self, user_id: UserId) -> AuditEvent {
        AuditEvent { actor: Actor::Person(user_id), subject: user_id, ..self.crowded.clone() }
    }
}
