//! The device a person signs in from: what it calls itself, and the token by which it is known again.

use crate::{FieldError, FieldRule, Phone};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Env, Masked};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// Longest text a device may say, in characters.
const TEXT_MAX_CHARS: usize = 255;

const TOKEN_VERSION: u8 = 1;
const TOKEN_BYTES: usize = 32;

/// Fewest bytes of a secret under which devices are remembered.
const SECRET_MIN_BYTES: usize = 32;

/// What a device calls itself, such as `Pixel 7, Android 15`; masked, since people name phones after
/// themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo(Masked<String>);

const UNFIT: FieldError = FieldError {
    field: "device_info",
    rule: FieldRule::Form("at most 255 characters, no control characters"),
};

impl DeviceInfo {
    /// Types a device's name as the device sent it; a blank one tells nothing and so is `None`.
    ///
    /// # Errors
    /// When it is longer than 255 characters as it was sent, or holds control characters within.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let sent_chars = text.chars().count();
        let text = text.trim();
        if sent_chars > TEXT_MAX_CHARS || text.chars().any(char::is_control) {
            return Err(UNFIT);
        }
        Ok((!text.is_empty()).then(|| Self(Masked::new(text.to_owned()))))
    }

    /// The name, for its owner's list of devices.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What a device shows to be known again: drawn when it signs in, kept by it alone, good for one number.
///
/// The text is 33 bytes in base64url without padding, 44 characters: a version and 256 random bits. It opens nothing;
/// it only tells the owner's device from strangers, so it outlives the session it was drawn for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceToken(Masked<[u8; TOKEN_BYTES]>);

impl DeviceToken {
    /// A token nobody has.
    #[must_use]
    pub fn draw(env: &Env) -> Self {
        Self(Masked::new(env.random()))
    }

    /// Reads a token as a device sent it. One that cannot be a token is `None`, and its device a stranger, as with any
    /// token we did not give: a device that spoilt its token still signs in.
    ///
    /// # Errors
    /// When it is longer than 255 characters.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        if text.chars().count() > TEXT_MAX_CHARS {
            let rule = FieldRule::Form("at most 255 characters");
            return Err(FieldError { field: "device_token", rule });
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let token = bytes.split_first().filter(|(version, _)| **version == TOKEN_VERSION);
        Ok(token.and_then(|(_, bits)| bits.try_into().ok()).map(Masked::new).map(Self))
    }

    /// The text, for the device alone.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode([[TOKEN_VERSION].as_slice(), self.0.expose()].concat())
    }
}

/// A device's token together with a phone number, without telling either: a keyed hash of the two, and all that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceKey(Masked<[u8; 32]>);

impl DeviceKey {
    /// The key as a store keeps it.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Masked::new(bytes))
    }

    /// The bare bytes, for storage.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// Makes [`DeviceKey`]s under one secret.
pub struct DeviceKeys {
    mac: Hmac<Sha256>,
}

/// The secret is shorter than 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret under which devices are remembered must have at least 32 bytes")]
pub struct DeviceSecretError;

impl DeviceKeys {
    /// Takes the secret; changing it makes every device a stranger again.
    ///
    /// # Errors
    /// When it is shorter than 32 bytes.
    pub fn new(secret: &SecretSlice<u8>) -> Result<Self, DeviceSecretError> {
        let secret = secret.expose_secret();
        if secret.len() < SECRET_MIN_BYTES {
            return Err(DeviceSecretError);
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| DeviceSecretError)?;
        Ok(Self { mac })
    }

    /// The key of the device that holds `token`, in the hands of the owner of `phone`.
    #[must_use]
    pub fn key(&self, phone: &Phone, token: &DeviceToken) -> DeviceKey {
        let mut mac = self.mac.clone();
        mac.update(phone.e164().as_bytes());
        // Keys were once made of names, after a 0: nobody may name a device so that it gets such a key.
        mac.update(&[TOKEN_VERSION]);
        mac.update(token.0.expose());
        DeviceKey::new(mac.finalize().into_bytes().into())
    }
}

/// On whose account a code is asked for or tried. Each has codes and budgets of its own, so that a stranger who knows
/// the number can neither use up its owner's nor replace them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Anybody: no token was shown, or none that we know for this number.
    Stranger,
    /// A device that has signed in with this number before, and shows its token.
    KnownDevice(DeviceKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(text: &str) -> DeviceInfo {
        DeviceInfo::parse(text).unwrap().unwrap()
    }

    #[test]
    fn names_are_bounded_and_blank_ones_are_none() {
        assert_eq!(DeviceInfo::parse(" \u{2003}"), Ok(None));
        assert_eq!(info(" Asha's Pixel ").expose(), "Asha's Pixel");
        assert!(DeviceInfo::parse(&"फ".repeat(255)).is_ok());
        assert_eq!(DeviceInfo::parse(&"a".repeat(256)), Err(UNFIT));
        assert_eq!(
            DeviceInfo::parse(&format!("\u{3000}{}", "a".repeat(255))),
            Err(UNFIT),
            "counted as it was sent"
        );
        assert_eq!(DeviceInfo::parse("a\u{7}b"), Err(UNFIT));
        assert!(!format!("{:?}", info("Asha's Pixel")).contains("Asha"));
    }

    fn token(byte: u8) -> DeviceToken {
        DeviceToken(Masked::new([byte; TOKEN_BYTES]))
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_shows_nothing() {
        let drawn = DeviceToken::draw(&Env::system());
        assert_eq!(drawn.expose().len(), 44);
        assert_eq!(DeviceToken::parse(&drawn.expose()), Ok(Some(drawn.clone())));
        assert_ne!(drawn, DeviceToken::draw(&Env::system()));
        assert!(!format!("{drawn:?}").contains(&drawn.expose()));
    }

    #[test]
    fn what_is_no_token_is_a_strangers() {
        let good = token(7).expose();
        let other_version = URL_SAFE_NO_PAD.encode([2; 33]);
        let padded = format!("{good}=");
        for text in ["", "Redmi 12", &good[1..], &padded, &other_version, &"A".repeat(255), "फ\u{7}"] {
            assert_eq!(DeviceToken::parse(text), Ok(None), "{text}");
        }
        assert!(DeviceToken::parse(&"A".repeat(256)).is_err());
    }

    #[test]
    fn a_key_depends_on_number_token_and_secret() {
        let keys = DeviceKeys::new(&SecretSlice::from(vec![1; 32])).unwrap();
        let others = DeviceKeys::new(&SecretSlice::from(vec![2; 32])).unwrap();
        let (asha, ravi) = (Phone::parse("9876543210").unwrap(), Phone::parse("9876543211").unwrap());
        let key = keys.key(&asha, &token(1));
        assert_eq!(key, keys.key(&asha, &token(1)));
        assert_ne!(key, keys.key(&asha, &token(2)));
        assert_ne!(key, keys.key(&ravi, &token(1)));
        assert_ne!(key, others.key(&asha, &token(1)));
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(DeviceKeys::new(&SecretSlice::from(vec![1; 31])).is_err());
    }
}
