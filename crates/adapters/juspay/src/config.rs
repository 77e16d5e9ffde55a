//! What the composition root must tell: where Juspay is, who we are there, and how long anything may take.

use crate::BreakerPolicy;
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Our account at Juspay.
#[derive(Debug, Clone)]
pub struct JuspayConfig {
    /// `https://api.juspay.in`, `https://sandbox.juspay.in`, or a bank's own host.
    pub base_url: Url,
    /// The merchant account's API key: the user name of HTTP Basic, with an empty password.
    pub api_key: SecretString,
    /// The merchant account.
    pub merchant_id: String,
    /// The payment page's client id.
    pub payment_page_client_id: String,
    /// Where the payment page sends customers when they are done.
    pub return_url: Url,
    /// Given as the customer's e-mail address where none is known, since a session needs one.
    pub fallback_email: String,
    /// How long anything may take.
    pub limits: Limits,
}

/// How long calls may take and how failures are treated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a call that does something: session, refund, wallet, credit.
    pub call_timeout: Duration,
    /// For a call that only asks, each try: readers wait for it.
    pub status_timeout: Duration,
    /// The longest random pause before a call that only asks is tried once more.
    pub retry_pause_max: Duration,
    /// When the partner is left alone.
    pub breaker: BreakerPolicy,
}
