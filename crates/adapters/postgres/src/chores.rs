//! When each piece of scheduled work was last done, as every instance sees it.

use crate::{Postgres, fault::OrStoreError as _};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use time::OffsetDateTime;

/// A piece of scheduled work that was done.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct ChoreDone {
    /// Its name.
    pub name: String,
    /// When it was last done.
    pub done_at: OffsetDateTime,
}

impl Postgres {
    /// Notes that the chore `name` was done at `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_chore(&self, name: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "INSERT INTO chores_done AS known (name, done_at) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET done_at = greatest(known.done_at, excluded.done_at)",
            [name.into(), at.into()],
        );
        self.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    /// When each chore was last done; one that never was is not listed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chores_done(&self) -> Result<Vec<ChoreDone>, StoreError> {
        let statement = Statement::from_string(
            DbBackend::Postgres,
            "SELECT name, done_at FROM chores_done ORDER BY name",
        );
        ChoreDone::find_by_statement(statement).all(&self.db).await.or_store_error()
    }
}
