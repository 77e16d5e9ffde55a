//! How a store fails: the one error that every storage port shares.

use crate::{Detail, Entry, Fault, catalogue};

/// A store could not do what it was asked; what a caller may act on is in each port's own answers.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It could not be reached or gave up: the same call may work later.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds contradicts our rules: somebody must look.
    #[error("the store holds something that contradicts our rules")]
    Inconsistent(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for StoreError {
    fn entry(&self) -> Entry {
        match self {
            Self::Unavailable(_) => catalogue::SERVICE_UNAVAILABLE,
            Self::Inconsistent(_) => catalogue::INTERNAL_ERROR,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}
