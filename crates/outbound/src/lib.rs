#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod address;
mod breaker;
mod client;
mod exchange;

pub use address::join;
pub use breaker::{Breaker, BreakerPolicy};
pub use client::client_for;
pub use exchange::{Answer, CallError, exchange};
