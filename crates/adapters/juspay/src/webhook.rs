//! Webhooks: who sent them, and where they say to look. Nothing else in them is believed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::OrderRef;
use outbound::{Loose, read_object};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What this partner is called wherever partners are told apart.
pub const PARTNER: &str = "juspay";

/// Longest event id that is kept as it is.
const EVENT_ID_MAX_BYTES: usize = 100;

/// Longest event name that is kept.
const EVENT_NAME_MAX_BYTES: usize = 64;

/// The user name and password that Juspay was told to send.
#[derive(Debug)]
pub struct WebhookCredentials {
    expected: SecretString,
}

/// What a webhook says that we act on: an event to know again, and an order to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The event's id; of a body without one, a hash of the body.
    pub event_id: String,
    /// The event's name, for the log; `UNKNOWN` if it is not a name.
    pub event_name: String,
    /// The order it speaks of, if it does.
    pub order_id: Option<OrderRef>,
}

/// The body is not a JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's body is not a JSON object")]
pub struct WebhookError;

impl WebhookCredentials {
    /// The credentials of the dashboard. The user name holds no `:`.
    #[must_use]
    pub fn new(user_name: &str, password: &SecretString) -> Self {
        let pair = STANDARD.encode(format!("{user_name}:{}", password.expose_secret()));
        Self { expected: SecretString::from(pair) }
    }

    /// Whether this `Authorization` header carries them, compared in constant time whatever its length.
    #[must_use]
    pub fn admit(&self, authorization: Option<&str>) -> bool {
        let given = authorization.and_then(|header| header.split_once(' '));
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let hash = |text: &str| <[u8; 32]>::from(Sha256::digest(text));
        let given = hash(given.map_or("", |(_, pair)| pair.trim()));
        given.ct_eq(&hash(self.expected.expose_secret())).into()
    }
}

#[derive(Deserialize)]
struct EventObject {
    #[serde(default)]
    id: Loose,
    #[serde(default)]
    event_name: Loose,
    #[serde(default)]
    content: Loose,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    order: Loose,
    #[serde(default)]
    txn: Loose,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    order_id: Loose,
}

/// Reads where a webhook says to look.
///
/// # Errors
/// When the body is not a JSON object.
pub fn read(body: &[u8]) -> Result<Hint, WebhookError> {
    let event: EventObject = read_object(body).ok_or(WebhookError)?;
    let is_id =
        |id: &String| id.len() <= EVENT_ID_MAX_BYTES && id.bytes().all(|byte| byte.is_ascii_graphic());
    let is_name = |name: &String| {
        let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        name.len() <= EVENT_NAME_MAX_BYTES && name.bytes().all(letter)
    };
    Ok(Hint {
        event_id: event.id.text().filter(is_id).unwrap_or_else(|| fingerprint(body)),
        event_name: event.event_name.text().filter(is_name).unwrap_or_else(|| "UNKNOWN".to_owned()),
        order_id: order_id(&event),
    })
}

fn order_id(event: &EventObject) -> Option<OrderRef> {
    let content: Content = event.content.object()?;
    let number = |place: &Loose| place.object::<Numbered>()?.order_id.text();
    OrderRef::parse(&number(&content.order).or_else(|| number(&content.txn))?)
}

fn fingerprint(body: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(body).into();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> WebhookCredentials {
        WebhookCredentials::new("aarokya", &SecretString::from("s3cret:with-colon"))
    }

    #[test]
    fn only_the_right_credentials_are_admitted() {
        let pair = STANDARD.encode("aarokya:s3cret:with-colon");
        assert!(credentials().admit(Some(&format!("Basic {pair}"))));
        assert!(credentials().admit(Some(&format!("basic  {pair}"))));
        let wrong = STANDARD.encode("aarokya:s3cret");
        for header in
            [None, Some(""), Some("Basic"), Some("Basic "), Some(&*pair), Some(&format!("Bearer {pair}"))]
        {
            assert!(!credentials().admit(header), "{header:?}");
        }
        assert!(!credentials().admit(Some(&format!("Basic {wrong}"))));
        assert!(!format!("{:?}", credentials()).contains("s3cret"));
    }

    #[test]
    fn an_order_is_found_in_an_order_or_in_a_transaction() {
        let order =
            br#"{"id":"evt_V2_1","event_name":"ORDER_SUCCEEDED","date_created":"2023-08-10T07:00:48Z",
            "content":{"order":{"order_id":"AAR0000001","status":"CHARGED","customer_email":"FILTERED"}}}"#;
        let hint = read(order).unwrap();
        assert_eq!((hint.event_id.as_str(), hint.event_name.as_str()), ("evt_V2_1", "ORDER_SUCCEEDED"));
        assert_eq!(hint.order_id, OrderRef::parse("AAR0000001"));
        let txn =
            br#"{"id":"evt_V2_2","event_name":"TXN_CHARGED","content":{"txn":{"order_id":"AAR0000002"}}}"#;
        assert_eq!(read(txn).unwrap().order_id, OrderRef::parse("AAR0000002"));
        let mandate = br#"{"id":"evt_V2_3","event_name":"MANDATE_CREATED","content":{"mandate":{}}}"#;
        assert_eq!(read(mandate).unwrap().order_id, None);
    }

    #[test]
    fn odd_events_are_kept_and_known_again() {
        for body in [
            &br#"{}"#[..],
            br#"{"id":null,"event_name":42,"content":"FILTERED"}"#,
            br#"{"id":"with space","event_name":"<script>","content":{"order":"FILTERED"}}"#,
            br#"{"id":"x","content":{"order":{"order_id":"not a number"}}}"#,
            br#"{"id":7,"content":{"order":{"order_id":["a"]}}}"#,
            br#"{"id":8,"content":[{"order_id":"AAR1"}]}"#,
        ] {
            let hint = read(body).unwrap();
            assert_eq!(hint, read(body).unwrap());
            assert_eq!(hint.order_id, None);
            assert!((1..=100).contains(&hint.event_id.len()));
        }
        for body in [&b""[..], b"[]", b"nonsense", b"\xff", b"\"text\""] {
            assert_eq!(read(body), Err(WebhookError));
        }
    }
}
