//! The chain: each entry's hash covers the one before it, so that no entry can be changed, moved or taken out
//! unseen.

use super::{Action, Actor, AuditDetail, AuditEvent};
use kernel::{UserId, uuid::Uuid};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use time::OffsetDateTime;

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

/// An entry as it stands in its chain, in the very texts that are hashed: a row that was tampered with need
/// not be one of our types any more, and must be reported rather than refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// Whose chain.
    pub subject: UserId,
    /// Its place there, from 1.
    pub place: u64,
    /// The entry's id.
    pub id: Uuid,
    /// [`Actor::to_text`].
    pub actor: String,
    /// [`Action::word`].
    pub action: String,
    /// When it happened, to the microsecond.
    pub at: OffsetDateTime,
    /// The address as text.
    pub ip: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// The facts by name.
    pub detail: BTreeMap<String, String>,
    /// The hash before it.
    pub previous: ChainHash,
    /// Its own hash, as it was stored.
    pub hash: ChainHash,
}

impl ChainEntry {
    /// The entry that `event` becomes after `head`.
    #[must_use]
    pub fn following(head: &ChainHead, event: &AuditEvent) -> Self {
        let mut entry = Self {
            subject: event.subject,
            place: head.length.saturating_add(1),
            id: event.id,
            actor: event.actor.to_text(),
            action: event.action.word().to_owned(),
            at: event.at,
            ip: event.ip.map(|ip| ip.to_string()),
            request_id: event.request_id.clone(),
            detail: event.detail.facts().clone(),
            previous: head.hash,
            hash: ChainHash::GENESIS,
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// The hash this entry ought to have: SHA-256 over the hash before it and its fields in a fixed order, each
    /// led by its length in four big-endian bytes (−1 if absent), the facts sorted by name. The database
    /// computes the same in `audit_hash`.
    #[must_use]
    pub fn computed_hash(&self) -> ChainHash {
        let mut hasher = Sha256::new();
        hasher.update(self.previous.bytes());
        let micros = self.at.unix_timestamp_nanos().div_euclid(1_000);
        let subject = self.subject.to_string();
        let (place, id, micros) = (self.place.to_string(), self.id.to_string(), micros.to_string());
        let fields =
            [&place, &id, &self.actor, &self.action, &subject, &micros].map(|text| Some(text.as_str()));
        let optional = [self.ip.as_deref(), self.request_id.as_deref()];
        let facts = self.detail.iter().flat_map(|(name, fact)| [Some(name.as_str()), Some(fact.as_str())]);
        for field in fields.into_iter().chain(optional).chain(facts) {
            let length = field.map_or(-1, |text| i32::try_from(text.len()).unwrap_or(i32::MAX));
            hasher.update(length.to_be_bytes());
            hasher.update(field.unwrap_or_default());
        }
        ChainHash(hasher.finalize().into())
    }

    /// The entry in our types; `None` if it holds a word we do not know.
    #[must_use]
    pub fn event(&self) -> Option<AuditEvent> {
        Some(AuditEvent {
            id: self.id,
            actor: Actor::from_text(&self.actor)?,
            action: Action::from_word(&self.action)?,
            subject: self.subject,
            at: self.at,
            ip: self.ip.as_deref().map(str::parse).transpose().ok()?,
            request_id: self.request_id.clone(),
            detail: AuditDetail::from_stored(self.detail.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use kernel::Env;

    fn entry() -> ChainEntry {
        let subject = UserId::new(Uuid::from_u128(7));
        let origin = Origin { ip: "2001:db8::1".parse().ok(), request_id: Some("r-1".to_owned()) };
        let event =
            AuditEvent::own(&Env::system(), Action::SteppedUp, subject, &origin).with("reason", "test");
        let head = ChainHead { subject, length: 4, hash: ChainHash::new([3; 32]) };
        ChainEntry::following(&head, &event)
    }

    #[test]
    fn an_entry_reads_back() {
        let entry = entry();
        let head = ChainHead { subject: entry.subject, length: 4, hash: entry.previous };
        assert_eq!(ChainEntry::following(&head, &entry.event().unwrap()), entry);
        assert_eq!(entry.place, 5);
    }

    #[test]
    fn every_field_counts() {
        let entry = entry();
        let hash = entry.hash;
        let changed = [
            ChainEntry { subject: UserId::new(Uuid::from_u128(8)), ..entry.clone() },
            ChainEntry { place: 6, ..entry.clone() },
            ChainEntry { id: Uuid::from_u128(1), ..entry.clone() },
            ChainEntry { actor: "system".to_owned(), ..entry.clone() },
            ChainEntry { action: "pin_set".to_owned(), ..entry.clone() },
            ChainEntry { at: entry.at + time::Duration::microseconds(1), ..entry.clone() },
            ChainEntry { ip: None, ..entry.clone() },
            ChainEntry { request_id: Some(String::new()), ..entry.clone() },
            ChainEntry { request_id: None, ..entry.clone() },
            ChainEntry { detail: BTreeMap::new(), ..entry.clone() },
            ChainEntry { detail: [("reason".to_owned(), "tess".to_owned())].into(), ..entry.clone() },
            ChainEntry { previous: ChainHash::GENESIS, ..entry },
        ];
        let mut hashes: Vec<_> = changed.iter().map(ChainEntry::computed_hash).collect();
        hashes.push(hash);
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
    }
}
