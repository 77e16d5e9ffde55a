//! What operators write: the variables of the environment.

use super::{KEY_CANARY, text};
use gateway::config::{Config, Reader, VARIABLES};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;

/// A configuration in which nothing is wrong: lines of it are replaced by those of an input.
const SOUND: &str = include_str!("../../fuzz/sound.env");

/// The variables that hold what must not be known.
const SECRETS: [&str; 14] = [
    "AAROKYA_JWT_KEYS",
    "AAROKYA_OTP_PEPPERS",
    "AAROKYA_PIN_PEPPERS",
    "AAROKYA_MASTER_KEYS",
    "AAROKYA_INDEX_KEY",
    "AAROKYA_DEVICE_KEY",
    "AAROKYA_AUDIT_KEYS",
    "JUSPAY_API_KEY",
    "JUSPAY_RESPONSE_KEY",
    "JUSPAY_WEBHOOK_PASSWORD",
    "TWILIO_AUTH_TOKEN",
    "VALUEFIRST_PASSWORD",
    "NARAYANA_CLIENT_SECRET",
    "DATABASE_URL",
];

/// Lines of `NAME=value`: a configuration is complete or refused, and either way shows no value.
pub(super) fn configuration(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let mut variables: BTreeMap<&str, &str> = lines(SOUND).collect();
    // A name may stand for a file, and the files of the machine are nobody's input.
    variables.extend(lines(text).filter(|(name, value)| !name.ends_with("_FILE") && !value.contains('\0')));
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    match Config::read(Reader::new(owned)) {
        Ok(config) => {
            is_complete(&config);
            let leaks = SECRETS
                .iter()
                .any(|name| variables.get(name).is_some_and(|value| secrets_of(value).contains(KEY_CANARY)));
            let told =
                variables.iter().any(|(name, value)| !SECRETS.contains(name) && value.contains(KEY_CANARY));
            let shown = format!("{config:?}");
            assert!(!leaks || told || !shown.contains(KEY_CANARY), "shows a secret: {shown}");
        }
        Err(faults) => {
            assert!(!faults.0.is_empty(), "refused without a fault");
            let told = faults.to_string();
            assert!(!told.contains(KEY_CANARY), "shows a value: {told}");
            let named = |fault: &String| {
                VARIABLES.iter().any(|known| fault.contains(known.name)) || fault.contains("key or pepper")
            };
            assert!(faults.0.iter().all(named), "names no variable: {told}");
        }
    }
}

/// A value but for the ids of its keys, which everybody may see: tokens name them.
fn secrets_of(value: &str) -> String {
    value.split(',').map(|part| part.split_once(':').map_or(part, |(_, key)| key)).collect()
}

fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('='))
}

fn is_complete(config: &Config) {
    assert!((1..=2).contains(&config.keys.jwt.len()));
    assert!(config.keys.jwt.iter().all(|(_, key)| key.expose_secret().len() >= 32));
    for (known, in_use) in [
        (&config.keys.otp_peppers.known, config.keys.otp_peppers.in_use),
        (&config.keys.pin_peppers.known, config.keys.pin_peppers.in_use),
    ] {
        assert!(known.contains_key(&in_use) && known.values().all(|key| key.expose_secret().len() >= 32));
    }
    assert!(config.keys.masters.known.values().all(|key| key.expose_secret().len() == 32));
    assert!(config.keys.masters.known.contains_key(&config.keys.masters.in_use));
    assert!(config.keys.audit.known.contains_key(&config.keys.audit.in_use));
    assert!((1..=500).contains(&config.database.pool_max) && (1..=64).contains(&config.worker_concurrency));
    assert!((16..=1_000_000).contains(&config.connections.max));
}
