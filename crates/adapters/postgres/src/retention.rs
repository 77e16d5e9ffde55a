//! Forgetting rows whose time is over, so many at a time that no backlog is too long for one statement.

use crate::{Postgres, fault::OrStoreError as _};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, Value};

/// How many rows one statement deletes at most.
const ROWS_AT_A_TIME: u64 = 5_000;

impl Postgres {
    /// Deletes every row of `table` that meets `condition`, in which `$1` is `than`; answers how many. Those already
    /// deleted stay so if a later statement fails.
    pub(crate) async fn forget(
        &self,
        table: &'static str,
        condition: &'static str,
        than: impl Into<Value>,
    ) -> Result<u64, StoreError> {
        // The condition stands twice: a row may have been renewed since it was found. The second time in a form that
        // no index answers, or the planner goes over the whole backlog once more to compare it with what was found.
        // What others hold at this moment is left for another time: to wait for it, with other rows in hand and in no
        // order, would make them wait in turn.
        let sql = format!(
            "DELETE FROM {table} WHERE ({condition}) IS TRUE
                AND ctid = ANY (ARRAY (SELECT ctid FROM {table} WHERE {condition} LIMIT {ROWS_AT_A_TIME}
                                          FOR UPDATE SKIP LOCKED))"
        );
        let (than, mut forgotten) = (than.into(), 0_u64);
        loop {
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, &sql, [than.clone()]);
            let gone = self.db.execute_raw(statement).await.or_store_error()?.rows_affected();
            forgotten = forgotten.saturating_add(gone);
            // Less than could have gone: none is left, but for what others hold at this moment.
            if gone < ROWS_AT_A_TIME {
                return Ok(forgotten);
            }
        }
    }
}
