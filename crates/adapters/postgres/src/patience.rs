//! Time for the few statements that read whole tables.

use crate::fault::OrStoreError as _;
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

/// How long one statement of a scheduled check may run: it reads what has gathered for years.
const PATIENCE_MS: i64 = 2 * 60 * 60 * 1_000;

/// Zero is no limit at all.
const EXTEND: &str = "
SELECT set_config('statement_timeout', $1::bigint::text, true) FROM pg_settings
 WHERE name = 'statement_timeout' AND setting::bigint BETWEEN 1 AND $1";

/// Lets statements of this transaction run for longer than those of a request, unless they may already.
pub(crate) async fn take_time(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, EXTEND, [PATIENCE_MS.into()]);
    transaction.query_one_raw(statement).await.or_store_error().map(drop)
}
