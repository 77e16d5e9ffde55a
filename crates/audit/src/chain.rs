//! The chain: each entry's hash covers the one before it, so that no entry can be changed, moved or taken out
//! unseen.

use crate::Entry;
use kernel::UserId;
use sha2::{Digest as _, Sha256};

/// SHA-256 of an entry and all before it in its chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What stands before the first entry of every chain.
    pub const GENESIS: Self = Self([0; 32]);

    /// A hash as it was stored.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A hash as it was stored, `None` unless it is 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bare bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for ChainHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChainHash({self})")
    }
}

/// Where a chain ends: its length and the hash of its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Whose chain.
    pub subject: UserId,
    /// How many entries it has.
    pub length: u64,
    /// The last entry's hash.
    pub hash: ChainHash,
}

impl ChainHead {
    /// The head of a chain that has no entry yet.
    #[must_use]
    pub const fn genesis(subject: UserId) -> Self {
        Self { subject, length: 0, hash: ChainHash::GENESIS }
    }
}

/// An entry as it stands in its subject's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// What it tells.
    pub entry: Entry,
    /// Its place in the chain, from 1.
    pub place: u64,
    /// The hash before it.
    pub previous: ChainHash,
    /// Its own hash, as it was stored.
    pub hash: ChainHash,
}

impl ChainEntry {
    /// What `entry` becomes after `head`, the head of its subject's chain.
    #[must_use]
    pub fn following(head: &ChainHead, entry: Entry) -> Self {
        let place = head.length.saturating_add(1);
        let mut link = Self { entry, place, previous: head.hash, hash: ChainHash::GENESIS };
        link.hash = link.computed_hash();
        link
    }

    /// The head of a chain that ends here.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        ChainHead { subject: self.entry.subject, length: self.place, hash: self.hash }
    }

    /// The hash this entry ought to have: SHA-256 over the hash before it and its fields in a fixed order, each
    /// led by its length in four big-endian bytes (−1 if absent), the facts sorted by name. The database
    /// computes the same in `audit_hash`.
    #[must_use]
    pub fn computed_hash(&self) -> ChainHash {
        let mut hasher = Sha256::new();
        hasher.update(self.previous.bytes());
        let Entry { id, subject, actor, action, at, ip, request_id, detail } = &self.entry;
        let micros = at.unix_timestamp_nanos().div_euclid(1_000).to_string();
        let (place, id, subject) = (self.place.to_string(), id.to_string(), subject.to_string());
        let fields = [&place, &id, actor, action, &subject, &micros].map(|text| Some(text.as_str()));
        let optional = [ip.as_deref(), request_id.as_deref()];
        let facts = detail.iter().flat_map(|(name, fact)| [Some(name.as_str()), Some(fact.as_str())]);
        for field in fields.into_iter().chain(optional).chain(facts) {
            let length = field.map_or(-1, |text| i32::try_from(text.len()).unwrap_or(i32::MAX));
            hasher.update(length.to_be_bytes());
            hasher.update(field.unwrap_or_default());
        }
        ChainHash(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::uuid::Uuid;
    use std::collections::BTreeMap;
    use time::{Duration, macros::datetime};

    fn link() -> ChainEntry {
        let subject = UserId::new(Uuid::from_u128(7));
        let entry = Entry {
            id: Uuid::from_u128(9),
            subject,
            actor: format!("person:{subject}"),
            action: "stepped_up".to_owned(),
            at: datetime!(2026-01-15 12:00 UTC),
            ip: Some("2001:db8::1".to_owned()),
            request_id: Some("r-1".to_owned()),
            detail: [("reason".to_owned(), "test".to_owned())].into(),
        };
        ChainEntry::following(&ChainHead { subject, length: 4, hash: ChainHash::new([3; 32]) }, entry)
    }

    /// What was hashed once must hash alike for ever.
    #[test]
    fn the_hash_never_changes() {
        let known = "d8e811a484d1440c07f223760ec27cbfe7078fef3e120e9578088c67693420cf";
        assert_eq!(link().hash.to_string(), known);
    }

    #[test]
    fn an_entry_stands_behind_the_head() {
        let link = link();
        assert_eq!((link.place, link.previous), (5, ChainHash::new([3; 32])));
        let next = ChainEntry::following(&link.head(), link.entry.clone());
        assert_eq!((next.place, next.previous), (6, link.hash));
    }

    #[test]
    fn every_field_counts() {
        let link = link();
        let told = |change: fn(&mut Entry)| {
            let mut entry = link.entry.clone();
            change(&mut entry);
            ChainEntry { entry, ..link.clone() }
        };
        let changed = [
            told(|entry| entry.subject = UserId::new(Uuid::from_u128(8))),
            told(|entry| entry.id = Uuid::from_u128(1)),
            told(|entry| entry.actor = "system".to_owned()),
            told(|entry| entry.action = "pin_set".to_owned()),
            told(|entry| entry.at += Duration::microseconds(1)),
            told(|entry| entry.ip = None),
            told(|entry| entry.request_id = Some(String::new())),
            told(|entry| entry.request_id = None),
            told(|entry| entry.detail = BTreeMap::new()),
            told(|entry| entry.detail = [("reason".to_owned(), "tess".to_owned())].into()),
            ChainEntry { place: 6, ..link.clone() },
            ChainEntry { previous: ChainHash::GENESIS, ..link.clone() },
            link.clone(),
        ];
        let hashes: Vec<_> = changed.iter().map(ChainEntry::computed_hash).collect();
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
    }
}
