//! Seals the personal columns, so that a dump of the database tells nobody anything.
//!
//! Each row has a data key of its own, kept beside it wrapped by a versioned master key that lives outside the
//! database. Rotating the master key re-wraps data keys and touches no sealed column; destroying a row's data
//! key erases the person's data for good. Sealed values are AES-256-GCM with the table, column and row bound
//! in as associated data, so that a value copied to another place does not open there.

use aes_gcm::{
    Aes256Gcm, Key, KeyInit as _,
    aead::{Aead as _, Nonce, Payload},
};
use hmac::{Hmac, Mac as _};
use kernel::{Env, StoreError};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;
use std::collections::BTreeMap;
use uuid::Uuid;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// A table and a row in it: what a sealed value is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
}

/// The master keys: one in use, the others kept until every row is re-wrapped, or known before their time.
pub struct Vault {
    masters: BTreeMap<i16, Aes256Gcm>,
    current: i16,
    index: SecretSlice<u8>,
    env: Env,
}

/// The keys given are not fit for use.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// The master key in use is not among those given.
    #[error("the master key in use must be among those given")]
    NoKey,
    /// A key is not 32 bytes long.
    #[error("master key {0} must be exactly 32 bytes")]
    Length(i16),
    /// The index key is shorter than 32 bytes.
    #[error("the index key must be at least 32 bytes")]
    Index,
}

/// A row's data key as it stands in the row: opened only by the master key of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which master key wrapped it.
    pub version: i16,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// A row's data key, open: seals and opens that row's columns.
pub struct RowKey {
    cipher: Aes256Gcm,
    place: Place,
    env: Env,
}

impl Vault {
    /// A vault of master keys by version, of which the one in use wraps new rows and all open theirs, and the key
    /// of the look-up hashes.
    ///
    /// # Errors
    /// When a key is missing or has the wrong length.
    pub fn new(
        masters: &BTreeMap<i16, SecretSlice<u8>>,
        in_use: i16,
        index: SecretSlice<u8>,
        env: Env,
    ) -> Result<Self, VaultError> {
        let current = masters.contains_key(&in_use).then_some(in_use).ok_or(VaultError::NoKey)?;
        if index.expose_secret().len() < KEY_BYTES {
            return Err(VaultError::Index);
        }
        let masters = masters
            .iter()
            .map(|(version, key)| {
                let cipher = Aes256Gcm::new_from_slice(key.expose_secret());
                cipher.map(|cipher| (*version, cipher)).map_err(|_| VaultError::Length(*version))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { masters, current, index, env })
    }

    /// The version new rows are wrapped with.
    #[must_use]
    pub fn current_version(&self) -> i16 {
        self.current
    }

    /// The clock and randomness it seals with, for ports that are not told the time of a fact.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// A new data key for the row at `place`, and the form in which the row keeps it.
    ///
    /// # Errors
    /// Only if the cipher itself fails, which for values of our sizes it does not.
    pub fn new_row_key(&self, place: Place) -> Result<(RowKey, WrappedKey), StoreError> {
        let key: [u8; KEY_BYTES] = self.env.random();
        let wrapped = self.wrap(place, &key)?;
        Ok((self.row_key(place, &key), wrapped))
    }

    /// Opens the data key of the row at `place`.
    ///
    /// # Errors
    /// When its master key is not among ours, or it was wrapped for another place.
    pub fn open_row_key(&self, place: Place, wrapped: &WrappedKey) -> Result<RowKey, StoreError> {
        Ok(self.row_key(place, &self.unwrap(place, wrapped)?))
    }

    /// The same data key wrapped by the master key in use; `None` if it already is.
    ///
    /// # Errors
    /// As [`open_row_key`](Self::open_row_key).
    pub fn rewrap(&self, place: Place, wrapped: &WrappedKey) -> Result<Option<WrappedKey>, StoreError> {
        if wrapped.version == self.current {
            return Ok(None);
        }
        let key = self.unwrap(place, wrapped)?;
        self.wrap(place, &key).map(Some)
    }

    /// A keyed hash by which equal values of `kind` can be found without being readable.
    #[must_use]
    pub fn index(&self, kind: &'static str, value: &[u8]) -> Vec<u8> {
        // HMAC takes a key of any length, so this cannot fail; an empty hash would find nothing.
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.index.expose_secret()) else {
            return Vec::new();
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().to_vec()
    }

    fn wrap(&self, place: Place, key: &[u8]) -> Result<WrappedKey, StoreError> {
        let cipher = self.master(self.current)?;
        let bytes = seal(cipher, &self.env, key, &binding(place, "row_key"))?;
        Ok(WrappedKey { version: self.current, bytes })
    }

    fn unwrap(&self, place: Place, wrapped: &WrappedKey) -> Result<[u8; KEY_BYTES], StoreError> {
        let opened = open(self.master(wrapped.version)?, &wrapped.bytes, &binding(place, "row_key"))?;
        opened.try_into().map_err(|_| broken("a row key has the wrong length"))
    }

    fn row_key(&self, place: Place, key: &[u8; KEY_BYTES]) -> RowKey {
        RowKey { cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key)), place, env: self.env.clone() }
    }

    fn master(&self, version: i16) -> Result<&Aes256Gcm, StoreError> {
        self.masters.get(&version).ok_or_else(|| broken("a row is wrapped by a master key we were not given"))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("current", &self.current).finish_non_exhaustive()
    }
}

impl RowKey {
    /// Seals a value for `column` of this row.
    ///
    /// # Errors
    /// Only if the cipher itself fails.
    pub fn seal(&self, column: &'static str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        seal(&self.cipher, &self.env, value, &binding(self.place, column))
    }

