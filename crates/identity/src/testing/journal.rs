//! The audit log and the news, in memory: what every in-memory store keeps beside its facts.

use crate::{
    AuditEvent, ChainEntry, ChainHash, ChainHead, Checkpoint, CheckpointRoot, Event, SealKeys, Verification,
    Verifier, ports::AuditLog,
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, News, Page, StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Keeps audit entries in their chains and news in their order. Clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    chains: BTreeMap<UserId, Vec<ChainEntry>>,
    heads: BTreeMap<UserId, ChainHead>,
    checkpoints: Vec<(Checkpoint, Vec<ChainHead>)>,
    news: Vec<News<Event>>,
}

impl Journal {
    /// Keeps an audit entry, as part of a fact.
    pub fn keep(&self, event: &AuditEvent) {
        self.lock().append(event);
    }

    /// Queues news, as part of a fact.
    pub fn announce(&self, news: &News<Event>) {
        self.lock().news.push(news.clone());
    }

    /// All news so far, in order.
    #[must_use]
    pub fn news(&self) -> Vec<News<Event>> {
        self.lock().news.clone()
    }

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
    fn append(&mut self, event: &AuditEvent) {
        let subject = event.subject;
        let chain = self.chains.entry(subject).or_default();
        if chain.iter().any(|entry| entry.event().as_ref() == Some(event)) {
            return;
        }
        let genesis = ChainHead { subject, length: 0, hash: ChainHash::GENESIS };
        let head = self.heads.entry(subject).or_insert(genesis);
        let entry = ChainEntry::following(head, event);
        *head = ChainHead { subject, length: entry.place, hash: entry.hash };
        chain.push(entry);
    }

    /// The heads no checkpoint has seen as they are now.
    fn unsealed(&self, chains_max: u32) -> Vec<ChainHead> {
        let seen = |head: &ChainHead| self.checkpoints.iter().any(|(_, heads)| heads.contains(head));
        let most = usize::try_from(chains_max).unwrap_or(usize::MAX);
        self.heads.values().filter(|head| !seen(head)).take(most).copied().collect()
    }
}

#[async_trait]
impl AuditLog for Journal {
    async fn append(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.keep(event);
        Ok(())
    }

    async fn page(
        &self,
        subject: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<AuditEvent>, StoreError> {
        let chain = self.chain(subject);
        let mut events: Vec<_> = chain.iter().filter_map(ChainEntry::event).collect();
        events.retain(|event| after.is_none_or(|after| event.id < after.row()));
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        events.truncate(limit.rows().saturating_add(1));
        Ok(Page::cut(events, limit, |event| event.id))
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
            chain.iter().for_each(|entry| verifier.entry(entry, head));
        }
        let empty = |subject: &&UserId| kept.chains.get(subject).is_none_or(Vec::is_empty);
        kept.heads.keys().filter(empty).for_each(|subject| verifier.stray_head(*subject));
        for (checkpoint, heads) in &kept.checkpoints {
            verifier.checkpoint(checkpoint);
            for head in heads {
                let chain = kept.chains.get(&head.subject);
                let entry = chain.and_then(|chain| chain.iter().find(|entry| entry.place == head.length));
                verifier.sealed_head(head, entry.map(|entry| entry.hash));
            }
        }
        Ok(verifier.finish())
    }
}
