//! The catalogue: every code this crate can give, each once.

use kernel::{Entry, Kind};

/// The person has no wallet, or the wallet named is somebody else's.
pub const WALLET_NOT_FOUND: Entry =
    Entry { code: "WALLET_NOT_FOUND", kind: Kind::Missing, meaning: "There is no such wallet." };

/// The wallet is still being opened, could not be opened, or is blocked by its issuer.
pub const WALLET_NOT_READY: Entry = Entry {
    code: "WALLET_NOT_READY",
    kind: Kind::Conflict,
    meaning: "Your wallet is not ready yet. Please try again in a moment.",
};

/// The wallet holds less than what is to leave it.
pub const INSUFFICIENT_BALANCE: Entry = Entry {
    code: "INSUFFICIENT_BALANCE",
    kind: Kind::Conflict,
    meaning: "There is not enough money in your wallet.",
};

/// Wallet money may only be spent on health care.
pub const PURPOSE_NOT_ALLOWED: Entry = Entry {
    code: "PURPOSE_NOT_ALLOWED",
    kind: Kind::Forbidden,
    meaning: "Wallet money can only be spent on health care.",
};

/// A history was asked for over more than a year, or over a negative number of days.
pub const NUMBER_OF_DAYS_OUT_OF_RANGE: Entry = Entry {
    code: "NUMBER_OF_DAYS_OUT_OF_RANGE",
    kind: Kind::Invalid,
    meaning: "The number of days must be within 1 and 365, or 0 for everything.",
};

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[
    WALLET_NOT_FOUND,
    WALLET_NOT_READY,
    INSUFFICIENT_BALANCE,
    PURPOSE_NOT_ALLOWED,
    NUMBER_OF_DAYS_OUT_OF_RANGE,
];
