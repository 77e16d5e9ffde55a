//! PINs and grants in memory.

use super::{InMemoryProfiles, Journal, profile_store::KeptProfiles};
use crate::{
    CodeHash, Grant, PinId, PinTries,
    ports::{NewPin, PinAnswer, PinAttempt, PinStore, Recorded, StepUp},
};
use async_trait::async_trait;
use kernel::{SessionId, StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Keeps PINs and grants. Clones share them.
#[derive(Debug, Clone)]
pub struct InMemoryPins {
    journal: Journal,
    /// Locked before PINs are, here and where profiles change.
    profiles: KeptProfiles,
    kept: KeptPins,
}

/// PINs and grants as both stores share them, since a birth date and the PIN that rests on it are decided together.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptPins(Arc<Mutex<Kept>>);

impl KeptPins {
    pub(super) fn find(&self, user_id: UserId) -> Option<PinId> {
        self.lock().pins.get(&user_id).map(|pin| pin.id)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Kept {
    pins: BTreeMap<UserId, KeptPin>,
    grants: BTreeMap<(UserId, SessionId), Grant>,
}

#[derive(Debug)]
struct KeptPin {
    id: PinId,
    hash: CodeHash,
    tries: PinTries,
}

impl InMemoryPins {
    /// The PINs of the people whose profiles these are.
    #[must_use]
    pub fn beside(profiles: &InMemoryProfiles) -> Self {
        let (journal, profiles, kept) = profiles.shared();
        Self { journal, profiles, kept }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }
}

#[async_trait]
impl PinStore for InMemoryPins {
    async fn find(&self, user_id: UserId) -> Result<Option<PinId>, StoreError> {
        Ok(self.kept.find(user_id))
    }

    async fn spend_attempt(&self, fact: &PinAttempt) -> Result<PinAnswer, StoreError> {
        let mut kept = self.lock();
        let Some(pin) = kept.pins.get_mut(&fact.user_id) else { return Ok(PinAnswer::Missing) };
        Ok(match fact.policy.spend(pin.tries, fact.at) {
            Err(lock) => PinAnswer::Locked(lock),
            Ok(tries) => {
                pin.tries = tries;
                PinAnswer::Granted { pin_id: pin.id, hash: pin.hash.clone(), tries }
            }
        })
    }

    async fn record_step_up(&self, fact: &StepUp) -> Result<Recorded, StoreError> {
        let mut kept = self.lock();
        let pin = kept.pins.get_mut(&fact.grant.user_id).filter(|pin| pin.id == fact.pin_id);
        let Some(pin) = pin else { return Ok(Recorded::Stale) };
        pin.tries = PinTries::default();
        kept.grants.insert((fact.grant.user_id, fact.grant.session_id), fact.grant);
        self.journal.keep(&fact.audit);
        Ok(Recorded::Done)
    }

    async fn record_pin(&self, fact: &NewPin) -> Result<Recorded, StoreError> {
        let profiles = self.profiles.lock();
        let mut kept = self.lock();
        let has_birth_date = profiles.get(&fact.user_id).is_some_and(|told| told.dob.is_some());
        if fact.needs_birth_date && !has_birth_date {
            return Ok(Recorded::Stale);
        }
        if kept.pins.get(&fact.user_id).map(|pin| pin.id) != fact.replaces {
            return Ok(Recorded::Stale);
        }
        let pin = KeptPin { id: fact.pin_id, hash: fact.hash.clone(), tries: PinTries::default() };
        kept.pins.insert(fact.user_id, pin);
        kept.grants.retain(|_, grant| grant.user_id != fact.user_id);
        self.journal.keep(&fact.audit);
        Ok(Recorded::Done)
    }

    async fn grant(&self, user_id: UserId, session_id: SessionId) -> Result<Option<Grant>, StoreError> {
        Ok(self.lock().grants.get(&(user_id, session_id)).copied())
    }

    async fn forget_ended_grants(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        let mut kept = self.lock();
        let before = kept.grants.len();
        kept.grants.retain(|_, grant| grant.is_live(at));
        Ok(u64::try_from(before.saturating_sub(kept.grants.len())).unwrap_or(u64::MAX))
    }
}
