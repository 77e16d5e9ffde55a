//! The ports of the `insurance` domain on PostgreSQL.

mod plan_rows;
mod plans;
mod quote_content;
mod quotes;

pub use plans::PgPlanStore;
pub use quotes::PgQuoteStore;

use crate::Postgres;

impl Postgres {
    /// Plans, every version of them.
    #[must_use]
    pub fn plans(&self) -> PgPlanStore {
        PgPlanStore::new(self.clone())
    }

    /// Quotes.
    #[must_use]
    pub fn quotes(&self) -> PgQuoteStore {
        PgQuoteStore::new(self.clone())
    }
}
