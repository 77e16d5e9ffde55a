//! Profiles in memory.

use super::{Journal, People, pin_store::KeptPins};
use crate::{
    Profile, Told,
    ports::{ChangeError, ProfileChange, ProfileStore},
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
    told: KeptProfiles,
    pins: KeptPins,
}

/// What people told, shared with the store of their PINs.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptProfiles(Arc<Mutex<BTreeMap<UserId, Told>>>);

impl KeptProfiles {
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<UserId, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InMemoryProfiles {
    /// Profiles of these people, whose changes are told to this journal.
    #[must_use]
    pub fn new(people: People, journal: Journal) -> Self {
        Self { people, journal, told: KeptProfiles::default(), pins: KeptPins::default() }
    }

    /// What the store of their PINs has in common with them.
    pub(super) fn shared(&self) -> (Journal, KeptProfiles, KeptPins) {
        (self.journal.clone(), self.told.clone(), self.pins.clone())
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
        Ok(self.profile(user_id, self.told.lock().get(&user_id)))
    }

    async fn record_change(&self, fact: &ProfileChange) -> Result<Option<Profile>, ChangeError> {
        let mut kept = self.told.lock();
        if self.profile(fact.user_id, None).is_none() {
            return Ok(None);
        }
        if fact.patch.dob.named().is_some() && self.pins.find(fact.user_id) != fact.seen_pin {
            return Err(ChangeError::Stale);
        }
        let told = kept.entry(fact.user_id).or_default();
        fact.patch.apply(told);
        self.journal.keep(&fact.audit);
        self.journal.announce(&fact.news);
        Ok(self.profile(fact.user_id, Some(told)))
    }
}
