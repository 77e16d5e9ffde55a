#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

mod event;
pub mod fault;
mod origin;
pub mod ports;

pub use event::Event;
pub use origin::Origin;
