//! What the composition root must tell: where Juspay is, who we are there, and how long anything may take.

use outbound::Limits;
use secrecy::SecretString;
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
