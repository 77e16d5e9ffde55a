//! The catalogue: every code this crate can give, each once.

use kernel::{Entry, Kind};

/// The phone number is not an Indian mobile number.
pub const INVALID_PHONE: Entry = Entry {
    code: "INVALID_PHONE",
    kind: Kind::Invalid,
    meaning: "The phone number must be an Indian mobile number.",
};

/// The code is wrong, used, of another challenge, or was never asked for.
pub const INVALID_OTP: Entry =
    Entry { code: "INVALID_OTP", kind: Kind::Unauthenticated, meaning: "The code is not correct." };

/// The code was right once, but ten minutes are over.
pub const OTP_EXPIRED: Entry = Entry {
    code: "OTP_EXPIRED",
    kind: Kind::Unauthenticated,
    meaning: "The code has expired. Please ask for a new one.",
};

/// Five codes were tried on this challenge; a new one is needed.
pub const TOO_MANY_OTP_ATTEMPTS: Entry = Entry {
    code: "TOO_MANY_OTP_ATTEMPTS",
    kind: Kind::Unauthenticated,
    meaning: "Too many wrong codes. Please ask for a new one.",
};

/// The token is malformed, forged, expired, revoked or already used.
pub const INVALID_TOKEN: Entry =
    Entry { code: "INVALID_TOKEN", kind: Kind::Unauthenticated, meaning: "Please sign in again." };

/// The person's account is closed.
pub const ACCOUNT_DEACTIVATED: Entry = Entry {
    code: "ACCOUNT_DEACTIVATED",
    kind: Kind::Forbidden,
    meaning: "This account has been deactivated.",
};

/// Money may be moved only after the PIN was given on this device within the last five minutes.
pub const STEP_UP_REQUIRED: Entry =
    Entry { code: "STEP_UP_REQUIRED", kind: Kind::Forbidden, meaning: "Please confirm with your PIN first." };

/// Wrong guesses over resends or days reached their budget.
pub const MAX_ATTEMPTS_EXCEEDED: Entry = Entry {
    code: "MAX_ATTEMPTS_EXCEEDED",
    kind: Kind::Exhausted,
    meaning: "Too many failed attempts. Please try again later.",
};

/// The field can be read but never changed this way.
pub const IMMUTABLE_FIELD: Entry =
    Entry { code: "IMMUTABLE_FIELD", kind: Kind::Invalid, meaning: "This field cannot be changed." };

/// The use case needs a consent that was not given or was withdrawn.
pub const CONSENT_REQUIRED: Entry =
    Entry { code: "CONSENT_REQUIRED", kind: Kind::Invalid, meaning: "Your consent is needed for this." };

/// No such session of this person.
pub const SESSION_NOT_FOUND: Entry =
    Entry { code: "SESSION_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such session." };

/// No such person.
pub const USER_NOT_FOUND: Entry =
    Entry { code: "USER_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such person." };

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
