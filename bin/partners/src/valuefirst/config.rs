//! What a sandbox or a test may choose about the simulated ValueFirst.

use secrecy::SecretString;
use time::Duration;

/// A content template registered for distribution over Indian operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DltTemplate {
    /// The number it was registered under.
    pub id: String,
    /// The sender's name it may be sent from.
    pub header: String,
    /// Its text, with `{#var#}` where something varies.
    pub text: String,
}

/// What becomes of an accepted message that fits no registered template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DltDrop {
    /// The operators report 8449.
    Reported,
    /// Nothing is heard of it again.
    Silent,
}

/// The simulated ValueFirst's settings.
#[derive(Debug, Clone)]
pub struct ValueFirstConfig {
    /// The user of HTTP Basic at the token endpoint.
    pub username: String,
    /// Their password.
    pub password: SecretString,
    /// How long a token is valid.
    pub token_lifetime: Duration,
    /// The registered templates; empty: every text passes.
    pub templates: Vec<DltTemplate>,
    /// What becomes of an accepted message that fits none.
    pub dlt_drop: DltDrop,
    /// How long after its acceptance a message is reported on, by the clock.
    pub reported_after: Duration,
    /// The same text to the same phone within this time is a duplicate (assumed).
    pub duplicate_within: Duration,
}

impl ValueFirstConfig {
    /// The sandbox's settings, with invented credentials.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            username: "aarokyasandbox".to_owned(),
            password: "sandbox-valuefirst-password".into(),
            token_lifetime: Duration::days(7),
            templates: Vec::new(),
            dlt_drop: DltDrop::Reported,
            reported_after: Duration::seconds(2),
            duplicate_within: Duration::seconds(10),
        }
    }
}
