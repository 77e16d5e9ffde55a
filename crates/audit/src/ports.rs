//! Where the log is kept: the one trait this crate asks the world to implement.

use crate::{Checkpoint, Entry, SealKeys, Verification};
use async_trait::async_trait;
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use time::OffsetDateTime;

/// The log. Whoever records a fact with its entry in one transaction appends the entry there; this port is for
/// entries that stand alone, for reading and for checking.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends an entry to its subject's chain. An entry that is there already is left as it is.
    async fn append(&self, entry: &Entry) -> Result<(), StoreError>;

    /// The entries about a person, newest first by id.
    async fn page(
        &self,
        subject: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Entry>, StoreError>;

    /// Seals the heads of at most `chains_max` chains that grew since the last checkpoint; `None` when none
    /// did. Two at once make two checkpoints one after the other, never a fork.
    async fn checkpoint(
        &self,
        at: OffsetDateTime,
        keys: &SealKeys,
        chains_max: u32,
    ) -> Result<Option<Checkpoint>, StoreError>;

    /// Recomputes every chain and checks heads and checkpoints, all as of one instant.
    async fn verify(&self, keys: &SealKeys) -> Result<Verification, StoreError>;
}
