//! The names by which money and wallets are known across systems, so that a retry names the same thing.

use crate::fault;
use kernel::{Detail, Entry, Fault, UserId, catalogue};

/// Longest reference; an issuer's duplicate guard must be able to hold it too.
const REFERENCE_MAX_BYTES: usize = 64;

/// Longest wallet id of an issuer.
const WALLET_ID_MAX_BYTES: usize = 64;

kernel::id! {
    /// One transfer of the ledger; clients know it as `transaction_id`.
    TransferId
}

/// What makes a transfer happen once: chosen by whoever moves the money, derived from what it is for.
///
/// 1–64 ASCII letters, digits, `-`, `_`, `.` and `:`, beginning with a letter or digit, such as `topup:AAR0001`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

/// The text cannot be a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a reference")]
pub struct ReferenceError;

impl Fault for ReferenceError {
    fn entry(&self) -> Entry {
        catalogue::VALIDATION_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![
            ("field", "reference".into()),
            ("constraint", "1 to 64 letters, digits, - _ . and :, the first a letter or digit".into()),
        ]
    }
}

impl Reference {
    /// Types a reference.
    ///
    /// # Errors
    /// When it is empty, too long or holds other characters.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let fits = text.len() <= REFERENCE_MAX_BYTES
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        fits.then(|| Self(text.to_owned())).ok_or(ReferenceError)
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The issuer's own id of a wallet, such as `wlm_jUT7wpiZAkpFFvaT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct WalletId(String);

/// The text cannot be a wallet's id, so there is no such wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a wallet")]
pub struct WalletIdError;

impl Fault for WalletIdError {
    fn entry(&self) -> Entry {
        fault::WALLET_NOT_FOUND
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

impl WalletId {
    /// Types a wallet's id: 1–64 ASCII letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, WalletIdError> {
        let fits = (1..=WALLET_ID_MAX_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        fits.then(|| Self(text.to_owned())).ok_or(WalletIdError)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for WalletId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// By which the issuer knows the holder of a wallet: follows from the user's id, so that a retry of a call
/// whose answer was lost can never open a second wallet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HolderRef {
    user_id: UserId,
    text: String,
}

impl HolderRef {
    /// The reference of a person.
    #[must_use]
    pub fn of(user_id: UserId) -> Self {
        Self { user_id, text: format!("aar{}", user_id.uuid().simple()) }
    }

    /// Whose it is.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The reference as text: `aar` and 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for HolderRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::uuid::Uuid;

    #[test]
    fn references_are_short_and_plain() {
        for right in ["topup:AAR0001", "a", "0-1_2.3:4", &"x".repeat(64)] {
            assert!(Reference::parse(right).is_ok(), "{right}");
        }
        for wrong in ["", " a", "=1+1", "-a", ":a", "a b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(Reference::parse(wrong), Err(ReferenceError), "{wrong}");
        }
    }

    #[test]
    fn wallet_ids_are_short_and_plain() {
        assert!(WalletId::parse("wlm_jUT7wpiZAkpFFvaT").is_ok());
        for wrong in ["", "wlm/1", "wlm 1", "../..", &"x".repeat(65)] {
            assert_eq!(WalletId::parse(wrong), Err(WalletIdError), "{wrong}");
        }
    }

    #[test]
    fn the_same_person_always_has_the_same_reference() {
        let user = UserId::new(Uuid::from_u128(7));
        assert_eq!(HolderRef::of(user), HolderRef::of(user));
        assert_eq!(HolderRef::of(user).as_str(), "aar00000000000000000000000000000007");
    }
}
