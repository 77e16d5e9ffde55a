//! ValueFirst's JSON, and what its codes mean for us.

use super::{VENDOR, ValueFirstSettings};
use crate::VendorFault;
use identity::SmsMessage;
use outbound::Granted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{
    PrimitiveDateTime, UtcOffset,
    format_description::BorrowedFormatItem,
    macros::{format_description, offset},
};

/// What stands between a template's id and the values for its slots.
pub(super) const SEPARATOR: &str = "~";

/// The zone of the dates, which the vendor does not say: India's, assumed.
const ZONE: UtcOffset = offset!(+5:30);

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// What an answer to a submission means.
#[derive(Debug)]
pub enum Verdict {
    /// It will be delivered, as far as can be known now.
    Taken,
    /// Such a number gets no message from anybody, for the vendor's reason.
    Refused(u32),
    /// The token is over or unknown; the message was not looked at.
    TokenRejected(VendorFault),
    /// It was certainly not sent; another vendor may.
    NotSent(VendorFault),
    /// It may or may not have been sent.
    Unknown(VendorFault),
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) struct Submission {
    #[serde(rename = "@VER")]
    version: &'static str,
    user: User,
    dlr: Report,
    sms: [Sms; 1],
}

#[derive(Serialize)]
struct User {
    #[serde(rename = "@UNIXTIMESTAMP")]
    unix_timestamp: &'static str,
}

#[derive(Serialize)]
struct Report {
    #[serde(rename = "@URL")]
    url: String,
}

#[derive(Serialize)]
struct Sms {
    #[serde(rename = "@UDH")]
    udh: &'static str,
    #[serde(rename = "@CODING")]
    coding: &'static str,
    #[serde(rename = "@TEXT")]
    text: String,
    #[serde(rename = "@TEMPLATEINFO")]
    template_info: String,
    #[serde(rename = "@PROPERTY")]
    property: &'static str,
    #[serde(rename = "@ID")]
    id: &'static str,
    #[serde(rename = "ADDRESS")]
    address: [Address; 1],
}

#[derive(Serialize)]
struct Address {
    #[serde(rename = "@FROM")]
    from: String,
    #[serde(rename = "@TO")]
    to: String,
    #[serde(rename = "@SEQ")]
    sequence: &'static str,
    #[serde(rename = "@TAG")]
    tag: &'static str,
}

/// One message to one number.
pub(super) fn submission(settings: &ValueFirstSettings, message: &SmsMessage) -> Submission {
    // Plain text, or Unicode where the letters of the former do not suffice (the number is assumed).
    let coding = if message.text().is_ascii() { "1" } else { "2" };
    let values = message.values().iter().map(String::as_str);
    let template_info: Vec<&str> = std::iter::once(message.template_id()).chain(values).collect();
    Submission {
        version: "1.2",
        user: User { unix_timestamp: "" },
        dlr: Report { url: settings.report_url.clone().unwrap_or_default() },
        sms: [Sms {
            udh: "0",
            coding,
            text: message.text().to_owned(),
            template_info: template_info.join(SEPARATOR),
            property: "0",
            id: "1",
            address: [Address {
                from: settings.header.clone(),
                to: message.to().e164().trim_start_matches('+').to_owned(),
                sequence: "1",
                tag: "otp",
            }],
        }],
    }
}

/// What the answer to a submission means. Most errors come with HTTP 200, some for each recipient.
#[must_use]
pub fn read(status: u16, body: &[u8]) -> Verdict {
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let code = said.as_ref().and_then(find_code);
    match (status, said, code) {
        (401, ..) => Verdict::TokenRejected(fault(status)),
        (_, _, Some(code)) => by_code(code),
        (200..=299, Some(said), None) if has_guid(&said) => Verdict::Taken,
        (200..=299, ..) => Verdict::Unknown(VendorFault::Malformed { vendor: VENDOR }),
        // Plain HTTP (403), too many requests, turned away at the door: not looked at.
        (400..=499 | 503, ..) => Verdict::NotSent(fault(status)),
        _ => Verdict::Unknown(fault(status)),
    }
}

