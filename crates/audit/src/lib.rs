#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

mod audits;
mod chain;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod entry;
pub mod ports;
mod seal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod verification;

pub use audits::Audits;
pub use chain::{ChainEntry, ChainHash, ChainHead};
pub use entry::Entry;
pub use seal::{Checkpoint, CheckpointRoot, SealKeys, SealKeysError};
pub use verification::{Finding, Verification, Verifier};
