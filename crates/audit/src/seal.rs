//! Checkpoints: a keyed seal over the heads of all chains, so that whoever rewrites a chain and its head, or
//! drops both, is found out as long as they do not hold the key.

use crate::{ChainHash, ChainHead};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

const KEY_MIN_BYTES: usize = 32;

/// SHA-256 over the heads of the chains that grew since the last checkpoint, in order of their subjects.
#[derive(Default, Clone)]
pub struct CheckpointRoot {
    hasher: Sha256,
    chains: u64,
}

impl CheckpointRoot {
    /// Takes in one more head.
    pub fn add(&mut self, head: &ChainHead) {
        self.hasher.update(head.subject.uuid().as_bytes());
        self.hasher.update(head.length.to_be_bytes());
        self.hasher.update(head.hash.bytes());
        self.chains = self.chains.saturating_add(1);
    }

    /// How many heads it has taken in.
    #[must_use]
    pub const fn chains(&self) -> u64 {
        self.chains
    }

    /// The root of what it has taken in.
    #[must_use]
    pub fn finish(self) -> ChainHash {
        ChainHash::new(self.hasher.finalize().into())
    }
}

impl std::fmt::Debug for CheckpointRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckpointRoot").field("chains", &self.chains).finish_non_exhaustive()
    }
}

/// One checkpoint. Its seal covers the seal before it, so that checkpoints form a chain too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Counted from 1.
    pub number: u64,
    /// When it was made.
    pub at: OffsetDateTime,
    /// How many chains had grown.
    pub chains: u64,
    /// The root over their heads.
    pub root: ChainHash,
    /// Which key sealed it.
    pub key_version: i16,
    /// HMAC-SHA256 over all of this and the seal before it.
    pub seal: ChainHash,
}

/// The keys of the seals by version, kept outside the database; the one in use seals, and all check.
pub struct SealKeys {
    keys: BTreeMap<i16, Hmac<Sha256>>,
    current: i16,
}

/// The keys are not fit for use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealKeysError {
    /// The key in use is not among those given.
    #[error("the audit key in use must be among those given")]
    NoKey,
    /// One is too short.
    #[error("audit key {0} must have at least 32 bytes")]
    Short(i16),
}

impl SealKeys {
    /// Takes the keys by version, and the one that seals.
    ///
    /// # Errors
    /// When the one in use is not there or one is under 32 bytes.
    pub fn new(keys: &BTreeMap<i16, SecretSlice<u8>>, in_use: i16) -> Result<Self, SealKeysError> {
        let current = keys.contains_key(&in_use).then_some(in_use).ok_or(SealKeysError::NoKey)?;
        let macs = keys.iter().map(|(version, key)| {
            let key = key.expose_secret();
            let fit = (key.len() >= KEY_MIN_BYTES).then(|| Hmac::new_from_slice(key).ok()).flatten();
            fit.map(|mac| (*version, mac)).ok_or(SealKeysError::Short(*version))
        });
        Ok(Self { keys: macs.collect::<Result<_, _>>()?, current })
    }

    /// The checkpoint that follows `previous`, sealed; `None` when no chain has grown.
    #[must_use]
    pub fn seal(
        &self,
        previous: Option<&Checkpoint>,
        at: OffsetDateTime,
        root: CheckpointRoot,
    ) -> Option<Checkpoint> {
        let chains = root.chains();
        if chains == 0 {
            return None;
        }
        let mut checkpoint = Checkpoint {
            number: previous.map_or(0, |previous| previous.number).saturating_add(1),
            at,
            chains,
            root: root.finish(),
            key_version: self.current,
            seal: ChainHash::GENESIS,
        };
        checkpoint.seal = self.computed(previous.map(|previous| &previous.seal), &checkpoint)?;
        Some(checkpoint)
    }

    /// Whether `checkpoint` was sealed with one of these keys after the checkpoint whose seal is `previous`.
    #[must_use]
    pub fn holds(&self, previous: Option<&ChainHash>, checkpoint: &Checkpoint) -> bool {
        self.computed(previous, checkpoint)
            .is_some_and(|seal| seal.bytes().ct_eq(checkpoint.seal.bytes()).into())
    }