/// What the answer to a request for a token means.
///
/// # Errors
/// When it brings none.
pub fn read_token(status: u16, body: &[u8]) -> Result<Granted, VendorFault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Said {
        token: String,
        expiry_date: Option<String>,
    }
    if !(200..=299).contains(&status) {
        return Err(fault(status));
    }
    let malformed = || VendorFault::Malformed { vendor: VENDOR };
    let said: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
    if let Some(code) = find_code(&said) {
        return Err(VendorFault::Code { vendor: VENDOR, code });
    }
    let said: Said = serde_json::from_value(said).map_err(|_| malformed())?;
    if said.token.is_empty() {
        return Err(malformed());
    }
    let date = said.expiry_date.and_then(|text| PrimitiveDateTime::parse(&text, DATE).ok());
    Ok(Granted { token: said.token.into(), until: date.map(|date| date.assume_offset(ZONE)) })
}

fn by_code(code: u32) -> Verdict {
    let fault = VendorFault::Code { vendor: VENDOR, code };
    match code {
        // The number is not one, is missing, or is not an Indian mobile: so it is everywhere.
        28_673 | 28_674 | 28_682 => Verdict::Refused(code),
        52_992 => Verdict::TokenRejected(fault),
        // «Duplicate, or submit failed»: the first may have gone out.
        28_681 => Verdict::Unknown(fault),
        // The rest is about our account (57089–57091, 28704), the vendor's health (65280) or the form, header
        // or template of our message: not sent, and another vendor may do better.
        _ => Verdict::NotSent(fault),
    }
}

fn fault(status: u16) -> VendorFault {
    VendorFault::Status { vendor: VENDOR, status }
}

/// The code of the first error anywhere inside: for the whole submission or for one recipient, under names of
/// either case, as a number or as its digits.
fn find_code(said: &Value) -> Option<u32> {
    match said {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let is_error = ["ERR", "ERROR"].iter().any(|known| name.eq_ignore_ascii_case(known));
            if is_error { error_code(value) } else { find_code(value) }
        }),
        Value::Array(items) => items.iter().find_map(find_code),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn error_code(error: &Value) -> Option<u32> {
    match error {
        Value::Object(fields) => fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("CODE"))
            .and_then(|(_, code)| number(code)),
        Value::Array(errors) => errors.iter().find_map(error_code),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => number(error),
    }
    // 0 is success, should it ever be said.
    .filter(|code| *code != 0)
}

fn number(value: &Value) -> Option<u32> {
    let text = value.as_str().and_then(|text| text.trim().parse().ok());
    text.or_else(|| value.as_u64().and_then(|number| u32::try_from(number).ok()))
}

fn has_guid(said: &Value) -> bool {
    let guid = said.get("MESSAGEACK").and_then(|ack| ack.get("GUID")).and_then(|guid| guid.get("GUID"));
    guid.and_then(Value::as_str).is_some_and(|guid| !guid.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn codes_are_found_wherever_they_stand() {
        for said in [
            json!({"MESSAGEACK": {"GUID": {"GUID": "k", "ERROR": {"CODE": 28682, "SEQ": "1"}}}}),
            json!({"MESSAGEACK": {"GUID": {"GUID": "k", "ERROR": [{"CODE": "28682", "SEQ": "1"}]}}}),
            json!({"MESSAGEACK": {"Err": {"Code": "28682", "Desc": "…"}}}),
            json!({"MESSAGEACK": {"GUID": [{"GUID": "k"}, {"error": {"code": 28682}}]}}),
            json!({"error": 28682}),
        ] {
            assert_eq!(find_code(&said), Some(28_682), "{said}");
        }
        for said in [json!({"MESSAGEACK": {"GUID": {"GUID": "k"}}}), json!({"ERROR": {"CODE": 0}}), json!(1)]
        {
            assert_eq!(find_code(&said), None, "{said}");
        }
    }

    #[test]
    fn a_tokens_end_is_indian_time_and_may_be_missing() {
        let read = |body: Value| read_token(200, body.to_string().as_bytes());
        let granted = read(json!({"token": "t", "expiryDate": "2026-01-22 17:30:00"})).unwrap();
        assert_eq!(granted.until, Some(datetime!(2026-01-22 12:00 UTC)));
        assert_eq!(read(json!({"token": "t"})).unwrap().until, None);
        assert_eq!(read(json!({"token": "t", "expiryDate": "soon"})).unwrap().until, None);
        assert!(read(json!({"token": ""})).is_err());
        assert!(read(json!(["token"])).is_err());
    }
}
