//! What a sandbox or a test may choose about the simulated insurer.

use secrecy::SecretString;
use time::Duration;

/// The simulated insurer's settings.
#[derive(Debug, Clone)]
pub struct NarayanaConfig {
    /// Who may ask for a token.
    pub client_id: String,
    /// The secret that proves it.
    pub client_secret: SecretString,
    /// How long a token is valid.
    pub token_lifetime: Duration,
}

impl NarayanaConfig {
    /// The sandbox's settings, with invented credentials.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            client_id: "aarokya-sandbox".to_owned(),
            client_secret: "sandbox-narayana-client-secret".into(),
            token_lifetime: Duration::hours(1),
        }
    }
}
