//! Why a look at a wallet gives nothing.

use crate::{AmountError, LimitExceeded, fault};
use kernel::{Detail, Entry, Fault, StoreError};

/// A wallet could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The person has none, or none of this id.
    #[error("there is no such wallet of this person")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for LookupError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::WALLET_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// An amount could not be loaded now.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The amount is not valid.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The person has no wallet.
    #[error("the person has no wallet")]
    NotFound,
    /// The wallet is not open, or its issuer has stopped it.
    #[error("the wallet is not ready")]
    NotReady,
    /// A limit stands in the way.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RoomError {
    fn entry(&self) -> Entry {
        match self {
            Self::Amount(error) => error.entry(),
            Self::NotFound => fault::WALLET_NOT_FOUND,
            Self::NotReady => fault::WALLET_NOT_READY,
            Self::Limit(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::NotFound | Self::NotReady => Vec::new(),
            Self::Limit(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }
}
