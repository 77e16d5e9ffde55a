//! What the composition root must tell: where the insurer is, who we are there, and how long anything may take.

use outbound::Limits;
use secrecy::SecretString;
use url::Url;

/// Our account at the insurer.
#[derive(Debug, Clone)]
pub struct NarayanaConfig {
    /// The insurer's address, or a simulator's.
    pub base_url: Url,
    /// Who we are.
    pub client_id: String,
    /// The secret that proves it.
    pub client_secret: SecretString,
    /// How long anything may take.
    pub limits: Limits,
}
