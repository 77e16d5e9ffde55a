#![doc = include_str!("../README.md")]

pub mod answers;
mod config;
mod gateway;
mod ppi;
mod session;
mod sign;
pub mod webhook;

mod client;
mod fault;
mod rupees;
mod wire;

pub use config::{JuspayConfig, Limits};
pub use fault::{JuspayFault, SetUpError};
pub use gateway::JuspayPaymentGateway;
pub use outbound::BreakerPolicy;
pub use ppi::{JuspayWalletIssuer, PpiConfig};
pub use sign::ReturnSignature;
pub use webhook::WebhookCredentials;
