//! How a store fails: the one error that every storage port shares.

use crate::{Detail, Entry, Fault, catalogue};

/// A store could not do what it was asked; what a caller may act on is in each port's own answers.
#[derive(Debug)]
pub enum StoreError {
    /// It could not be reached or gave up: the same call may work later.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// What it holds contradicts our rules: somebody must look.
    Inconsistent(Box<dyn std::error::Error + Send + Sync>),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the store is not available",
            Self::Inconsistent(_) => "the store holds something that contradicts our rules",
        })
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(source) | Self::Inconsistent(source) => Some(source.as_ref()),
        }
    }
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
