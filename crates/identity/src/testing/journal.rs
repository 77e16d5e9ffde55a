//! The audit trail and the news, in memory: what every in-memory store keeps beside its facts.

use crate::{AuditEvent, Event, ports::AuditTrail};
use async_trait::async_trait;
use kernel::{News, StoreError, UserId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps audit entries and news in their order. Clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    audit: Vec<AuditEvent>,
    news: Vec<News<Event>>,
}

impl Journal {
    /// Keeps an audit entry, as part of a fact.
    pub fn keep(&self, event: &AuditEvent) {
        let mut kept = self.lock();
        if !kept.audit.contains(event) {
            kept.audit.push(event.clone());
        }
    }

    /// The audit entries about a person, in order.
    #[must_use]
    pub fn audited(&self, subject: UserId) -> Vec<AuditEvent> {
        self.lock().audit.iter().filter(|event| event.subject == subject).cloned().collect()
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

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuditTrail for Journal {
    async fn append(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.keep(event);
        Ok(())
    }
}
