#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

// Values and aggregates.
mod limits;
mod purpose;
mod reference;
mod wallet;

// The books and what is read out of them.
mod audit;
mod history;
mod statement;
mod transfer;

// What others see and supply.
mod event;
pub mod fault;
pub mod ports;

// The use cases.
mod ledger;
mod wallets;

// For tests and for whoever embeds this crate.
#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use audit::{DIFFERENCES_MAX, Difference, Report};
pub use event::Event;
pub use history::{Days, DaysError, HistoryQuery, Transaction, TransactionStatus};
pub use ledger::{
    Credit, CreditError, HistoryError, Ledger, Refund, RefundError, Reversal, ReverseError, Spend,
    SpendError, StatementError,
};
pub use limits::{KycLevel, LevelLimits, LimitExceeded, LimitName, LimitTable, Limits, Standing, month_of};
pub use purpose::{Purpose, PurposeError, Source, SourceError};
pub use reference::{HolderRef, Reference, ReferenceError, TransferId, WalletId, WalletIdError};
pub use statement::{CsvError, LINES_MAX, Period, PeriodError, Statement};
pub use transfer::{
    Amount, AmountError, Booking, CreditKind, Deed, HouseAccount, Movement, Receipt, Refusal, TRANSFER_MAX,
    Transfer, TransferKind,
};
pub use wallet::{
    Before, IssuedWallet, IssuerStatus, LEASE, Provisioning, TRIES_MAX, Try, Turn, WORK_MAX, Wallet,
};
pub use wallets::{
    Balance, Load, LookupError, Mirrored, Opened, Outcome, ProvisionError, ReopenError, RequeueError,
    RoomError, Status, Wallets,
};
