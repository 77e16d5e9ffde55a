//! What the sandbox tells the gateway and the simulators: the variables an operator would set in production.

use super::kept_keys::KeptKeys;
use kernel::{Env, MovableClock};
use partners::{DltTemplate, Partner, Simulators, SimulatorsConfig};
use secrecy::ExposeSecret as _;
use std::{net::SocketAddr, sync::Arc};
use url::Url;

const TEMPLATE_ID: &str = "1107161234567890123";
const REUSE_TEMPLATE_ID: &str = "1107161234567890124";
const SENDER: &str = "AAROKY";

/// The simulators' settings: they know the template that is registered, and the gateway's address.
pub(super) fn simulators(clock: Arc<MovableClock>, gateway: SocketAddr) -> SimulatorsConfig {
    let mut config = SimulatorsConfig::sandbox(clock);
    // Ids of an earlier start stand in the database: this one must make others.
    config.seed = u64::from_be_bytes(Env::system().random());
    config.juspay.webhook_url = Url::parse(&format!("http://{gateway}/webhooks/juspay")).ok();
    let registered =
        [(TEMPLATE_ID, crate::config::OTP_TEMPLATE), (REUSE_TEMPLATE_ID, crate::config::REUSE_TEMPLATE)];
    let registered = registered.map(|(id, text)| DltTemplate {
        id: id.to_owned(),
        header: SENDER.to_owned(),
        text: text.to_owned(),
    });
    config.valuefirst.templates = registered.into();
    config
}

/// The gateway's variables.
pub(super) fn gateway(
    keys: &KeptKeys,
    simulators: &Simulators,
    config: &SimulatorsConfig,
    database_url: &str,
    address: SocketAddr,
) -> Vec<(String, String)> {
    let key = |name| keys.get(name);
    let juspay = &config.juspay;
    let mut variables = vec![
        ("AAROKYA_ENV", "sandbox".to_owned()),
        ("AAROKYA_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("DATABASE_URL", database_url.to_owned()),
        ("AAROKYA_JWT_KEYS", format!("sandbox:{}", key("jwt"))),
        ("AAROKYA_OTP_PEPPERS", format!("1:{}", key("otp_pepper"))),
        ("AAROKYA_PIN_PEPPERS", format!("1:{}", key("pin_pepper"))),
        ("AAROKYA_MASTER_KEYS", format!("1:{}", key("master"))),
        ("AAROKYA_INDEX_KEY", key("index")),
        ("AAROKYA_DEVICE_KEY", key("device")),
        ("AAROKYA_AUDIT_KEYS", format!("1:{}", key("audit"))),
        ("JUSPAY_BASE_URL", simulators.base_url(Partner::Juspay)),
        ("JUSPAY_MERCHANT_ID", juspay.merchant_id.clone()),
        ("JUSPAY_API_KEY", juspay.api_key.expose_secret().to_owned()),
        ("JUSPAY_CLIENT_ID", "aarokya".to_owned()),
        ("JUSPAY_RETURN_URL", format!("http://{address}/payments/return")),
        ("JUSPAY_RESPONSE_KEY", juspay.response_key.expose_secret().to_owned()),
        ("JUSPAY_FALLBACK_EMAIL", "payments@aarokya.example".to_owned()),
        ("JUSPAY_WEBHOOK_USERNAME", juspay.webhook_username.clone()),
        ("JUSPAY_WEBHOOK_PASSWORD", juspay.webhook_password.expose_secret().to_owned()),
        ("JUSPAY_PPI_PROGRAM_ID", "aarokya-health".to_owned()),
        ("SMS_SENDER", SENDER.to_owned()),
        ("SMS_OTP_TEMPLATE_ID", TEMPLATE_ID.to_owned()),
        ("SMS_REUSE_TEMPLATE_ID", REUSE_TEMPLATE_ID.to_owned()),
        ("TWILIO_BASE_URL", simulators.base_url(Partner::Twilio)),
        ("TWILIO_ACCOUNT_SID", config.twilio.account_sid.clone()),
        ("TWILIO_AUTH_TOKEN", config.twilio.auth_token.expose_secret().to_owned()),
        ("TWILIO_FROM", "+15005550006".to_owned()),
        ("VALUEFIRST_BASE_URL", simulators.base_url(Partner::ValueFirst)),
        ("VALUEFIRST_USERNAME", config.valuefirst.username.clone()),
        ("VALUEFIRST_PASSWORD", config.valuefirst.password.expose_secret().to_owned()),
        ("NARAYANA_BASE_URL", simulators.base_url(Partner::Narayana)),
        ("NARAYANA_CLIENT_ID", config.narayana.client_id.clone()),
        ("NARAYANA_CLIENT_SECRET", config.narayana.client_secret.expose_secret().to_owned()),
    ];
    // The one variable of the sandbox that a person may set.
    if let Some((_, value)) = crate::serve::environment().into_iter().find(|(name, _)| name == ENFORCE) {
        variables.push((ENFORCE, value));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const ENFORCE: &str = "SANDBOX_ENFORCE_BUDGETS";
