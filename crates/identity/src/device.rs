//! The device a person signs in from: what it calls itself, and the key by which it is known again.

use crate::{FieldError, FieldRule, Phone};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Masked;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// Longest name of a device, in characters.
const INFO_MAX_CHARS: usize = 255;

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
    /// When it is longer than 255 characters or holds control characters.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let text = text.trim();
        if text.chars().count() > INFO_MAX_CHARS || text.chars().any(char::is_control) {
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

/// Names a device together with a phone number, without telling either: a keyed hash of the two.
///
/// It is as hard to guess as the device's name: an app that puts a random installation id into the name keeps
/// strangers out of its owner's budgets altogether.
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

    /// The key of the device called `info` in the hands of the owner of `phone`.
    #[must_use]
    pub fn key(&self, phone: &Phone, info: &DeviceInfo) -> DeviceKey {
        let mut mac = self.mac.clone();
        mac.update(phone.e164().as_bytes());
        mac.update(&[0]);
        mac.update(info.expose().as_bytes());
        DeviceKey::new(mac.finalize().into_bytes().into())
    }
}

/// On whose account a code is asked for or tried. Each has budgets of its own, so that a stranger who knows
/// the number cannot use up its owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Anybody: no device was named, or it never signed in with this number.
    Stranger,
    /// A device that has signed in with this number before.
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
        assert_eq!(DeviceInfo::parse("a\u{7}b"), Err(UNFIT));
        assert!(!format!("{:?}", info("Asha's Pixel")).contains("Asha"));
    }

    #[test]
    fn a_key_depends_on_number_name_and_secret() {
        let keys = DeviceKeys::new(&SecretSlice::from(vec![1; 32])).unwrap();
        let others = DeviceKeys::new(&SecretSlice::from(vec![2; 32])).unwrap();
        let (asha, ravi) = (Phone::parse("9876543210").unwrap(), Phone::parse("9876543211").unwrap());
        let key = keys.key(&asha, &info("Pixel"));
        assert_eq!(key, keys.key(&asha, &info("Pixel")));
        assert_ne!(key, keys.key(&asha, &info("Redmi")));
        assert_ne!(key, keys.key(&ravi, &info("Pixel")));
        assert_ne!(key, others.key(&asha, &info("Pixel")));
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(DeviceKeys::new(&SecretSlice::from(vec![1; 31])).is_err());
    }
}
