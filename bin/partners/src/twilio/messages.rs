//! `POST …/Messages.json` and `GET …/Messages/{sid}.json`: sending a text message and asking after it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use url::Url;

use super::{
    error,
    state::{Twilio, Wanted},
};
use crate::{
    basic, exchange,
    magic::{self, SmsMagic},
};

const LONGEST_BODY: usize = 1_600;

/// Twilio's own test numbers and what they answer.
const TEST_NUMBERS: [(&str, u32); 5] = [
    ("+15005550001", 21_211),
    ("+15005550002", 21_612),
    ("+15005550003", 21_408),
    ("+15005550004", 21_610),
    ("+15005550009", 21_614),
];

/// Answers the creation of a message.
pub(crate) async fn create(
    State(twilio): State<Arc<Twilio>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refusal) = refuse_stranger(&twilio, &account, &headers) {
        return refusal;
    }
    let form: BTreeMap<String, String> =
        serde_urlencoded::from_bytes::<Vec<_>>(&body).unwrap_or_default().into_iter().collect();
    let wanted = match read(&twilio, form) {
        Ok(wanted) => wanted,
        Err((code, message)) => return error(400, code, &message),
    };
    match wanted.magic {
        Some(SmsMagic::TwilioThrottled) => return exchange::failure(twilio.desk.partner, 429),
        Some(SmsMagic::BothDead) => return exchange::failure(twilio.desk.partner, 503),
        _ => {}
    }
    let is_slow = matches!(wanted.magic, Some(SmsMagic::Slow | SmsMagic::TwilioSlow));
    let message = twilio.take(wanted);
    if is_slow {
        twilio.desk.dawdle().await;
    }
    (StatusCode::CREATED, Json(message.resource(&twilio.config.account_sid))).into_response()
}

/// Answers the question after a message.
pub(crate) async fn show(
    State(twilio): State<Arc<Twilio>>,
    Path((account, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = refuse_stranger(&twilio, &account, &headers) {
        return refusal;
    }
    let found = message.strip_suffix(".json").and_then(|sid| twilio.look(sid));
    found.map_or_else(
        || error(404, 20404, "The requested resource was not found"),
        |message| Json(message.resource(&twilio.config.account_sid)).into_response(),
    )
}

fn refuse_stranger(twilio: &Twilio, account: &str, headers: &HeaderMap) -> Option<Response> {
    let config = &twilio.config;
    if !basic::matches(headers, &config.account_sid, config.auth_token.expose_secret()) {
        return Some(error(401, 20003, "Authenticate"));
    }
    (account != config.account_sid).then(|| error(404, 20404, "The requested resource was not found"))
}

fn read(twilio: &Twilio, mut form: BTreeMap<String, String>) -> Result<Wanted, (u32, String)> {
    let mut take = |key: &str| form.remove(key).filter(|text| !text.is_empty());
    let refused = |code: u32, message: &str| Err((code, message.to_owned()));
    let Some(to) = take("To") else {
        return refused(21_604, "A 'To' phone number is required.");
    };
    let (from, service_sid) = (take("From"), take("MessagingServiceSid"));
    let Some(body) = take("Body") else {
        return refused(21_602, "Message body is required.");
    };
    if from.is_none() && service_sid.is_none() {
        return refused(21_603, "A 'From' phone number is required.");
    }
    if body.chars().count() > LONGEST_BODY {
        return refused(21_617, "The concatenated message body exceeds the 1600 character limit");
    }
    let callback = match take("StatusCallback").map(|url| Url::parse(&url)) {
        None => None,
        Some(Ok(url)) if matches!(url.scheme(), "http" | "https") => Some(url),
        Some(_) => return refused(21_609, "The 'StatusCallback' URL is not a valid URL."),
    };
    let own = &twilio.config.own_numbers;
    if from.as_ref().is_some_and(|from| !own.is_empty() && !own.contains(from)) {
        return Err((21_606, describe(21_606, &to)));
    }
    let magic = magic::carriers(&to);
    let code = TEST_NUMBERS
        .iter()
        .find(|(number, _)| *number == to)
        .map(|(_, code)| *code)
        .or(match magic {
            Some(SmsMagic::RefusedNumber) => Some(21_211),
            Some(SmsMagic::OptedOut) => Some(21_610),
            _ => None,
        })
        .or_else(|| number_error(&to))
        .or_else(|| twilio.has_opted_out(&to).then_some(21_610));
    match code {
        Some(code) => Err((code, describe(code, &to))),
        None => Ok(Wanted { to, from, service_sid, body, callback, magic }),
    }
}

/// E.164; of India's numbers only mobiles.
fn number_error(to: &str) -> Option<u32> {
    let digits = to.strip_prefix('+').unwrap_or_default();
    let is_e164 = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    match digits.strip_prefix("91") {
        _ if !is_e164 => Some(21_211),
        Some(national) if national.len() != 10 => Some(21_211),
        Some(national) if !national.starts_with(['6', '7', '8', '9']) => Some(21_614),
        Some(_) | None => None,
    }
}

fn describe(code: u32, to: &str) -> String {
    match code {
        21_211 => format!("The 'To' number {to} is not a valid phone number."),
        21_408 => {
            format!(
                "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}"
            )
        }
        21_606 => "The 'From' phone number provided is not a valid message-capable phone number.".to_owned(),
        21_610 => "Attempt to send to unsubscribed recipient".to_owned(),
        21_612 => format!("The 'To' phone number: {to} is not currently reachable from the 'From' number."),
        21_614 => format!("'To' number: {to}, is not a valid mobile number"),
        _ => "The message could not be created.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (to, code) in [
            ("+919876543210", None),
            ("+14155552671", None),
            ("9876543210", Some(21_211)),
            ("+91987654321", Some(21_211)),
            ("+911123456789", Some(21_614)),
            ("+0123456789", Some(21_211)),
        ] {
            assert_eq!(number_error(to), code, "{to}");
        }
    }
}
