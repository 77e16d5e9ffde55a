//! Counts how often something is done, for limits that all instances share and that a restart keeps.

use crate::{Postgres, fault::OrStoreError as _};
use kernel::StoreError;
use sea_orm::{DbBackend, FromQueryResult, Statement};
use time::{Duration, OffsetDateTime};

/// What is left in the present window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How often it was done, this time included; counting stops one past the limit.
    pub used: u32,
    /// When the window ends and the count begins anew.
    pub ends_at: OffsetDateTime,
}

#[derive(FromQueryResult)]
struct Row {
    used: i32,
    ends_at: OffsetDateTime,
}

/// One statement: opens a window, or counts in the open one up to one past the limit.
///
/// Its commit is not waited for: a server that loses its power forgets the counts of its last moment, which a limit of
/// so many an hour can bear, and a request whose own fact waits for the disk does not wait twice.
const COUNT: &str = "
INSERT INTO rate_windows AS w (name, ends_at, used)
SELECT $1, $3, 1 FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (name) DO UPDATE
   SET used = CASE WHEN w.ends_at <= $2 THEN 1 ELSE least(w.used, $4) + 1 END,
       ends_at = CASE WHEN w.ends_at <= $2 THEN excluded.ends_at ELSE w.ends_at END
RETURNING used, ends_at";

impl Postgres {
    /// Counts one more of `name`; more than `limit` means refuse.
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
        let limit = i32::try_from(limit).unwrap_or(i32::MAX - 1);
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            COUNT,
            [name.into(), at.into(), (at + length).into(), limit.into()],
        );
        let row = Row::find_by_statement(statement).one(&self.db).await.or_store_error()?;
        let row = row.ok_or_else(|| crate::fault::inconsistent("a count answered no row"))?;
        Ok(Window { used: u32::try_from(row.used).unwrap_or_default(), ends_at: row.ends_at })
    }

    /// Forgets windows that have ended; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_windows(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("rate_windows", "ends_at <= $1", at).await
    }
}
