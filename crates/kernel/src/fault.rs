//! How a refusal is named: stable codes that clients switch on, and the kind that says who must act.

/// Who must act on an error, and how. The gateway maps each to one HTTP status; nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The caller sent something that can never be accepted: mend the request.
    Invalid,
    /// The caller is not who they say, or not signed in any more: sign in.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or it belongs to somebody else.
    Missing,
    /// The thing exists but not in a state that allows this.
    Conflict,
    /// A rule of the business refuses a well-formed request.
    Refused,
    /// Too often, too many: come back later.
    Exhausted,
    /// A partner answered something we cannot use.
    PartnerFailed,
    /// A partner, or a part of us, does not answer now: come back later.
    Unavailable,
    /// A partner did not answer in time, so the outcome is not known yet.
    TimedOut,
    /// Our own failure.
    Internal,
}

/// One line of the error catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The stable code that clients switch on, such as `INVALID_OTP`.
    pub code: &'static str,
    /// Who must act.
    pub kind: Kind,
    /// One sentence for the person who reads it; holds no value of the request.
    pub meaning: &'static str,
}

/// A typed fact beside an error that a client can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A count, an amount in paise, or a number of seconds, as its key says.
    Number(i64),
    /// A word of a closed set, a field's name, or a rule's name; never a value the caller sent.
    Text(String),
}

impl From<i64> for Detail {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// An error with a place in the catalogue.
pub trait Fault: std::error::Error + Send + Sync {
    /// Its line of the catalogue.
    fn entry(&self) -> Entry;

    /// Facts a client can act on, such as `("attempts_remaining", 3.into())`.
    fn details(&self) -> Vec<(&'static str, Detail)>;
}
