//! What this crate tells the audit log: who did what to whose data, when and from where.

use crate::Origin;
use kernel::{Env, SessionId, UserId, uuid::Uuid};
use std::{collections::BTreeMap, net::IpAddr};
use strum::{Display, IntoStaticStr, VariantArray};
use time::OffsetDateTime;

/// Longest request id that is kept, in characters; a longer one is cut.
const REQUEST_ID_MAX_CHARS: usize = 128;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display)]
#[strum(serialize_all = "snake_case")]
pub enum Actor {
    /// A signed-in person: the subject themselves, or an operator acting on somebody else's data.
    #[strum(to_string = "person:{0}")]
    Person(UserId),
    /// Somebody who is not signed in (yet), such as whoever types a wrong code.
    Anonymous,
    /// Somebody at the command line of the program, which knows no names.
    Operator,
    /// The product itself: a job or a process.
    System,
}

impl Actor {
    /// The form in which it is stored and hashed: `person:<uuid>`, `anonymous`, `operator`, `system`.
    #[must_use]
    pub fn to_text(self) -> String {
        self.to_string()
    }
}

/// What was done. The words are stored and hashed, so they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// A phone number signed in for the first time.
    SignedUp,
    /// A known person signed in.
    SignedIn,
    /// A code was refused.
    SignInRefused,
    /// This device signed out.
    SignedOut,
    /// One device was signed out from another, or its session had to make room for a newer one.
    SessionRevoked,
    /// Every other device was signed out.
    OtherSessionsRevoked,
    /// A spent refresh token was presented again, and its session ended.
    TokenReuseDetected,
    /// Profile fields were changed; the detail names them, not their values.
    ProfileChanged,
    /// A consent was given.
    ConsentGiven,
    /// A consent was withdrawn.
    ConsentWithdrawn,
    /// A PIN was set or replaced.
    PinSet,
    /// Replacing a PIN was refused.
    PinRefused,
    /// Wrong PINs used up their attempts.
    PinLocked,
    /// The PIN was given, and money may be moved for a while.
    SteppedUp,
    /// A wrong PIN was given.
    StepUpRefused,
    /// A role was given.
    RoleGranted,
    /// A role was taken away.
    RoleRevoked,
    /// An operator read or changed something of the subject's; the detail names the route.
    OperatorActed,
    /// A copy of everything held was handed out.
    DataExported,
    /// The account was closed and erased.
    AccountClosed,
}

impl Action {
    /// Every action.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

/// A fact worth keeping beside an action. It can only be made of ids, numbers and words of the program, so
/// that personal data cannot get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFact(String);

mod plain {
    /// What may be told as it is; outside this crate nothing more can be.
    pub trait Plain: ToString {}
}

impl plain::Plain for Uuid {}
impl plain::Plain for UserId {}
impl plain::Plain for SessionId {}
impl plain::Plain for u64 {}
impl plain::Plain for &'static str {}

impl<T: plain::Plain> From<T> for AuditFact {
    fn from(fact: T) -> Self {
        Self(fact.to_string())
    }
}

/// Words of the program in a row, such as the names of fields that were changed.
impl FromIterator<&'static str> for AuditFact {
    fn from_iter<I: IntoIterator<Item = &'static str>>(words: I) -> Self {
        Self(words.into_iter().collect::<Vec<_>>().join(","))
    }
}

/// The facts beside an action, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditDetail(pub(crate) BTreeMap<String, String>);

impl AuditDetail {
    /// The facts by name, in the names' byte order: for storage.
    #[must_use]
    pub const fn facts(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// One entry to be appended to its subject's chain, in the transaction of the fact it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Names the entry; appending it twice leaves one.
    pub id: Uuid,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// Whose data it is about.
    pub subject: UserId,
    /// When.
    pub at: OffsetDateTime,
    /// From which address.
    pub ip: Option<IpAddr>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing: ids and words, never personal data.
    pub detail: AuditDetail,
}

impl AuditEvent {
    /// An entry made now, with an id of its own.
    #[must_use]
    pub fn new(env: &Env, actor: Actor, action: Action, subject: UserId, origin: &Origin) -> Self {
        let request_id = origin.request_id.as_deref();
        Self {
            id: env.new_uuid(),
            actor,
            action,
            subject,
            at: env.now(),
            ip: origin.ip,
            request_id: request_id.map(|id| id.chars().take(REQUEST_ID_MAX_CHARS).collect()),
            detail: AuditDetail::default(),
        }
    }

    /// An entry about what a person did to their own data.
    #[must_use]
    pub fn own(env: &Env, action: Action, user_id: UserId, origin: &Origin) -> Self {
        Self::new(env, Actor::Person(user_id), action, user_id, origin)
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: impl Into<AuditFact>) -> Self {
        self.detail.0.insert(name.to_owned(), fact.into().0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_cut_to_what_is_kept() {
        let origin = Origin { ip: None, request_id: Some("ü".repeat(200)) };
        let subject = UserId::new(Uuid::from_u128(7));
        let event = AuditEvent::own(&Env::system(), Action::SignedIn, subject, &origin);
        assert_eq!(event.request_id.unwrap().chars().count(), 128);
    }
}
