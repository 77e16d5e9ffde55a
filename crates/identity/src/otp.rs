//! One-time codes: how they are drawn, and how they are kept so that a stolen table tells none of them.
//!
//! A six-digit code has only a million forms, and no work factor saves it: all of them are tried in seconds
//! against any unkeyed hash. What protects it is a pepper that lives outside the database (Argon2id's own
//! `secret` input), ten minutes, and five attempts; so the cost may be light.

use crate::{FieldError, FieldRule};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use kernel::{Env, Masked};
use secrecy::{ExposeSecret as _, SecretSlice};
use std::collections::BTreeMap;
use strum::IntoStaticStr;
use subtle::ConstantTimeEq as _;
use time::Duration;

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const PEPPER_MIN_BYTES: usize = 32;

/// How many digits a code has: 4–8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLength(u8);

impl CodeLength {
    /// Six digits.
    pub const SIX: Self = Self(6);

    /// So many digits, or `None` unless within 4–8.
    #[must_use]
    pub fn parse(digits: u8) -> Option<Self> {
        (4..=8).contains(&digits).then_some(Self(digits))
    }

    /// The number of digits.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

/// A code as its owner reads it from the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpCode(Masked<String>);

impl OtpCode {
    /// Reads a code of exactly so many ASCII digits. What has not the form of one costs no attempt.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str, digits: CodeLength) -> Result<Self, FieldError> {
        let fits = text.len() == usize::from(digits.0) && text.bytes().all(|byte| byte.is_ascii_digit());
        let rule = FieldRule::Count { how: "exactly", many: digits.0.into(), of: "digits" };
        if fits { Ok(Self(Masked::new(text.to_owned()))) } else { Err(FieldError { field: "otp", rule }) }
    }

    /// Draws a code, every one equally likely.
    #[must_use]
    pub fn draw(env: &Env, digits: CodeLength) -> Self {
        let number = env.below(10_u32.saturating_pow(digits.0.into()));
        Self(Masked::new(format!("{number:0width$}", width = usize::from(digits.0))))
    }

    /// The digits: only for the message to its owner, and for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Where codes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// Each is drawn at random: the only source outside the sandbox.
    Random,
    /// Always this one: for the sandbox, whose gateway alone sets it.
    Fixed(OtpCode),
}

/// A way into the product with codes of its own form; a person has at most one open challenge in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Surface {
    /// The app's own sign-in, `/auth`.
    App,
    /// The patients' sign-in of the second document, `/api/v1/auth/patient`.
    Patient,
}

/// What codes look like and how long and how often they may be tried, per way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpPolicy {
    /// The way in that this is for.
    pub surface: Surface,
    /// How many digits.
    pub digits: CodeLength,
    /// How long a code is good for.
    pub life: Duration,
    /// How many codes may be tried against one challenge in each lane.
    pub attempts_max: u8,
    /// Where codes come from.
    pub source: CodeSource,
}

impl OtpPolicy {
    /// The app's: six random digits, ten minutes, five attempts.
    #[must_use]
    pub const fn app() -> Self {
        Self {
            surface: Surface::App,
            digits: CodeLength::SIX,
            life: Duration::minutes(10),
            attempts_max: 5,
            source: CodeSource::Random,
        }
    }

    /// A code for a new challenge.
    #[must_use]
    pub fn code(&self, env: &Env) -> OtpCode {
        match &self.source {
            CodeSource::Random => OtpCode::draw(env, self.digits),
            CodeSource::Fixed(code) => code.clone(),
        }
    }
}

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl HashCost {
    /// 1 MiB, one pass, one lane: about a millisecond. See the top of this file for why it may be light.
    pub const LIGHT: Self = Self { memory_kib: 1024, passes: 1, lanes: 1 };

    /// The dearest a stored hash may ask for; more means that the row was tampered with.
    const DEAREST: Self = Self { memory_kib: 64 * 1024, passes: 8, lanes: 4 };

    fn params(self) -> Option<Params> {
        let most = Self::DEAREST;
        let fits =
            self.memory_kib <= most.memory_kib && self.passes <= most.passes && self.lanes <= most.lanes;
        fits.then(|| Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES)).ok()).flatten()
    }
}

/// A code as it is kept: Argon2id of code and pepper, with what is needed to compute it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeHash {
    pepper: u16,
    cost: HashCost,
    salt: Masked<[u8; SALT_BYTES]>,
    hash: Masked<[u8; HASH_BYTES]>,
}

impl CodeHash {
    /// The form in which it is stored: `$argon2id$v=19$m=…,t=…,p=…,keyid=…$salt$hash`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let HashCost { memory_kib, passes, lanes } = self.cost;
        let (salt, hash) =
            (STANDARD_NO_PAD.encode(self.salt.expose()), STANDARD_NO_PAD.encode(self.hash.expose()));
        let pepper = self.pepper;
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes},keyid={pepper}${salt}${hash}")
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (parameters, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = parameters.split(',');
        let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let cost = HashCost { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
        let pepper = u16::try_from(number("keyid=")?).ok()?;
        let salt = Masked::new(STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?);
        let hash = Masked::new(STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?);
        parts.next().is_none().then_some(Self { pepper, cost, salt, hash })
    }
}

