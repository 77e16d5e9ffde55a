//! The edge of the system: HTTP in, jobs out; it knows everybody and decides nothing.
//!
//! Read [`router`] for the list of endpoints, then any endpoint's file: request, response, document, handler.

mod app;
mod auth;
mod cli;
pub mod config;
mod connections;
mod docs;
mod document;
pub mod error;
mod extract;
mod hashing;
mod health;
mod insurance;
mod middleware;
pub mod operate;
mod payments;
pub mod policy;
pub mod reading;
mod revocations;
pub mod router;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod serve;
mod spec;
mod telemetry;
mod user;
mod wallet;
mod webhooks;
pub mod wire;
pub mod worker;

pub use app::App;
pub use cli::Cli;
pub use spec::document;
