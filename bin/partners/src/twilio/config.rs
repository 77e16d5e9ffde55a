//! What a sandbox or a test may choose about the simulated Twilio.

use secrecy::SecretString;
use time::Duration;

/// The simulated Twilio's settings.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The password of HTTP Basic, and the key that signs callbacks.
    pub auth_token: SecretString,
    /// The numbers a message may come from; empty: any.
    pub own_numbers: Vec<String>,
    /// How long after its creation a message is sent, by the clock.
    pub sent_after: Duration,
    /// How long after that the handset reports, by the clock.
    pub delivered_after: Duration,
    /// At most so much is added to each of the two, by the seed.
    pub jitter: Duration,
}

impl TwilioConfig {
    /// The sandbox's settings, with invented credentials.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            account_sid: "AC00000000000000000000000000000000".to_owned(),
            auth_token: "sandbox-twilio-auth-token".into(),
            own_numbers: Vec::new(),
            sent_after: Duration::seconds(1),
            delivered_after: Duration::seconds(2),
            jitter: Duration::seconds(1),
        }
    }
}