/// The peppers by id, the one in use, and what a hash costs: turns codes into hashes and compares them.
#[derive(Debug)]
pub struct CodeHashing {
    peppers: BTreeMap<u16, SecretSlice<u8>>,
    current: u16,
    cost: HashCost,
}

/// The peppers or the cost are not fit for use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeHashingError {
    /// The pepper in use is not among those given.
    #[error("the pepper in use must be among those given")]
    NoPepper,
    /// A pepper is too short.
    #[error("pepper {0} must have at least 32 bytes")]
    ShortPepper(u16),
    /// Argon2 refuses the cost, or it is beyond 64 MiB, 8 passes, 4 lanes.
    #[error("the cost of a code's hash is out of range")]
    Cost,
}

impl CodeHashing {
    /// Takes peppers by id: the one in use hashes new codes, and all compare what any of them hashed, be it an
    /// older one or one that other instances use already.
    ///
    /// # Errors
    /// When the one in use is not there, one is under 32 bytes, or the cost is out of range.
    pub fn new(
        peppers: BTreeMap<u16, SecretSlice<u8>>,
        in_use: u16,
        cost: HashCost,
    ) -> Result<Self, CodeHashingError> {
        let current = peppers.contains_key(&in_use).then_some(in_use).ok_or(CodeHashingError::NoPepper)?;
        let short = peppers.iter().find(|(_, pepper)| pepper.expose_secret().len() < PEPPER_MIN_BYTES);
        if let Some((id, _)) = short {
            return Err(CodeHashingError::ShortPepper(*id));
        }
        cost.params().ok_or(CodeHashingError::Cost)?;
        Ok(Self { peppers, current, cost })
    }

    /// Hashes a new code under the pepper in use. Takes about a millisecond of a core.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn hash(&self, code: &OtpCode, salt: [u8; SALT_BYTES]) -> Result<CodeHash, HashError> {
        let hash = Masked::new(self.argon2id(code, self.current, self.cost, &salt)?);
        Ok(CodeHash { pepper: self.current, cost: self.cost, salt: Masked::new(salt), hash })
    }

    /// Whether `code` is the one that was hashed, found out in a time that does not depend on it. A hash under
    /// a pepper that has been withdrawn matches nothing.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn matches(&self, code: &OtpCode, kept: &CodeHash) -> Result<bool, HashError> {
        if !self.peppers.contains_key(&kept.pepper) {
            return Ok(false);
        }
        let hash = self.argon2id(code, kept.pepper, kept.cost, kept.salt.expose())?;
        Ok(hash.ct_eq(kept.hash.expose()).into())
    }

    fn argon2id(
        &self,
        code: &OtpCode,
        pepper: u16,
        cost: HashCost,
        salt: &[u8],
    ) -> Result<[u8; HASH_BYTES], HashError> {
        let pepper = self.peppers.get(&pepper).ok_or(HashError)?.expose_secret();
        let params = cost.params().ok_or(HashError)?;
        let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
            .map_err(|_| HashError)?;
        let mut hash = [0; HASH_BYTES];
        argon2.hash_password_into(code.expose().as_bytes(), salt, &mut hash).map_err(|_| HashError)?;
        Ok(hash)
    }
}