    fn computed(&self, previous: Option<&ChainHash>, checkpoint: &Checkpoint) -> Option<ChainHash> {
        let mut mac = self.keys.get(&checkpoint.key_version)?.clone();
        mac.update(previous.unwrap_or(&ChainHash::GENESIS).bytes());
        mac.update(&checkpoint.number.to_be_bytes());
        mac.update(&checkpoint.at.unix_timestamp_nanos().div_euclid(1_000).to_be_bytes());
        mac.update(&checkpoint.chains.to_be_bytes());
        mac.update(checkpoint.root.bytes());
        mac.update(&checkpoint.key_version.to_be_bytes());
        Some(ChainHash::new(mac.finalize().into_bytes().into()))
    }
}

impl std::fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKeys").field("current", &self.current).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{UserId, uuid::Uuid};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    /// Keys of which the last is in use.
    fn keys(secrets: &[(i16, u8)]) -> SealKeys {
        let keys = secrets.iter().map(|(version, byte)| (*version, SecretSlice::from(vec![*byte; 32])));
        SealKeys::new(&keys.collect(), secrets.last().unwrap().0).unwrap()
    }

    fn root(length: u64) -> CheckpointRoot {
        let mut root = CheckpointRoot::default();
        let subject = UserId::new(Uuid::from_u128(7));
        root.add(&ChainHead { subject, length, hash: ChainHash::new([1; 32]) });
        root
    }

    #[test]
    fn nothing_new_needs_no_seal() {
        assert_eq!(keys(&[(1, 1)]).seal(None, NOW, CheckpointRoot::default()), None);
    }

    #[test]
    fn a_seal_holds_for_what_was_sealed_and_nothing_else() {
        let keys = keys(&[(1, 1)]);
        let first = keys.seal(None, NOW, root(1)).unwrap();
        let second = keys.seal(Some(&first), NOW, root(2)).unwrap();
        assert!(keys.holds(None, &first));
        assert!(keys.holds(Some(&first.seal), &second));
        assert!(!keys.holds(None, &second), "a checkpoint before it was dropped");
        assert!(!keys.holds(None, &Checkpoint { root: root(3).finish(), ..first.clone() }));
        assert!(!keys.holds(None, &Checkpoint { chains: 2, ..first }));
    }

    #[test]
    fn keys_rotate_and_a_forger_has_none() {
        let old = keys(&[(1, 1)]).seal(None, NOW, root(1)).unwrap();
        assert!(keys(&[(1, 1), (2, 2)]).holds(None, &old));
        assert_eq!(keys(&[(1, 1), (2, 2)]).seal(Some(&old), NOW, root(2)).unwrap().key_version, 2);
        assert!(!keys(&[(2, 2)]).holds(None, &old), "its key is unknown");
        assert!(!keys(&[(1, 9)]).holds(None, &old), "sealed with another key");
    }

    #[test]
    fn two_steps_of_a_rotation_side_by_side_check_each_others_seals() {
        let steps = [keys(&[(1, 1)]), keys(&[(2, 2), (1, 1)]), keys(&[(1, 1), (2, 2)])];
        for (one, other) in [(0, 1), (1, 2)] {
            for (sealer, checker) in [(one, other), (other, one)] {
                let checkpoint = steps[sealer].seal(None, NOW, root(1)).unwrap();
                assert_eq!(checkpoint.key_version, if sealer == 2 { 2 } else { 1 });
                assert!(steps[checker].holds(None, &checkpoint), "{sealer} for {checker}");
            }
        }
    }

    #[test]
    fn unfit_keys_are_refused() {
        assert_eq!(SealKeys::new(&BTreeMap::new(), 1).unwrap_err(), SealKeysError::NoKey);
        let keys = |length| BTreeMap::from([(1, SecretSlice::from(vec![1; length]))]);
        assert_eq!(SealKeys::new(&keys(32), 2).unwrap_err(), SealKeysError::NoKey);
        assert_eq!(SealKeys::new(&keys(31), 1).unwrap_err(), SealKeysError::Short(1));
    }
}
