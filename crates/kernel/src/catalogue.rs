//! The codes that every domain can give. A domain's own codes stand in its `fault.rs`.

use crate::{Entry, Kind};

const fn entry(code: &'static str, kind: Kind, meaning: &'static str) -> Entry {
    Entry { code, kind, meaning }
}

/// A field is malformed, too long, unknown or out of its closed set; `details.field` names it.
pub const VALIDATION_ERROR: Entry =
    entry("VALIDATION_ERROR", Kind::Invalid, "A field of the request is not valid.");

/// A field, or a header, without which the request means nothing is missing; `details.field` names it.
pub const MISSING_REQUIRED_FIELD: Entry =
    entry("MISSING_REQUIRED_FIELD", Kind::Invalid, "A required field is missing.");

/// A date is not written YYYY-MM-DD, or a birth date does not lie in the past.
pub const INVALID_DATE_FORMAT: Entry = entry(
    "INVALID_DATE_FORMAT",
    Kind::Invalid,
    "The date must be written YYYY-MM-DD; a birth date must lie in the past.",
);

/// The caller's role or ownership does not allow this.
pub const FORBIDDEN: Entry = entry("FORBIDDEN", Kind::Forbidden, "You may not do this.");

/// There is no such thing, or it is somebody else's.
pub const NOT_FOUND: Entry = entry("NOT_FOUND", Kind::Missing, "There is no such thing.");

/// The thing exists, but its present state does not allow this.
pub const INVALID_STATE: Entry =
    entry("INVALID_STATE", Kind::Conflict, "This is not possible in the present state.");

/// The `Idempotency-Key` was used for a request with other content.
pub const IDEMPOTENCY_KEY_REUSED: Entry =
    entry("IDEMPOTENCY_KEY_REUSED", Kind::Conflict, "This Idempotency-Key was used for another request.");

/// An amount is zero, negative or beyond what one operation may move.
pub const INVALID_AMOUNT: Entry = entry("INVALID_AMOUNT", Kind::Invalid, "The amount is not valid.");

/// A limit set by rule (such as RBI's on prepaid wallets) would be broken; `details` names it.
pub const LIMIT_EXCEEDED: Entry =
    entry("LIMIT_EXCEEDED", Kind::Refused, "This would exceed a limit that applies to you.");

/// Too many requests of this kind; `details.retry_after` says in how many seconds to come back.
pub const RATE_LIMIT_EXCEEDED: Entry =
    entry("RATE_LIMIT_EXCEEDED", Kind::Exhausted, "Too many requests. Please try again later.");

/// A partner answered something that cannot be used.
pub const PARTNER_ERROR: Entry = entry(
    "PARTNER_ERROR",
    Kind::PartnerFailed,
    "A partner service failed. Nothing was lost; please try again.",
);

/// A partner cannot be reached.
pub const PARTNER_UNAVAILABLE: Entry = entry(
    "PARTNER_UNAVAILABLE",
    Kind::Unavailable,
    "A partner service is not available. Please try again later.",
);

/// A partner did not answer in time, so the outcome is not known yet.
pub const TIMEOUT: Entry =
    entry("TIMEOUT", Kind::TimedOut, "A partner service did not answer in time. Please try again.");

/// A part of ours is overloaded or cannot be reached.
pub const SERVICE_UNAVAILABLE: Entry = entry(
    "SERVICE_UNAVAILABLE",
    Kind::Unavailable,
    "The service is not available at the moment. Please try again.",
);

/// Our own failure; the log has the rest under the request's id.
pub const INTERNAL_ERROR: Entry =
    entry("INTERNAL_ERROR", Kind::Internal, "Something went wrong on our side.");

/// Every entry of this file.
pub const ALL: &[Entry] = &[
    VALIDATION_ERROR,
    MISSING_REQUIRED_FIELD,
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
