//! Counts how often something is done, for limits that all instances share and that a restart keeps.

mod tally;

pub(crate) use tally::Tally;

use crate::Postgres;
use kernel::StoreError;
use tally::Ask;
use time::{Duration, OffsetDateTime};

/// What is left in the present window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How often it was done, this time included; counting stops one past the limit.
    pub used: u32,
    /// When the window ends and the count begins anew.
    pub ends_at: OffsetDateTime,
}

impl Postgres {
    /// Counts one more of `name`; more than `limit` means refuse. What is to be counted at the same time is counted by
    /// the same statement.
    ///
    /// # Errors
    /// When the database fails; a caller whose limit guards something dear must then refuse.
    pub async fn count(
        &self,
        name: &str,
        limit: u32,
        length: Duration,
        at: OffsetDateTime,
    ) -> Result<Window, StoreError> {
        // A name may hold an address: kept as a keyed hash, like everything that says who somebody is.
        let name: String = self
            .vault
            .index("rate_window", name.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let window = self.tally.count(&self.db, &Ask { name, at, ends_at: at + length }).await?;
        Ok(Window { used: window.used.min(limit.saturating_add(1)), ..window })
    }

    /// Forgets windows that have ended; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_windows(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("rate_windows", "ends_at <= $1", at).await
    }
}