/// A hash could not be computed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code's hash could not be computed")]
pub struct HashError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const CHEAP: HashCost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };

    /// Peppers of which the last is in use.
    fn hashing(ids: &[u16]) -> CodeHashing {
        let pepper = |id: &u16| (*id, SecretSlice::from(vec![u8::try_from(*id).unwrap(); 32]));
        CodeHashing::new(ids.iter().map(pepper).collect(), *ids.last().unwrap(), CHEAP).unwrap()
    }

    fn code(text: &str) -> OtpCode {
        OtpCode::parse(text, CodeLength(u8::try_from(text.len()).unwrap())).unwrap()
    }

    #[test]
    fn a_code_is_exactly_so_many_ascii_digits() {
        assert!(OtpCode::parse("012345", CodeLength::SIX).is_ok());
        for wrong in ["", "12345", "1234567", "12345a", " 12345", "१२३४५६", "12345\u{0}"] {
            assert!(OtpCode::parse(wrong, CodeLength::SIX).is_err(), "{wrong}");
        }
        assert_eq!(CodeLength::parse(3), None);
        assert_eq!(CodeLength::parse(9), None);
    }

    #[test]
    fn codes_are_drawn_with_leading_zeros_and_spread() {
        let env = Env::system();
        let draws: BTreeSet<_> =
            (0..200).map(|_| OtpCode::draw(&env, CodeLength::SIX).expose().to_owned()).collect();
        assert!(draws.iter().all(|draw| draw.len() == 6));
        assert!(draws.len() > 190, "a million codes hardly collide in 200 draws");
        let first: BTreeSet<_> = draws.iter().map(|draw| draw.chars().next()).collect();
        assert_eq!(first.len(), 10, "every leading digit occurs");
    }

    #[test]
    fn the_right_code_matches_and_others_do_not() {
        let hashing = hashing(&[1]);
        let kept = hashing.hash(&code("123456"), [7; 16]).unwrap();
        assert_eq!(hashing.matches(&code("123456"), &kept), Ok(true));
        assert_eq!(hashing.matches(&code("123457"), &kept), Ok(false));
    }

    #[test]
    fn the_same_code_never_looks_the_same_twice() {
        let hashing = hashing(&[1]);
        let (a, b) = (hashing.hash(&code("123456"), [1; 16]), hashing.hash(&code("123456"), [2; 16]));
        assert_ne!(a.unwrap().hash, b.unwrap().hash);
    }

    #[test]
    fn a_stolen_table_is_useless_without_the_pepper() {
        let kept = hashing(&[1]).hash(&code("1234"), [7; 16]).unwrap();
        let thief = CodeHashing::new(BTreeMap::from([(1, SecretSlice::from(vec![9; 32]))]), 1, CHEAP);
        let thief = thief.unwrap();
        for guess in 0..10_000 {
            assert_eq!(thief.matches(&code(&format!("{guess:04}")), &kept), Ok(false));
        }
    }

    #[test]
    fn peppers_rotate() {
        let kept = hashing(&[1]).hash(&code("123456"), [7; 16]).unwrap();
        let both = hashing(&[1, 2]);
        assert_eq!(both.matches(&code("123456"), &kept), Ok(true));
        assert_eq!(both.hash(&code("123456"), [7; 16]).unwrap().pepper, 2);
        assert_eq!(hashing(&[2]).matches(&code("123456"), &kept), Ok(false), "withdrawn");
    }

    #[test]
    fn two_steps_of_a_rotation_side_by_side_compare_each_others_codes() {
        // The old one alone; the new one known; the new one in use; the old one gone once nothing is under it.
        let steps = [hashing(&[1]), hashing(&[2, 1]), hashing(&[1, 2]), hashing(&[2])];
        let under = [1, 1, 2, 2];
        for (one, other) in [(0, 1), (1, 2), (2, 3)] {
            for (writer, reader) in [(one, other), (other, one)] {
                let kept = steps[writer].hash(&code("123456"), [7; 16]).unwrap();
                assert_eq!(kept.pepper, under[writer]);
                let read = steps[reader].matches(&code("123456"), &kept);
                assert_eq!(read, Ok(true), "{writer} for {reader}");
            }
        }
    }

    #[test]
    fn debug_shows_neither_pepper_nor_hash() {
        let hashing = hashing(&[7]);
        let kept = hashing.hash(&code("123456"), [9; 16]).unwrap();
        let shown = format!("{hashing:?} {kept:?}");
        assert!(shown.contains("REDACTED") && shown.contains("salt: [masked], hash: [masked]"), "{shown}");
        assert!(!shown.contains("7, 7") && !shown.contains("9, 9"), "{shown}");
    }

    #[test]
    fn unfit_peppers_and_costs_are_refused() {
        let one = |length| BTreeMap::from([(1, SecretSlice::from(vec![1; length]))]);
        for (peppers, in_use) in [(BTreeMap::new(), 1), (one(32), 2)] {
            let refused = CodeHashing::new(peppers, in_use, HashCost::LIGHT).unwrap_err();
            assert_eq!(refused, CodeHashingError::NoPepper);
        }
        let short = CodeHashing::new(one(31), 1, HashCost::LIGHT).unwrap_err();
        assert_eq!(short, CodeHashingError::ShortPepper(1));
        for cost in [
            HashCost { memory_kib: 0, ..HashCost::LIGHT },
            HashCost { memory_kib: 1 << 20, ..HashCost::LIGHT },
            HashCost { passes: 0, ..HashCost::LIGHT },
        ] {
            assert_eq!(CodeHashing::new(one(32), 1, cost).unwrap_err(), CodeHashingError::Cost);
        }
    }

    proptest! {
        #[test]
        fn a_stored_hash_reads_back(pepper in any::<u16>(), salt in any::<[u8; 16]>(), hash in any::<[u8; 32]>()) {
            let kept = CodeHash {
                pepper,
                cost: HashCost::LIGHT,
                salt: Masked::new(salt),
                hash: Masked::new(hash),
            };
            prop_assert_eq!(CodeHash::from_text(&kept.to_text()), Some(kept));
        }

        #[test]
        fn reading_a_hash_never_fails_otherwise(text in "\\PC{0,80}") {
            prop_assert_eq!(CodeHash::from_text(&text), None);
        }
    }
}
