//! What other domains may hear from this one.

use kernel::{SessionId, UserId};

/// Something happened to a person's identity that others may act on. Holds ids and closed words, no
/// personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A phone number signed in for the first time, and so became a person.
    SignedUp {
        /// The new person.
        user_id: UserId,
    },
    /// A known person signed in.
    SignedIn {
        /// The person.
        user_id: UserId,
        /// The session this opened.
        session_id: SessionId,
        /// Whether this device had not been seen with this person before.
        new_device: bool,
    },
    /// A spent refresh token was presented again, so its session was ended: the person is told.
    TokenReuseDetected {
        /// The person.
        user_id: UserId,
        /// The session that was ended.
        session_id: SessionId,
    },
    /// The profile was changed.
    ProfileChanged {
        /// The person.
        user_id: UserId,
        /// Whether birth date, gender or address changed, on which insurance eligibility rests.
        affects_eligibility: bool,
    },
}
