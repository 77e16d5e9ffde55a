//! The audit log as operators use it: append, read, seal, check.

#[cfg(test)]
mod tests;

use crate::{Checkpoint, Entry, SealKeys, Verification, ports::AuditLog};
use kernel::{Cursor, Env, Limit, Page, StoreError, UserId};
use std::sync::Arc;

/// How many chains one checkpoint covers at most, so that sealing never holds a long transaction.
const CHAINS_PER_CHECKPOINT: u32 = 5_000;

/// How many checkpoints one run of the job makes at most; what is left waits for the next run.
const CHECKPOINTS_PER_RUN: u32 = 1_000;

/// The audit log.
#[derive(Clone)]
pub struct Audits {
    env: Env,
    log: Arc<dyn AuditLog>,
    keys: Arc<SealKeys>,
}

impl Audits {
    /// The log and the keys that seal it.
    #[must_use]
    pub fn new(env: Env, log: Arc<dyn AuditLog>, keys: Arc<SealKeys>) -> Self {
        Self { env, log, keys }
    }

    /// Appends an entry that stands alone, such as what an operator looked at.
    ///
    /// # Errors
    /// When the store fails: what was to be audited must then not be done.
    pub async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        self.log.append(entry).await
    }

    /// The entries about a person, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn page(
        &self,
        subject: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        self.log.page(subject, limit, after).await
    }

    /// Seals every chain that grew since the last checkpoint; answers the newest checkpoint made, if any.
    /// A scheduled job calls it.
    ///
    /// # Errors
    /// When the store fails; checkpoints already made stay.
    pub async fn seal(&self) -> Result<Option<Checkpoint>, StoreError> {
        let mut newest = None;
        for _ in 0..CHECKPOINTS_PER_RUN {
            match self.log.checkpoint(self.env.now(), &self.keys, CHAINS_PER_CHECKPOINT).await? {
                Some(checkpoint) => {
                    let full = checkpoint.chains >= u64::from(CHAINS_PER_CHECKPOINT);
                    newest = Some(checkpoint);
                    if !full {
                        break;
                    }
                }
                None => break,
            }
        }
        Ok(newest)
    }

    /// Checks the whole log: `aarokya audit verify`.
    ///
    /// # Errors
    /// When the store fails; what is wrong with the log itself stands in the answer.
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        self.log.verify(&self.keys).await
    }
}
