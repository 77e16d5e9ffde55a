#![doc = include_str!("../README.md")]

mod exchange;
mod fallback;
mod fault;
pub mod twilio;
pub mod valuefirst;

pub use fallback::{Choice, FallbackSender};
pub use fault::{SetUpError, VendorFault};
pub use outbound::BreakerPolicy;
pub use twilio::{TwilioSender, TwilioSettings};
pub use valuefirst::{ValueFirstSender, ValueFirstSettings};
