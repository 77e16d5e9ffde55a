//! What a sandbox or a test may choose about the simulated Juspay.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// When the webhooks of a payment leave, relative to the customer's redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookTiming {
    /// Before it: the answer waits until each was tried once.
    Before,
    /// After it.
    After,
    /// Not at all.
    None,
    /// Before it and again after it, with the same ids.
    Twice,
}

/// What a second `/session` for an unpaid order answers. Not documented by Juspay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatedSession {
    /// The same order with a new SDK payload (assumed).
    NewPayload,
    /// 400 with `ALREADY_EXISTS` (assumed).
    Refused,
}

/// The simulated Juspay's settings.
#[derive(Debug, Clone)]
pub struct JuspayConfig {
    /// The merchant, as in `x-merchantid`.
    pub merchant_id: String,
    /// The merchant's API key, the user of HTTP Basic with an empty password.
    pub api_key: SecretString,
    /// Where webhooks go; `None` until [`Simulators::send_juspay_webhooks_to`](crate::Simulators) tells.
    pub webhook_url: Option<Url>,
    /// The user of the webhooks' HTTP Basic credentials.
    pub webhook_username: String,
    /// Their password.
    pub webhook_password: SecretString,
    /// The key that signs the return URL.
    pub response_key: SecretString,
    /// The address under which a phone reaches the payment page, if not the listening one.
    pub public_url: Option<Url>,
    /// Whether a success after the link's expiry is refunded by Juspay itself (`AUTO_REFUNDED`) instead of
    /// being `CHARGED`.
    pub auto_refund_late_success: bool,
    /// When webhooks leave if nobody asks otherwise.
    pub webhook_timing: WebhookTiming,
    /// How long after the answer a webhook leaves that goes after it, in real time.
    pub webhook_lag: Duration,
    /// Whether `TXN_CREATED`, `TXN_CHARGED` and `TXN_FAILED` are sent beside the order's own events.
    pub sends_txn_events: bool,
    /// The real waits before each further try of a webhook that was not answered 200.
    ///
    /// Juspay publishes 16 tries over 24 hours for its UPI product (60 s, 2 × 5 min, 5 × 10 min, 5 × 1 h,
    /// 3 × 6 h); that this holds here too is assumed. [`COMPRESSED_RETRIES`] turns an hour into a second.
    pub webhook_retry_waits: Vec<Duration>,
    /// What a second `/session` for an unpaid order answers.
    pub repeated_session: RepeatedSession,
    /// The HTTP status of `GET /orders/{id}` for an unknown order: 404, or 400 as in the refund documents.
    pub unknown_order_status: u16,
    /// How long the client token and the payment link live.
    pub link_lifetime: time::Duration,
    /// How long a payment that goes pending by the DUMMY amount rule stays so.
    pub pending_for: time::Duration,
    /// How long a refund waits before it is handed to the bank (Juspay: up to 15 minutes).
    pub refund_queued_for: time::Duration,
    /// How long the bank then takes.
    pub refund_settles_after: time::Duration,
    /// At which look after the first answer a wallet's creation is COMPLETED; each look before it answers
    /// IN_PROGRESS.
    pub wallet_completes_at_look: u32,
    /// The most a sub-wallet may hold, in paise (assumed).
    pub wallet_limit_paise: i64,
}

/// The published schedule with an hour turned into a second: 16 tries within 24 seconds.
pub const COMPRESSED_RETRIES: [Duration; 16] = {
    const fn seconds(real: u64) -> Duration {
        Duration::from_micros(real * 1_000_000 / 3_600)
    }
    let (minute, hour) = (60, 3_600);
    [
        seconds(minute),
        seconds(5 * minute),
        seconds(5 * minute),
        seconds(10 * minute),
        seconds(10 * minute),
        seconds(10 * minute),
        seconds(10 * minute),
        seconds(10 * minute),
        seconds(hour),
        seconds(hour),
        seconds(hour),
        seconds(hour),
        seconds(hour),
        seconds(6 * hour),
        seconds(6 * hour),
        seconds(6 * hour),
    ]
};

impl JuspayConfig {
    /// The sandbox's settings: invented credentials, the compressed schedule, seconds instead of minutes.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            merchant_id: "aarokya".to_owned(),
            api_key: "sandbox-juspay-api-key".into(),
            webhook_url: None,
            webhook_username: "aarokyaSandbox".to_owned(),
            webhook_password: "sandbox-juspay-webhook-password".into(),
            response_key: "sandbox-juspay-response-key".into(),
            public_url: None,
            auto_refund_late_success: false,
            webhook_timing: WebhookTiming::After,
            webhook_lag: Duration::from_millis(50),
            sends_txn_events: false,
            webhook_retry_waits: COMPRESSED_RETRIES.to_vec(),
            repeated_session: RepeatedSession::NewPayload,
            unknown_order_status: 404,
            link_lifetime: time::Duration::minutes(15),
            pending_for: time::Duration::seconds(30),
            refund_queued_for: time::Duration::seconds(2),
            refund_settles_after: time::Duration::seconds(3),
            wallet_completes_at_look: 2,
            wallet_limit_paise: 20_000_000,
        }
    }
}
