//! The signature of Twilio's status callbacks.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;

/// Whether `signature`, the header `X-Twilio-Signature`, is Twilio's for a form posted to `url`, which is the
/// whole address as Twilio knows it. Compared in constant time.
///
/// Twilio signs the address followed by each field's name and value, in the order of their names, with
/// HMAC-SHA1 under our account's token.
#[must_use]
pub fn is_genuine(auth_token: &SecretString, url: &str, form: &[(String, String)], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(auth_token.expose_secret().as_bytes()) else { return false };
    let mut fields: Vec<_> = form.iter().collect();
    fields.sort();
    let signed = fields
        .iter()
        .fold(mac.chain_update(url), |mac, (name, value)| mac.chain_update(name).chain_update(value));
    signed.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";

    /// Twilio's published example.
    fn form() -> Vec<(String, String)> {
        [
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    fn genuine(token: &str, url: &str, form: &[(String, String)], signature: &str) -> bool {
        is_genuine(&SecretString::from(token), url, form, signature)
    }

    #[test]
    fn twilios_own_example_is_genuine() {
        assert!(genuine("12345", URL, &form(), SIGNATURE));
    }

    #[test]
    fn anything_else_is_not() {
        assert!(!genuine("12346", URL, &form(), SIGNATURE));
        assert!(!genuine("12345", "https://mycompany.com/myapp.php?foo=1", &form(), SIGNATURE));
        assert!(!genuine("12345", URL, &form()[1..], SIGNATURE));
        let mut changed = form();
        changed[3].1 = "1235".to_owned();
        assert!(!genuine("12345", URL, &changed, SIGNATURE));
        for signature in ["", "0/KC", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert!(!genuine("12345", URL, &form(), signature), "{signature}");
        }
    }
}
