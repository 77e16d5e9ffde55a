#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

pub mod fault;
mod status;

pub use status::{HandoffStatus, SessionStatus};
