#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod address;
mod breaker;
mod client;
mod connection;
mod exchange;
mod fault;
mod loose;
mod rupees;
mod token;

pub use address::join;
pub use breaker::{Breaker, BreakerPolicy};
pub use client::client_for;
pub use connection::{Connection, Limits};
pub use exchange::{Answer, CallError, exchange};
pub use fault::{PartnerFault, SetUpError};
pub use loose::{Loose, read_object};
pub use rupees::{format_rupees, parse_rupees};
pub use token::{Granted, TokenCache, TokenLife};
