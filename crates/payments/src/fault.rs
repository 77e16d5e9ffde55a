//! The catalogue: every code this crate can give, each once.

use kernel::{Entry, Kind};

/// There is no such order of this person.
pub const ORDER_NOT_FOUND: Entry =
    Entry { code: "ORDER_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such order." };

/// Nothing can be given for the order, since it is not paid, or its money went back.
pub const ORDER_NOT_PAID: Entry =
    Entry { code: "ORDER_NOT_PAID", kind: Kind::Conflict, meaning: "This order has not been paid." };

/// What the order paid for was given already.
pub const ORDER_ALREADY_USED: Entry =
    Entry { code: "ORDER_ALREADY_USED", kind: Kind::Conflict, meaning: "This order has been used already." };

/// The order is for another amount than the thing costs.
pub const AMOUNT_MISMATCH: Entry = Entry {
    code: "AMOUNT_MISMATCH",
    kind: Kind::Conflict,
    meaning: "The amount paid is not the amount due.",
};

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[ORDER_NOT_FOUND, ORDER_NOT_PAID, ORDER_ALREADY_USED, AMOUNT_MISMATCH];
