//! The signed address to which a customer is sent back after paying.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use url::Url;

use super::order::Order;

/// What stays as it is in a URL component.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// The signature over parameters: sorted, each key and value encoded, joined, encoded once more as a whole,
/// HMAC-SHA256 under the response key, base64.
pub(crate) fn signature(key: &[u8], parameters: &[(String, String)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort();
    let pairs: Vec<_> =
        sorted.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let message = encode(&pairs.join("&"));
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| STANDARD.encode(mac.chain_update(message.as_bytes()).finalize().into_bytes()))
        .unwrap_or_default()
}

/// The merchant's address with the order's status and its signature, the latter encoded twice as Juspay does.
///
/// Parameters that the merchant's address had before are signed too (assumed).
pub(crate) fn signed(return_url: &Url, key: &[u8], order: &Order) -> String {
    let status = order.status();
    let own: Vec<(String, String)> = return_url.query_pairs().into_owned().collect();
    let told = [
        ("order_id".to_owned(), order.order_id.clone()),
        ("status".to_owned(), status.name().to_owned()),
        ("status_id".to_owned(), status.id().to_string()),
    ];
    let signature = signature(key, &[own, told.to_vec()].concat());
    let mut bare = return_url.clone();
    bare.set_fragment(None);
    let separator = if bare.query().is_some() { '&' } else { '?' };
    let told = told.map(|(name, value)| format!("{name}={}", encode(&value))).join("&");
    let signature = encode(&encode(&signature));
    format!("{bare}{separator}{told}&signature={signature}&signature_algorithm=HMAC-SHA256")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_signature_is_the_published_construction() {
        let parameters = pairs(&[("status_id", "21"), ("order_id", "AAR0000001"), ("status", "CHARGED")]);
        assert_eq!(
            signature(b"E4AE0FDD0C8A4F3A9C7D", &parameters),
            "MPCmlvzdq5ky7zyVBaE3x21QcApGN2Aw+YM/HXIw/1s="
        );
    }
}
