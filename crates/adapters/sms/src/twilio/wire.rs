//! Twilio's form and JSON, and what its codes mean for us.

use super::{TwilioSettings, VENDOR};
use crate::VendorFault;
use identity::{SmsMessage, ports::SendError};
use serde::Deserialize;

/// What Twilio answers, good or bad; every field may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    sid: Option<String>,
    status: serde_json::Value,
    code: Option<u32>,
    error_code: Option<u32>,
}

/// The fields of a message to be created.
pub(super) fn form<'a>(settings: &'a TwilioSettings, message: &'a SmsMessage) -> Vec<(&'static str, String)> {
    let sender = if settings.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
    let mut form = vec![
        ("To", message.to().e164().to_owned()),
        (sender, settings.from.clone()),
        ("Body", message.text().to_owned()),
        ("ValidityPeriod", settings.validity.as_secs().to_string()),
    ];
    form.extend(settings.status_callback.iter().map(|url| ("StatusCallback", url.to_string())));
    form
}

/// What the answer to the creation of a message means.
///
/// # Errors
/// When the message was not taken, or perhaps not.
pub fn read(status: u16, body: &[u8]) -> Result<(), SendError> {
    let said: Option<Said> = serde_json::from_slice(body).ok();
    let fault = VendorFault::Status { vendor: VENDOR, status };
    match (status, said) {
        (200..=299, Some(said)) if said.sid.as_ref().is_some_and(|sid| !sid.is_empty()) => taken(&said),
        (200..=299, _) => Err(VendorFault::Malformed { vendor: VENDOR }.unknown()),
        // Too many requests, or turned away at the door: not looked at.
        (429 | 503, _) => Err(fault.unavailable()),
        (400..=499, Some(Said { code: Some(code), .. })) => Err(by_code(code)),
        (400..=499, _) => Err(fault.unavailable()),
        // A redirect, or a failure somewhere between reading it and sending it.
        _ => Err(fault.unknown()),
    }
}

/// A message can have been created and have failed at once.
fn taken(said: &Said) -> Result<(), SendError> {
    if !matches!(said.status.as_str(), Some("failed" | "undelivered" | "canceled")) {
        return Ok(());
    }
    Err(said.error_code.map_or_else(|| VendorFault::Malformed { vendor: VENDOR }.unavailable(), by_code))
}

fn by_code(code: u32) -> SendError {
    match code {
        // The number is invalid, its owner opted out, it is not a mobile: so it is everywhere.
        21_211 | 21_610 | 21_614 => SendError::Refused { reason: format!("{VENDOR} {code}") },
        // It has no way to this number, or its own guards close it: not sent, and another vendor may do better.
        21_612 | 21_635 | 30_003..=30_006 | 30_450 => {
            VendorFault::Number { vendor: VENDOR, code }.unavailable()
        }
        // The rest is about our account (20003, 20404, 21408, 21606, 21608) or the form of our request: so it will be
        // for the next number too.
        _ => VendorFault::Code { vendor: VENDOR, code }.unavailable(),
    }
}
