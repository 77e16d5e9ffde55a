//! The ports of the `insurance` domain on PostgreSQL.

mod dependants;
mod life_text;
mod plan_rows;
mod plans;
mod policies;
mod policy_content;
mod policy_rows;
mod price_text;
mod quote_content;
mod quotes;

pub use dependants::PgDependantStore;
pub use plans::PgPlanStore;
pub use policies::{PgPolicyStore, PoliciesWaiting};
pub use quotes::PgQuoteStore;

use crate::{Postgres, fault::OrStoreError as _};
use kernel::StoreError;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

impl Postgres {
    /// Plans, every version of them.
    #[must_use]
    pub fn plans(&self) -> PgPlanStore {
        PgPlanStore::new(self.clone())
    }

    /// The families people told us about.
    #[must_use]
    pub fn dependants(&self) -> PgDependantStore {
        PgDependantStore::new(self.clone())
    }

    /// Policies.
    #[must_use]
    pub fn policies(&self) -> PgPolicyStore {
        PgPolicyStore::new(self.clone())
    }

    /// Quotes.
    #[must_use]
    pub fn quotes(&self) -> PgQuoteStore {
        PgQuoteStore::new(self.clone())
    }
}

/// Runs a statement; answers whether it changed anything.
async fn changes(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<bool, StoreError> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    Ok(db.execute_raw(statement).await.or_store_error()?.rows_affected() > 0)
}
