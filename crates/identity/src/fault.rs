//! The catalogue: every code this crate can give, each once.

use kernel::{Entry, Kind};

const fn entry(code: &'static str, kind: Kind, meaning: &'static str) -> Entry {
    Entry { code, kind, meaning }
}

/// The phone number is not an Indian mobile number.
pub const INVALID_PHONE: Entry =
    entry("INVALID_PHONE", Kind::Invalid, "The phone number must be an Indian mobile number.");

/// The code is wrong, used, of another challenge, or was never asked for.
pub const INVALID_OTP: Entry = entry("INVALID_OTP", Kind::Unauthenticated, "The code is not correct.");

/// The code was right once, but ten minutes are over.
pub const OTP_EXPIRED: Entry =
    entry("OTP_EXPIRED", Kind::Unauthenticated, "The code has expired. Please ask for a new one.");

/// Five codes were tried on this challenge; a new one is needed.
pub const TOO_MANY_OTP_ATTEMPTS: Entry =
    entry("TOO_MANY_OTP_ATTEMPTS", Kind::Unauthenticated, "Too many wrong codes. Please ask for a new one.");

/// The token is malformed, forged, expired, revoked or already used.
pub const INVALID_TOKEN: Entry = entry("INVALID_TOKEN", Kind::Unauthenticated, "Please sign in again.");

/// The person's account is closed.
pub const ACCOUNT_DEACTIVATED: Entry =
    entry("ACCOUNT_DEACTIVATED", Kind::Forbidden, "This account has been deactivated.");

/// Money may be moved only after the PIN was given on this device within the last five minutes.
pub const STEP_UP_REQUIRED: Entry =
    entry("STEP_UP_REQUIRED", Kind::Forbidden, "Please confirm with your PIN first.");

/// Wrong guesses over resends or days reached their budget.
pub const MAX_ATTEMPTS_EXCEEDED: Entry =
    entry("MAX_ATTEMPTS_EXCEEDED", Kind::Exhausted, "Too many failed attempts. Please try again later.");

/// The field can be read but never changed this way.
pub const IMMUTABLE_FIELD: Entry = entry("IMMUTABLE_FIELD", Kind::Invalid, "This field cannot be changed.");

/// The use case needs a consent that was not given or was withdrawn.
pub const CONSENT_REQUIRED: Entry =
    entry("CONSENT_REQUIRED", Kind::Invalid, "Your consent is needed for this.");

/// No such session of this person.
pub const SESSION_NOT_FOUND: Entry = entry("SESSION_NOT_FOUND", Kind::Missing, "There is no such session.");

/// No such person.
pub const USER_NOT_FOUND: Entry = entry("USER_NOT_FOUND", Kind::Missing, "There is no such person.");

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[
    INVALID_PHONE,
    INVALID_OTP,
    OTP_EXPIRED,
    TOO_MANY_OTP_ATTEMPTS,
    INVALID_TOKEN,
    ACCOUNT_DEACTIVATED,
    STEP_UP_REQUIRED,
    MAX_ATTEMPTS_EXCEEDED,
    IMMUTABLE_FIELD,
    CONSENT_REQUIRED,
    SESSION_NOT_FOUND,
    USER_NOT_FOUND,
];