    /// Opens what [`seal`](Self::seal) made for the same `column` of the same row.
    ///
    /// # Errors
    /// When it was sealed elsewhere or has been changed.
    pub fn open(&self, column: &'static str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.cipher, sealed, &binding(self.place, column))
    }

    /// [`seal`](Self::seal) for a value that may be absent.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_text(&self, column: &'static str, text: Option<&str>) -> Result<Option<Vec<u8>>, StoreError> {
        text.map(|text| self.seal(column, text.as_bytes())).transpose()
    }

    /// [`open`](Self::open) for text that may be absent.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when what was sealed is not text.
    pub fn open_text(
        &self,
        column: &'static str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>, StoreError> {
        let opened = sealed.map(|sealed| self.open(column, sealed)).transpose()?;
        opened
            .map(|bytes| String::from_utf8(bytes).map_err(|_| broken("a sealed text is not UTF-8")))
            .transpose()
    }
}

impl std::fmt::Debug for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowKey").field("place", &self.place).finish_non_exhaustive()
    }
}

fn binding(place: Place, column: &str) -> Vec<u8> {
    format!("{}\0{column}\0{}", place.table, place.row.simple()).into_bytes()
}

fn seal(cipher: &Aes256Gcm, env: &Env, value: &[u8], aad: &[u8]) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE_BYTES] = env.random();
    let sealed = cipher
        .encrypt(&Nonce::<Aes256Gcm>::from(nonce), Payload { msg: value, aad })
        .map_err(|_| broken("a value could not be sealed"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &Aes256Gcm, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (nonce, sealed) =
        sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| broken("a sealed value is too short"))?;
    cipher
        .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), Payload { msg: sealed, aad })
        .map_err(|_| broken("a sealed value does not open here"))
}

fn broken(what: &'static str) -> StoreError {
    crate::fault::inconsistent(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Master keys of which the last is in use.
    fn vault(versions: &[i16]) -> Vault {
        let masters =
            versions.iter().map(|v| (*v, SecretSlice::from(vec![u8::try_from(*v).unwrap(); 32]))).collect();
        let in_use = *versions.last().unwrap();
        Vault::new(&masters, in_use, SecretSlice::from(vec![9; 32]), Env::system()).unwrap()
    }

    fn place() -> Place {
        Place { table: "people", row: Uuid::from_u128(7) }
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        let vault = vault(&[1]);
        let (key, wrapped) = vault.new_row_key(place()).unwrap();
        let sealed = key.seal("name", "Asha".as_bytes()).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"Asha"));
        assert_eq!(key.open("name", &sealed).unwrap(), b"Asha");
        assert!(key.open("email", &sealed).is_err(), "another column");
        let other = Place { row: Uuid::from_u128(8), ..place() };
        assert!(vault.open_row_key(other, &wrapped).is_err(), "another row");
        let mut changed = sealed;
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert!(key.open("name", &changed).is_err(), "a changed value");
        assert!(key.open("name", b"short").is_err());
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        let (key, _) = vault(&[1]).new_row_key(place()).unwrap();
        assert_ne!(key.seal("name", b"Asha").unwrap(), key.seal("name", b"Asha").unwrap());
    }

    #[test]
    fn a_new_master_key_takes_rows_over_without_touching_values() {
        let (key, wrapped) = vault(&[1]).new_row_key(place()).unwrap();
        let sealed = key.seal("name", b"Asha").unwrap();
        let both = vault(&[1, 2]);
        let rewrapped = both.rewrap(place(), &wrapped).unwrap().unwrap();
        assert_eq!(rewrapped.version, 2);
        assert_eq!(both.rewrap(place(), &rewrapped).unwrap(), None, "already by the one in use");
        let only_new = vault(&[2]);
        assert!(only_new.open_row_key(place(), &wrapped).is_err());
        assert_eq!(
            only_new.open_row_key(place(), &rewrapped).unwrap().open("name", &sealed).unwrap(),
            b"Asha"
        );
    }

    #[test]
    fn two_steps_of_a_rotation_side_by_side_open_each_others_rows() {
        // The old one alone; the new one known; the new one in use; the old one gone once nothing is under it.
        let steps = [vault(&[1]), vault(&[2, 1]), vault(&[1, 2]), vault(&[2])];
        for (one, other) in [(0, 1), (1, 2), (2, 3)] {
            for (writer, reader) in [(one, other), (other, one)] {
                let (key, wrapped) = steps[writer].new_row_key(place()).unwrap();
                let sealed = key.seal("name", b"Asha").unwrap();
                let opened = steps[reader].open_row_key(place(), &wrapped).unwrap();
                assert_eq!(opened.open("name", &sealed).unwrap(), b"Asha", "{writer} for {reader}");
            }
        }
    }

    #[test]
    fn a_look_up_hash_depends_on_kind_value_and_key() {
        let vault = vault(&[1]);
        assert_eq!(vault.index("phone", b"+919876543210"), vault.index("phone", b"+919876543210"));
        assert_ne!(vault.index("phone", b"+919876543210"), vault.index("phone", b"+919876543211"));
        assert_ne!(vault.index("phone", b"+919876543210"), vault.index("aadhaar", b"+919876543210"));
    }

    #[test]
    fn unfit_keys_are_refused() {
        let key = |length| SecretSlice::from(vec![1; length]);
        let one = |length| BTreeMap::from([(1, key(length))]);
        let refusal =
            |masters, in_use, index| Vault::new(&masters, in_use, key(index), Env::system()).unwrap_err();
        assert_eq!(refusal(BTreeMap::new(), 1, 32), VaultError::NoKey);
        assert_eq!(refusal(one(32), 2, 32), VaultError::NoKey);
        assert_eq!(refusal(one(31), 1, 32), VaultError::Length(1));
        assert_eq!(refusal(one(32), 1, 31), VaultError::Index);
    }
}
