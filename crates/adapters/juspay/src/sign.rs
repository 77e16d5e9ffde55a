//! The signature of the address a customer comes back on. It proves who wrote the address, nothing more: what
//! became of the payment is for the status call to tell.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// What stays as it is when a part of a URL is encoded.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Longest query that is looked at.
const QUERY_MAX_BYTES: usize = 4 * 1024;

/// How often a signature may have been encoded: Juspay encodes it twice, and a browser may add one.
const DECODINGS_MAX: usize = 3;

/// Checks return addresses with the merchant's response key.
#[derive(Debug)]
pub struct ReturnSignature {
    response_key: SecretSlice<u8>,
}

impl ReturnSignature {
    /// A check with the response key of the dashboard.
    #[must_use]
    pub fn new(response_key: SecretSlice<u8>) -> Self {
        Self { response_key }
    }

    /// Whether Juspay signed this query (the part after `?`), compared in constant time.
    #[must_use]
    pub fn verifies(&self, query: &str) -> bool {
        if query.len() > QUERY_MAX_BYTES {
            return false;
        }
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let Some(signature) = pairs.iter().find(|(key, _)| key == "signature") else { return false };
        let Some(signature) = signature_bytes(&signature.1) else { return false };
        let mut signed: Vec<_> =
            pairs.iter().filter(|(key, _)| key != "signature" && key != "signature_algorithm").collect();
        signed.sort();
        // Juspay's samples disagree on whether keys and values are encoded on their own first.
        let [encoded, plain] = [encode as fn(&str) -> String, str::to_owned].map(|part| {
            let joined: Vec<_> =
                signed.iter().map(|(key, value)| format!("{}={}", part(key), part(value))).collect();
            encode(&joined.join("&"))
        });
        self.matches(&encoded, &signature) | self.matches(&plain, &signature)
    }

    fn matches(&self, message: &str, signature: &[u8]) -> bool {
        Hmac::<Sha256>::new_from_slice(self.response_key.expose_secret())
            .is_ok_and(|mac| mac.chain_update(message.as_bytes()).verify_slice(signature).is_ok())
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// The signature's bytes, decoded until nothing is encoded any more. A bare `+` arrives as a space.
fn signature_bytes(received: &str) -> Option<Vec<u8>> {
    let mut text = received.to_owned();
    for _ in 0..DECODINGS_MAX {
        if !text.contains('%') {
            break;
        }
        text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    }
    STANDARD.decode(text.replace(' ', "+")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "E4AE0FDD0C8A4F3A9C7D";
    const SIGNATURE: &str = "MPCmlvzdq5ky7zyVBaE3x21QcApGN2Aw+YM/HXIw/1s=";

    fn check() -> ReturnSignature {
        ReturnSignature::new(SecretSlice::from(KEY.as_bytes().to_vec()))
    }

    fn query(status: &str, signature: &str) -> String {
        format!(
            "order_id=AAR0000001&status={status}&status_id=21&signature={signature}&signature_algorithm=HMAC-SHA256"
        )
    }

    #[test]
    fn a_signature_is_known_however_often_it_was_encoded() {
        let once = encode(SIGNATURE);
        let twice = encode(&once);
        for signature in [SIGNATURE, &once, &twice, &encode(&twice)] {
            assert!(check().verifies(&query("CHARGED", signature)), "{signature}");
        }
        let shuffled = format!("status_id=21&signature={twice}&status=CHARGED&order_id=AAR0000001");
        assert!(check().verifies(&shuffled));
    }

    #[test]
    fn anything_changed_is_refused() {
        let signature = encode(&encode(SIGNATURE));
        assert!(!check().verifies(&query("FAILED", &signature)));
        assert!(!check().verifies(&query("CHARGED", "")));
        assert!(!check().verifies(&query("CHARGED", &encode("AAAA"))));
        assert!(!check().verifies("order_id=AAR0000001&status=CHARGED&status_id=21"));
        assert!(!check().verifies(&format!("{}&extra=1", query("CHARGED", &signature))));
        assert!(!check().verifies(&format!("{}&pad={}", query("CHARGED", &signature), "x".repeat(5_000))));
        let other = ReturnSignature::new(SecretSlice::from(b"another key".to_vec()));
        assert!(!other.verifies(&query("CHARGED", &signature)));
    }

    #[test]
    fn values_with_marks_are_signed_either_way() {
        let sign = |message: &str| {
            let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
            let bytes = mac.chain_update(message.as_bytes()).finalize().into_bytes();
            encode(&encode(&STANDARD.encode(bytes)))
        };
        let encoded = sign(&encode(&format!("a={}", encode("x y&z"))));
        let plain = sign(&encode("a=x y&z"));
        for signature in [encoded, plain] {
            assert!(check().verifies(&format!("a=x%20y%26z&signature={signature}")));
        }
    }
}
