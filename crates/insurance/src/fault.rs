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

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[PLAN_NOT_FOUND, NOT_ELIGIBLE, TOO_MANY_DEPENDANTS];
