//! Juspay: sessions, orders, the payment page, refunds, webhooks, the signed return URL, the wallet's issuer.

pub(crate) mod config;
mod envelope;
mod object;
pub(crate) mod order;
mod orders;
pub(crate) mod payment;
mod payment_page;
pub(crate) mod ppi;
mod refunds;
mod return_url;
mod router;
mod session;
pub(crate) mod state;
mod webhooks;

pub(crate) use router::router;
