//! The catalogue: every code this crate can give beside those all domains share, each once.

use kernel::{Entry, Kind};

/// There is no such plan, or it is no longer sold.
pub const PLAN_NOT_FOUND: Entry =
    Entry { code: "PLAN_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such plan." };

/// A rule of entry refuses the cover; `details.rule` names it.
pub const NOT_ELIGIBLE: Entry = Entry {
    code: "NOT_ELIGIBLE",
    kind: Kind::Refused,
    meaning: "This plan cannot cover everybody it was asked to cover.",
};

/// More relatives than a plan covers, or than anybody may name; `details.max` says how many there may be.
pub const TOO_MANY_DEPENDANTS: Entry =
    Entry { code: "TOO_MANY_DEPENDANTS", kind: Kind::Refused, meaning: "These are too many family members." };

/// The price of a quote can no longer be paid; `details.reason` says why.
pub const QUOTE_EXPIRED: Entry = Entry {
    code: "QUOTE_EXPIRED",
    kind: Kind::Conflict,
    meaning: "This price no longer holds. Please ask for a new one.",
};

/// The cover is bought already: this one, or another of the same plan.
pub const POLICY_ALREADY_EXISTS: Entry =
    Entry { code: "POLICY_ALREADY_EXISTS", kind: Kind::Conflict, meaning: "You have this cover already." };

/// This person has no such policy.
pub const POLICY_NOT_FOUND: Entry =
    Entry { code: "POLICY_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such policy." };

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[
    PLAN_NOT_FOUND,
    NOT_ELIGIBLE,
    TOO_MANY_DEPENDANTS,
    QUOTE_EXPIRED,
    POLICY_ALREADY_EXISTS,
    POLICY_NOT_FOUND,
];
