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
mod wire;

pub use config::JuspayConfig;
pub use fault::JuspayFault;
pub use gateway::JuspayPaymentGateway;
pub use outbound::{BreakerPolicy, Limits, SetUpError};
pub use ppi::{JuspayWalletIssuer, PpiConfig};
pub use sign::ReturnSignature;
pub use webhook::WebhookCredentials;
