//! Dependants: named, changed and taken off the list by the person whose family they are.

use crate::{
    DEPENDANTS_NAMED_MAX, Dependant, DependantId, Relative, RelativePatch, fault,
    ports::{Added, DependantStore, NewDependant},
};
use kernel::{Detail, Entry, Env, Fault, StoreError, UserId, catalogue};
use std::sync::Arc;

/// The families people told us about.
#[derive(Clone)]
pub struct Dependants {
    env: Env,
    store: Arc<dyn DependantStore>,
}

/// Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DependantError {
    /// This person has no such dependant.
    #[error("there is no such dependant")]
    NotFound,
    /// They have as many as anybody may.
    #[error("there are {DEPENDANTS_NAMED_MAX} dependants already")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for DependantError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => catalogue::NOT_FOUND,
            Self::TooMany => fault::TOO_MANY_DEPENDANTS,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::TooMany => vec![("max", Detail::Number(i64::from(DEPENDANTS_NAMED_MAX)))],
            Self::NotFound | Self::Store(_) => Vec::new(),
        }
    }
}

impl Dependants {
    /// Keeps dependants in `store`.
    #[must_use]
    pub fn new(env: Env, store: Arc<dyn DependantStore>) -> Self {
        Self { env, store }
    }

    /// The dependants of this person, in the order in which they were named.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, user_id: UserId) -> Result<Vec<Dependant>, StoreError> {
        self.store.list(user_id).await
    }

    /// Names a dependant; answers whether it is new. Whoever tells the same again gets the one there is.
    ///
    /// # Errors
    /// When there are [`DEPENDANTS_NAMED_MAX`] already, or the store fails.
    pub async fn add(
        &self,
        user_id: UserId,
        relative: Relative,
    ) -> Result<(Dependant, bool), DependantError> {
        let dependant = Dependant::new(relative, &self.env);
        let new = NewDependant { user_id, dependant, most: DEPENDANTS_NAMED_MAX, at: self.env.now() };
        match self.store.add(&new).await? {
            Added::New => Ok((new.dependant, true)),
            Added::Same(dependant) => Ok((dependant, false)),
            Added::TooMany => Err(DependantError::TooMany),
        }
    }

    /// Changes what was told of a dependant: a new version, unless nothing changes. The version before stays for what was
    /// written on it.
    ///
    /// # Errors
    /// When this person has no such dependant, or the store fails.
    pub async fn change(
        &self,
        user_id: UserId,
        id: DependantId,
        patch: &RelativePatch,
    ) -> Result<Dependant, DependantError> {
        let changed = self.store.change(user_id, id, patch, self.env.now()).await?;
        changed.ok_or(DependantError::NotFound)
    }

    /// Takes a dependant off the list; repeating it is harmless for as long as they are remembered. What was written down
    /// of them elsewhere stays.
    ///
    /// # Errors
    /// When this person never had such a dependant, or the store fails.
    pub async fn remove(&self, user_id: UserId, id: DependantId) -> Result<(), DependantError> {
        let is_off = self.store.remove(user_id, id, self.env.now()).await?;
        is_off.then_some(()).ok_or(DependantError::NotFound)
    }
}

impl std::fmt::Debug for Dependants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dependants").finish_non_exhaustive()
    }
}
