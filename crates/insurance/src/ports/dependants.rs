//! Where dependants are kept.

use crate::{Dependant, DependantId, RelativePatch};
use async_trait::async_trait;
use kernel::{StoreError, UserId};
use time::OffsetDateTime;

/// Keeps dependants, every version of them.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait DependantStore: Send + Sync {
    /// The dependants this person has, in their newest version, in the order in which they were named.
    ///
    /// # Errors
    /// When the store fails.
    async fn list(&self, user_id: UserId) -> Result<Vec<Dependant>, StoreError>;

    /// Adds a dependant, unless this person has so many already.
    ///
    /// Whoever adds at the same time waits: the bound holds, and of two that tell the same one finds the other.
    ///
    /// # Errors
    /// When the store fails.
    async fn add(&self, dependant: &NewDependant) -> Result<Added, StoreError>;

    /// Makes what [the patch](Dependant::patched) changes the next version of a dependant, and answers how they are now;
    /// `None` if this person has no such dependant. Whoever changes the same family at the same time waits.
    ///
    /// # Errors
    /// When the store fails.
    async fn change(
        &self,
        user_id: UserId,
        id: DependantId,
        patch: &RelativePatch,
        at: OffsetDateTime,
    ) -> Result<Option<Dependant>, StoreError>;

    /// Takes a dependant off the list; answers whether they are this person's and now off it.
    ///
    /// # Errors
    /// When the store fails.
    async fn remove(&self, user_id: UserId, id: DependantId, at: OffsetDateTime) -> Result<bool, StoreError>;
}

/// A dependant to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDependant {
    /// Whose.
    pub user_id: UserId,
    /// Who, in version 1.
    pub dependant: Dependant,
    /// How many this person may have.
    pub most: u8,
    /// When.
    pub at: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It was added.
    New,
    /// The same was told before: this one.
    Same(Dependant),
    /// There are as many as there may be.
    TooMany,
}
