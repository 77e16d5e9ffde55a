//! Why money does not move, and why the books show nothing.

use crate::{AmountError, LimitExceeded, fault};
use kernel::{Detail, Entry, Fault, Paise, StoreError, catalogue};

/// New money could not come in.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// The amount is not valid.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The person has no wallet.
    #[error("the person has no wallet")]
    WalletNotFound,
    /// The wallet is not open, or its issuer has stopped it.
    #[error("the wallet is not ready")]
    WalletNotReady,
    /// A limit stands in the way.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The reference belongs to a transfer of other content.
    #[error("the reference belongs to another transfer")]
    ReferenceReused,
    /// The reference was refused for ever.
    #[error("the reference was refused for ever")]
    Refused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for CreditError {
    fn entry(&self) -> Entry {
        match self {
            Self::Amount(error) => error.entry(),
            Self::WalletNotFound => fault::WALLET_NOT_FOUND,
            Self::WalletNotReady => fault::WALLET_NOT_READY,
            Self::Limit(error) => error.entry(),
            Self::ReferenceReused | Self::Refused => catalogue::INVALID_STATE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::WalletNotFound | Self::WalletNotReady => Vec::new(),
            Self::Limit(error) => error.details(),
            Self::ReferenceReused => reference_reused(),
            Self::Refused => vec![("reason", "refused".into())],
            Self::Store(error) => error.details(),
        }
    }
}

/// Money could not be spent.
#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    /// The amount is not valid.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The person has no wallet.
    #[error("the person has no wallet")]
    WalletNotFound,
    /// The wallet is not open, or its issuer has stopped it.
    #[error("the wallet is not ready")]
    WalletNotReady,
    /// The wallet holds less.
    #[error("the wallet holds too little")]
    InsufficientBalance {
        /// What it holds.
        available: Paise,
    },
    /// The reference belongs to a transfer of other content.
    #[error("the reference belongs to another transfer")]
    ReferenceReused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for SpendError {
    fn entry(&self) -> Entry {
        match self {
            Self::Amount(error) => error.entry(),
            Self::WalletNotFound => fault::WALLET_NOT_FOUND,
            Self::WalletNotReady => fault::WALLET_NOT_READY,
            Self::InsufficientBalance { .. } => fault::INSUFFICIENT_BALANCE,
            Self::ReferenceReused => catalogue::INVALID_STATE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::WalletNotFound | Self::WalletNotReady => Vec::new(),
            Self::InsufficientBalance { available } => vec![("available", available.get().into())],
            Self::ReferenceReused => reference_reused(),
            Self::Store(error) => error.details(),
        }
    }
}

/// Money could not be given back to a wallet.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The amount is not valid.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// This person's wallet has no such spending.
    #[error("there is no such spending")]
    SpendNotFound,
    /// Less of the spending is left than is to be refunded.
    #[error("more would be refunded than was spent")]
    TooMuch {
        /// How much of it is left.
        remaining: Paise,
    },
    /// The reference belongs to a transfer of other content.
    #[error("the reference belongs to another transfer")]
    ReferenceReused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RefundError {
    fn entry(&self) -> Entry {
        match self {
            Self::Amount(error) => error.entry(),
            Self::SpendNotFound => catalogue::NOT_FOUND,
            Self::TooMuch { .. } => catalogue::INVALID_AMOUNT,
            Self::ReferenceReused => catalogue::INVALID_STATE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::SpendNotFound => Vec::new(),
            Self::TooMuch { remaining } => {
                vec![("field", "amount".into()), ("maximum", remaining.get().into())]
            }
            Self::ReferenceReused => reference_reused(),
            Self::Store(error) => error.details(),
        }
    }
}

/// A transfer could not be undone.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// This person's wallet has no such transfer.
    #[error("there is no such transfer")]
    NotFound,
    /// It has been corrected before, or is a correction itself.
    #[error("the transfer has been corrected or is a correction")]
    NotReversible,
    /// The wallet holds less than what is to be taken back.
    #[error("the wallet holds too little")]
    InsufficientBalance {
        /// What it holds.
        available: Paise,
    },
    /// The reference belongs to a transfer of other content.
    #[error("the reference belongs to another transfer")]
    ReferenceReused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for ReverseError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => catalogue::NOT_FOUND,
            Self::NotReversible | Self::ReferenceReused => catalogue::INVALID_STATE,
            Self::InsufficientBalance { .. } => fault::INSUFFICIENT_BALANCE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::NotReversible => Vec::new(),
            Self::ReferenceReused => reference_reused(),
            Self::InsufficientBalance { available } => vec![("available", available.get().into())],
            Self::Store(error) => error.details(),
        }
    }
}

/// A history could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The person has no wallet of this id.
    #[error("there is no such wallet of this person")]
    WalletNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for HistoryError {
    fn entry(&self) -> Entry {
        match self {
            Self::WalletNotFound => fault::WALLET_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::WalletNotFound => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// A statement could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The person has no wallet.
    #[error("the person has no wallet")]
    WalletNotFound,
    /// More happened in the period than one statement may hold.
    #[error("the period holds too many lines")]
    TooLong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for StatementError {
    fn entry(&self) -> Entry {
        match self {
            Self::WalletNotFound => fault::WALLET_NOT_FOUND,
            Self::TooLong => catalogue::VALIDATION_ERROR,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::WalletNotFound => Vec::new(),
            Self::TooLong => vec![("field", "from".into()), ("constraint", "a shorter period".into())],
            Self::Store(error) => error.details(),
        }
    }
}

fn reference_reused() -> Vec<(&'static str, Detail)> {
    vec![("field", "reference".into()), ("constraint", "not used for another transfer".into())]
}
