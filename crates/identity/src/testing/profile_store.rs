//! Profiles in memory.

use super::{Journal, People};
use crate::{
    Profile, Told,
    ports::{ProfileChange, ProfileStore},
};
use async_trait::async_trait;
use kernel::{StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Keeps profiles. Clones share them.
#[derive(Debug, Clone)]
pub struct InMemoryProfiles {
    people: People,
    journal: Journal,
    told: Arc<Mutex<BTreeMap<UserId, Told>>>,
}

impl InMemoryProfiles {
    /// Profiles of these people, whose changes are told to this journal.
    #[must_use]
    pub fn new(people: People, journal: Journal) -> Self {
        Self { people, journal, told: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserId, Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn profile(&self, user_id: UserId, told: Option<&Told>) -> Option<Profile> {
        let person = self.people.find(user_id).filter(|person| !person.deactivated)?;
        let empty = Profile::empty(user_id, person.phone);
        Some(Profile { told: told.cloned().unwrap_or_default(), ..empty })
    }
}

#[async_trait]
impl ProfileStore for InMemoryProfiles {
    async fn find(&self, user_id: UserId) -> Result<Option<Profile>, StoreError> {
        Ok(self.profile(user_id, self.lock().get(&user_id)))
    }

    async fn record_change(&self, fact: &ProfileChange) -> Result<Option<Profile>, StoreError> {
        let mut kept = self.lock();
        if self.profile(fact.user_id, None).is_none() {
            return Ok(None);
        }
        let told = kept.entry(fact.user_id).or_default();
        fact.patch.apply(told);
        self.journal.keep(&fact.audit);
        self.journal.announce(&fact.news);
        Ok(self.profile(fact.user_id, Some(told)))
    }
}
