//! Twilio's status callbacks and their signature.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha1::Sha1;

use super::state::{Message, Stage, Twilio};
use crate::{
    dates,
    deliveries::{Delivery, Taken},
    faults::Moment,
};

/// The signature over a form POST: HMAC-SHA1 over the full address followed by each key and value, sorted by key.
pub(crate) fn signature(auth_token: &str, url: &str, form: &BTreeMap<&str, String>) -> String {
    let pairs: String = form.iter().map(|(key, value)| format!("{key}{value}")).collect();
    // HMAC takes a key of any length.
    Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .map(|mac| mac.chain_update(url.as_bytes()).chain_update(pairs.as_bytes()).finalize().into_bytes())
        .map(|bytes| STANDARD.encode(bytes))
        .unwrap_or_default()
}

/// Writes the callback about a message's new status; `None` when none was asked for.
pub(crate) fn write(twilio: &Twilio, message: &Message) -> Option<Delivery> {
    let url = message.callback.clone()?;
    let status = message.status();
    let line = format!("webhook {status}");
    let strike = twilio.desk.faults.strike(twilio.desk.partner, Moment::WritingWebhook, &line);
    let form = form(twilio, message);
    let body = serde_urlencoded::to_string(&form).unwrap_or_default();
    let headers = |auth_token: &str| {
        vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("x-twilio-signature", signature(auth_token, url.as_str(), &form)),
        ]
    };
    Some(Delivery {
        id: format!("{}-{status}", message.sid),
        partner: twilio.desk.partner,
        event: status.to_owned(),
        body: Some(body),
        headers: headers(twilio.config.auth_token.expose_secret()),
        forged_headers: headers("not the auth token"),
        forged_first: false,
        taken: Taken::AnySuccess,
        // Assumed: a status callback is tried once.
        retry_waits: [].into(),
        strike,
        url,
    })
}

fn form<'a>(twilio: &Twilio, message: &Message) -> BTreeMap<&'a str, String> {
    let status = message.status().to_owned();
    let mut form = BTreeMap::from([
        ("MessageSid", message.sid.clone()),
        ("SmsSid", message.sid.clone()),
        ("MessageStatus", status.clone()),
        ("SmsStatus", status),
        ("AccountSid", twilio.config.account_sid.clone()),
        ("To", message.to.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ]);
    form.extend(message.from.clone().map(|from| ("From", from)));
    form.extend(message.service_sid.clone().map(|sid| ("MessagingServiceSid", sid)));
    form.extend(message.error_code().map(|code| ("ErrorCode", code.to_string())));
    if message.stage == Stage::Ended {
        form.insert("RawDlrDoneDate", dates::india_compact(message.updated));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_twilios() {
        let form = BTreeMap::from([
            ("CallSid", "CA1234567890ABCDE".to_owned()),
            ("Caller", "+12349013030".to_owned()),
            ("Digits", "1234".to_owned()),
            ("From", "+12349013030".to_owned()),
            ("To", "+18005551212".to_owned()),
        ]);
        assert_eq!(
            signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &form),
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
        );
    }
}
