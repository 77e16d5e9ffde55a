//! The codes that every domain can give. A domain's own codes stand in its `fault.rs`.

use crate::{Entry, Kind};

/// A field is malformed, too long, unknown or out of its closed set; `details.field` names it.
pub const VALIDATION_ERROR: Entry =
    Entry { code: "VALIDATION_ERROR", kind: Kind::Invalid, meaning: "A field of the request is not valid." };

/// A date is not written YYYY-MM-DD, or a birth date does not lie in the past.
pub const INVALID_DATE_FORMAT: Entry = Entry {
    code: "INVALID_DATE_FORMAT",
    kind: Kind::Invalid,
    meaning: "The date must be written YYYY-MM-DD; a birth date must lie in the past.",
};

/// The caller's role or ownership does not allow this.
pub const FORBIDDEN: Entry =
    Entry { code: "FORBIDDEN", kind: Kind::Forbidden, meaning: "You may not do this." };

/// There is no such thing, or it is somebody else's.
pub const NOT_FOUND: Entry =
    Entry { code: "NOT_FOUND", kind: Kind::Missing, meaning: "There is no such thing." };

/// The thing exists, but its present state does not allow this.
pub const INVALID_STATE: Entry = Entry {
    code: "INVALID_STATE",
    kind: Kind::Conflict,
    meaning: "This is not possible in the present state.",
};

/// The `Idempotency-Key` was used for a request with other content.
pub const IDEMPOTENCY_KEY_REUSED: Entry = Entry {
    code: "IDEMPOTENCY_KEY_REUSED",
    kind: Kind::Conflict,
    meaning: "This Idempotency-Key was used for another request.",
};

/// An amount is zero, negative or beyond what one operation may move.
pub const INVALID_AMOUNT: Entry =
    Entry { code: "INVALID_AMOUNT", kind: Kind::Invalid, meaning: "The amount is not valid." };

/// A limit set by rule (such as RBI's on prepaid wallets) would be broken; `details` names it.
pub const LIMIT_EXCEEDED: Entry = Entry {
    code: "LIMIT_EXCEEDED",
    kind: Kind::Refused,
    meaning: "This would exceed a limit that applies to you.",
};

/// Too many requests of this kind; `details.retry_after` says in how many seconds to come back.
pub const RATE_LIMIT_EXCEEDED: Entry = Entry {
    code: "RATE_LIMIT_EXCEEDED",
    kind: Kind::Exhausted,
    meaning: "Too many requests. Please try again later.",
};

/// A partner answered something that cannot be used.
pub const PARTNER_ERROR: Entry = Entry {
    code: "PARTNER_ERROR",
    kind: Kind::PartnerFailed,
    meaning: "A partner service failed. Nothing was lost; please try again.",
};

/// A partner cannot be reached.
pub const PARTNER_UNAVAILABLE: Entry = Entry {
    code: "PARTNER_UNAVAILABLE",
    kind: Kind::Unavailable,
    meaning: "A partner service is not available. Please try again later.",
};

/// A partner did not answer in time, so the outcome is not known yet.
pub const TIMEOUT: Entry = Entry {
    code: "TIMEOUT",
    kind: Kind::TimedOut,
    meaning: "A partner service did not answer in time. Please try again.",
};

/// A part of ours is overloaded or cannot be reached.
pub const SERVICE_UNAVAILABLE: Entry = Entry {
    code: "SERVICE_UNAVAILABLE",
    kind: Kind::Unavailable,
    meaning: "The service is not available at the moment. Please try again.",
};

/// Our own failure; the log has the rest under the request's id.
pub const INTERNAL_ERROR: Entry =
    Entry { code: "INTERNAL_ERROR", kind: Kind::Internal, meaning: "Something went wrong on our side." };

/// Every entry of this file.
pub const ALL: &[Entry] = &[
    VALIDATION_ERROR,
    INVALID_DATE_FORMAT,
    FORBIDDEN,
    NOT_FOUND,
    INVALID_STATE,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_AMOUNT,
    LIMIT_EXCEEDED,
    RATE_LIMIT_EXCEEDED,
    PARTNER_ERROR,
    PARTNER_UNAVAILABLE,
    TIMEOUT,
    SERVICE_UNAVAILABLE,
    INTERNAL_ERROR,
];
