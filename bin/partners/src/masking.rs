//! Hides secrets, codes and message texts before an exchange is written into the journal.

use serde_json::{Map, Value};

/// What stands in a secret's place.
const MASK: &str = "[masked]";

/// Keys whose values are never journaled, in lower case: credentials, tokens, signatures, and the texts of
/// messages, since those carry one-time codes (the inbox is the place to read them).
const SECRET_KEYS: &[&str] = &[
    "authorization",
    "x-twilio-signature",
    "clientauthtoken",
    "client_auth_token",
    "token",
    "old_token",
    "password",
    "signature",
    "otp",
    "pin",
    "card_number",
    "cvv",
    "body",
    "@text",
    "@templateinfo",
];

/// Bodies beyond this many bytes are journaled as their size only.
const LONGEST_BODY: usize = 16 * 1024;

/// The body of an exchange as the journal keeps it: JSON and forms with secrets masked, anything else as its size.
pub(crate) fn body(content_type: &str, bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    if bytes.len() <= LONGEST_BODY {
        if content_type.starts_with("application/json")
            && let Ok(mut value) = serde_json::from_slice(bytes)
        {
            mask(&mut value);
            return value;
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            return pairs(bytes);
        }
    }
    serde_json::json!({ "omitted_bytes": bytes.len() })
}

/// A query or form as an object with secrets masked.
pub(crate) fn pairs(bytes: &[u8]) -> Value {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).unwrap_or_default();
    let mut object: Value =
        pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect::<Map<_, _>>().into();
    mask(&mut object);
    object
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                if SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str()) && !inner.is_null() {
                    *inner = MASK.into();
                } else {
                    mask(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let journaled = body(
            "application/json",
            br#"{"sdk_payload":{"payload":{"clientAuthToken":"tkn_1","amount":"1.0"}},"SMS":[{"@TEXT":"123456"}],"token":null}"#,
        );
        assert_eq!(
            journaled,
            json!({
                "sdk_payload": {"payload": {"clientAuthToken": "[masked]", "amount": "1.0"}},
                "SMS": [{"@TEXT": "[masked]"}],
                "token": null,
            })
        );
        let form = body("application/x-www-form-urlencoded", b"To=%2B91&Body=123456");
        assert_eq!(form, json!({"To": "+91", "Body": "[masked]"}));
    }

    #[test]
    fn what_is_neither_json_nor_form_is_left_out() {
        assert_eq!(body("text/html", b"<p>"), json!({"omitted_bytes": 3}));
        assert_eq!(body("application/json", b"{"), json!({"omitted_bytes": 1}));
        assert_eq!(body("", b""), Value::Null);
    }
}
