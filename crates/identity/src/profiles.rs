//! Profiles, as their owners read and change them.

#[cfg(test)]
mod tests;

use crate::{
    Action, AuditEvent, Event, Origin, PinId, Profile, ProfilePatch, fault,
    ports::{ChangeError, PinStore, ProfileChange, ProfileStore},
    step_ups::live_grant,
};
use kernel::{Detail, Entry, Env, Fault, News, SessionId, StoreError, UserId, catalogue};
use std::sync::Arc;

/// How often a change is decided anew when a PIN is set under it.
const TRIES_MAX: u8 = 3;

/// Profiles.
#[derive(Clone)]
pub struct Profiles {
    env: Env,
    store: Arc<dyn ProfileStore>,
    pins: Arc<dyn PinStore>,
}

/// A person changes their own profile.
#[derive(Debug, Clone)]
pub struct PatchProfile {
    /// Who.
    pub user_id: UserId,
    /// On which session.
    pub session_id: SessionId,
    /// What to change.
    pub patch: ProfilePatch,
    /// Where the request came from.
    pub origin: Origin,
}

/// The profile was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is no such person.
    #[error("there is no such person")]
    UnknownUser,
    /// The birth date replaces a forgotten PIN, so while there is a PIN it changes only after that was given.
    #[error("changing the birth date needs the PIN")]
    StepUpRequired,
    /// There is a PIN, which only the birth date could replace once it is forgotten.
    #[error("the birth date cannot be taken away while there is a PIN")]
    BirthDateNeeded,
    /// A PIN was set again and again while it was decided whether the birth date may change.
    #[error("the PIN changed while the birth date was to change")]
    Changing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for ProfileError {
    fn entry(&self) -> Entry {
        match self {
            Self::UnknownUser => fault::USER_NOT_FOUND,
            Self::StepUpRequired => fault::STEP_UP_REQUIRED,
            Self::BirthDateNeeded => catalogue::INVALID_STATE,
            Self::Changing => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::UnknownUser | Self::Changing => Vec::new(),
            Self::StepUpRequired => vec![("field", "dob".into())],
            Self::BirthDateNeeded => vec![("field", "dob".into()), ("reason", "needed_for_pin".into())],
            Self::Store(error) => error.details(),
        }
    }
}

impl Profiles {
    /// The use cases of profiles.
    #[must_use]
    pub fn new(env: Env, store: Arc<dyn ProfileStore>, pins: Arc<dyn PinStore>) -> Self {
        Self { env, store, pins }
    }

    /// The profile of a person.
    ///
    /// # Errors
    /// When there is no such person, or the store fails.
    pub async fn get(&self, user_id: UserId) -> Result<Profile, ProfileError> {
        self.store.find(user_id).await?.ok_or(ProfileError::UnknownUser)
    }

    /// Changes the named fields and no others; answers the profile as it is then. A patch that names nothing
    /// changes nothing and tells nobody.
    ///
    /// # Errors
    /// When there is no such person, or the birth date of somebody who has a PIN is to change and the PIN was
    /// not given on this session, or is to be taken away.
    pub async fn patch(&self, wanted: &PatchProfile) -> Result<Profile, ProfileError> {
        if wanted.patch.is_empty() {
            return self.get(wanted.user_id).await;
        }
        for _ in 0..TRIES_MAX {
            let seen_pin = self.guard_birth_date(wanted).await?;
            match self.store.record_change(&self.change(wanted, seen_pin)).await {
                Ok(profile) => return profile.ok_or(ProfileError::UnknownUser),
                Err(ChangeError::Stale) => {}
                Err(ChangeError::Store(error)) => return Err(error.into()),
            }
        }
        Err(ProfileError::Changing)
    }

    fn change(&self, wanted: &PatchProfile, seen_pin: Option<PinId>) -> ProfileChange {
        let (env, user_id, patch) = (&self.env, wanted.user_id, &wanted.patch);
        let at = env.now();
        let event = Event::ProfileChanged { user_id, affects_eligibility: patch.affects_eligibility() };
        ProfileChange {
            user_id,
            patch: patch.clone(),
            seen_pin,
            at,
            audit: AuditEvent::own(env, Action::ProfileChanged, user_id, &wanted.origin)
                .with("fields", patch.named_fields().collect::<crate::AuditFact>()),
            news: News { id: env.new_uuid(), at, event },
        }
    }

    /// Whoever holds the telephone receives the one-time code, so the birth date is all that keeps them from
    /// replacing the PIN: it must not be theirs to change. Answers the PIN under which it may be changed.
    async fn guard_birth_date(&self, wanted: &PatchProfile) -> Result<Option<PinId>, ProfileError> {
        let Some(named) = wanted.patch.dob.named() else { return Ok(None) };
        let pin = self.pins.find(wanted.user_id).await?;
        if pin.is_none() || self.get(wanted.user_id).await?.told.dob.as_ref() == named {
            return Ok(pin);
        }
        let grant = live_grant(self.pins.as_ref(), wanted.user_id, wanted.session_id, self.env.now()).await?;
        match (grant, named) {
            (None, _) => Err(ProfileError::StepUpRequired),
            (Some(_), None) => Err(ProfileError::BirthDateNeeded),
            (Some(_), Some(_)) => Ok(pin),
        }
    }
}
