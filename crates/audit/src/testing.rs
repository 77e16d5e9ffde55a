//! The log in memory, and what a saboteur may do to it; a mock stands beside the port.

#[cfg(test)]
mod suite;

use crate::{
    ChainEntry, ChainHead, Checkpoint, CheckpointRoot, Entry, SealKeys, Verification, Verifier,
    ports::AuditLog,
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Keeps entries in their chains. Clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct InMemoryAuditLog {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    chains: BTreeMap<UserId, Vec<ChainEntry>>,
    heads: BTreeMap<UserId, ChainHead>,
    checkpoints: Vec<(Checkpoint, Vec<ChainHead>)>,
}

impl InMemoryAuditLog {
    /// The chain of a person, oldest entry first.
    #[must_use]
    pub fn chain(&self, subject: UserId) -> Vec<ChainEntry> {
        self.lock().chains.get(&subject).cloned().unwrap_or_default()
    }

    /// Lets a test play the saboteur: the chain of a person may be rewritten, its head is not.
    pub fn tamper(&self, subject: UserId, change: impl FnOnce(&mut Vec<ChainEntry>)) {
        if let Some(chain) = self.lock().chains.get_mut(&subject) {
            change(chain);
        }
    }

    /// Lets a test play the thorough saboteur: the chain of a person disappears with its head.
    pub fn lose(&self, subject: UserId) {
        let mut kept = self.lock();
        kept.chains.remove(&subject);
        kept.heads.remove(&subject);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn append(&mut self, entry: &Entry) {
        let subject = entry.subject;
        let chain = self.chains.entry(subject).or_default();
        if chain.iter().any(|link| link.entry == *entry) {
            return;
        }
        let head = self.heads.entry(subject).or_insert(ChainHead::genesis(subject));
        let link = ChainEntry::following(head, entry.clone());
        *head = link.head();
        chain.push(link);
    }

    /// The heads no checkpoint has seen as they are now.
    fn unsealed(&self, chains_max: u32) -> Vec<ChainHead> {
        let seen = |head: &ChainHead| self.checkpoints.iter().any(|(_, heads)| heads.contains(head));
        let most = usize::try_from(chains_max).unwrap_or(usize::MAX);
        self.heads.values().filter(|head| !seen(head)).take(most).copied().collect()
    }
}

#[async_trait]
impl AuditLog for InMemoryAuditLog {
    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        self.lock().append(entry);
        Ok(())
    }

    async fn page(
        &self,
        subject: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        let mut entries: Vec<_> = self.chain(subject).into_iter().map(|link| link.entry).collect();
        entries.retain(|entry| after.is_none_or(|after| entry.id < after.row()));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
        entries.truncate(limit.rows().saturating_add(1));
        Ok(Page::cut(entries, limit, |entry| entry.id))
    }

    async fn checkpoint(
        &self,
        at: OffsetDateTime,
        keys: &SealKeys,
        chains_max: u32,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let mut kept = self.lock();
        let heads = kept.unsealed(chains_max);
        let mut root = CheckpointRoot::default();
        heads.iter().for_each(|head| root.add(head));
        let checkpoint = keys.seal(kept.checkpoints.last().map(|(checkpoint, _)| checkpoint), at, root);
        if let Some(checkpoint) = &checkpoint {
            kept.checkpoints.push((checkpoint.clone(), heads));
        }
        Ok(checkpoint)
    }

    async fn verify(&self, keys: &SealKeys) -> Result<Verification, StoreError> {
        let kept = self.lock();
        let mut verifier = Verifier::new(keys);
        for (subject, chain) in &kept.chains {
            let head = kept.heads.get(subject).copied();
            chain.iter().for_each(|link| verifier.entry(link, head));
        }
        let empty = |subject: &&UserId| kept.chains.get(subject).is_none_or(Vec::is_empty);
        kept.heads.keys().filter(empty).for_each(|subject| verifier.stray_head(*subject));
        for (checkpoint, heads) in &kept.checkpoints {
            verifier.checkpoint(checkpoint);
            for head in heads {
                let chain = kept.chains.get(&head.subject);
                let link = chain.and_then(|chain| chain.iter().find(|link| link.place == head.length));
                verifier.sealed_head(head, link.map(|link| link.hash));
            }
        }
        Ok(verifier.finish())
    }
}
