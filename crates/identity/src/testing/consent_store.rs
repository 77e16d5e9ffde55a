//! Consents in memory.

use super::Journal;
use crate::{
    Consent, Purpose,
    ports::{ConsentGiven, ConsentStore, ConsentWithdrawal},
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps consents. Clones share them.
#[derive(Debug, Clone)]
pub struct InMemoryConsents {
    journal: Journal,
    kept: Arc<Mutex<Vec<Consent>>>,
}

impl InMemoryConsents {
    /// Consents whose audit entries go to this journal.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        Self { journal, kept: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Consent>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn live(kept: &mut [Consent], user_id: UserId, purpose: Purpose) -> Option<&mut Consent> {
    kept.iter_mut()
        .find(|consent| consent.user_id == user_id && consent.purpose == purpose && consent.is_live())
}

#[async_trait]
impl ConsentStore for InMemoryConsents {
    async fn record_consent(&self, fact: &ConsentGiven) -> Result<Consent, StoreError> {
        let mut kept = self.lock();
        if let Some(former) = live(&mut kept, fact.consent.user_id, fact.consent.purpose) {
            if former.text == fact.consent.text {
                return Ok(former.clone());
            }
            former.replaced_by = Some(fact.consent.id);
        }
        kept.push(fact.consent.clone());
        self.journal.keep(&fact.audit);
        Ok(fact.consent.clone())
    }

    async fn record_withdrawal(&self, fact: &ConsentWithdrawal) -> Result<Option<Consent>, StoreError> {
        let mut kept = self.lock();
        let Some(consent) = live(&mut kept, fact.user_id, fact.purpose) else { return Ok(None) };
        consent.withdrawn_at = Some(fact.at);
        self.journal.keep(&fact.audit);
        Ok(Some(consent.clone()))
    }

    async fn live(&self, user_id: UserId, purpose: Purpose) -> Result<Option<Consent>, StoreError> {
        Ok(live(&mut self.lock(), user_id, purpose).cloned())
    }

    async fn page(
        &self,
        user_id: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Consent>, StoreError> {
        let mut consents = self.lock().clone();
        consents.retain(|consent| {
            consent.user_id == user_id && after.is_none_or(|after| consent.id.uuid() < after.row())
        });
        consents.sort_by_key(|consent| std::cmp::Reverse(consent.id));
        consents.truncate(limit.rows().saturating_add(1));
        Ok(Page::cut(consents, limit, |consent| consent.id.uuid()))
    }
}
