//! Counters of codes.

use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use identity::{
    Charge, Tally,
    ports::{BudgetStore, Spending},
};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use time::OffsetDateTime;

/// [`BudgetStore`] on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgBudgetStore {
    postgres: Postgres,
}

impl Postgres {
    /// Counters of codes.
    #[must_use]
    pub fn budgets(&self) -> PgBudgetStore {
        PgBudgetStore { postgres: self.clone() }
    }
}

#[derive(FromQueryResult)]
struct SpentRow {
    place: i64,
    granted: bool,
    since: OffsetDateTime,
    spent: i64,
    verified: i64,
}

impl SpentRow {
    fn tally(&self) -> Result<Tally, StoreError> {
        let count = |number| u32::try_from(number).map_err(|_| inconsistent("a counter is out of range"));
        Ok(Tally { since: self.since, spent: count(self.spent)?, verified: count(self.verified)? })
    }
}

#[async_trait]
impl BudgetStore for PgBudgetStore {
    async fn spend(&self, charges: &[Charge], at: OffsetDateTime) -> Result<Spending, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT place, granted, since, spent, verified FROM otp_spend($1::jsonb, $2) ORDER BY place",
            [self.postgres.charges(charges).into(), at.into()],
        );
        let rows = SpentRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        if let Some(refused) = rows.iter().find(|row| !row.granted) {
            let index = usize::try_from(refused.place).ok().and_then(|place| place.checked_sub(1));
            let index = index.ok_or_else(|| inconsistent("a charge has no place"))?;
            return Ok(Spending::Exhausted { index, tally: refused.tally()? });
        }
        rows.iter().map(SpentRow::tally).collect::<Result<_, _>>().map(Spending::Granted)
    }

    async fn give_back(&self, charges: &[Charge], at: OffsetDateTime) -> Result<(), StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT otp_give_back($1::jsonb, $2)",
            [self.postgres.charges(charges).into(), at.into()],
        );
        self.postgres.db.execute_raw(statement).await.or_store_error().map(drop)
    }
}
