//! Plans: read whole, changed by the insurer's word alone.

use super::{
    changes,
    plan_rows::{COLUMNS, PlanRow, values, version},
};
use crate::{Postgres, fault::OrStoreError as _};
use async_trait::async_trait;
use insurance::{
    Plan, PlanId,
    ports::{CatalogueChange, PlanStore, Recorded},
};
use kernel::StoreError;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult as _, Statement, TransactionTrait as _,
    Value,
};
use time::OffsetDateTime;

/// Changes of the catalogue wait for each other: they are rare, and two in different orders would lock each other out.
const WAIT_IN_LINE: &str = "SELECT pg_advisory_xact_lock(hashtextextended('insurance catalogue', 0))";

const OPEN: &str = "\
INSERT INTO insurance_plans (id, code, version, on_sale, changed_at) VALUES ($1, $2, 1, true, $3)
ON CONFLICT DO NOTHING";

const MOVE_ON: &str = "\
UPDATE insurance_plans SET version = $2, on_sale = true, changed_at = $3 WHERE id = $1 AND version = $2 - 1
   AND changed_at <= $3";

const PUBLISH: &str = "\
INSERT INTO insurance_plan_versions (plan_id, version, name, plan_type, coverage_type, issuance_mode, sum_insured,
                                     base_premium, dependants_max, age_min_years, age_max_years,
                                     teleconsult_included, details, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const SELL: &str = "UPDATE insurance_plans SET on_sale = $2, changed_at = $3 WHERE id = $1 AND on_sale <> $2 AND changed_at <= $3";

/// Plans on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgPlanStore {
    postgres: Postgres,
}

impl PgPlanStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    async fn rows(&self, rest: &str, values: Vec<Value>) -> Result<Vec<PlanRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM insurance_plans p JOIN insurance_plan_versions v ON v.plan_id = p.id AND {rest}"
        );
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        PlanRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()
    }
}

async fn publish(
    transaction: &DatabaseTransaction,
    plan: &Plan,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let id = plan.id.uuid().into();
    let is_next = if plan.version == 1 {
        changes(transaction, OPEN, [id, plan.code.as_str().into(), at.into()]).await?
    } else {
        changes(transaction, MOVE_ON, [id, version(plan.version)?.into(), at.into()]).await?
    };
    Ok(is_next && changes(transaction, PUBLISH, values(plan, at)?).await?)
}

async fn apply(transaction: &DatabaseTransaction, change: &CatalogueChange) -> Result<bool, StoreError> {
    transaction.execute_unprepared(WAIT_IN_LINE).await.or_store_error()?;
    for plan in &change.versions {
        if !publish(transaction, plan, change.at).await? {
            return Ok(false);
        }
    }
    let resumed = change.resumed.iter().map(|plan| (plan, true));
    for (plan, on_sale) in resumed.chain(change.withdrawn.iter().map(|plan| (plan, false))) {
        let values = [plan.uuid().into(), on_sale.into(), change.at.into()];
        if !changes(transaction, SELL, values).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[async_trait]
impl PlanStore for PgPlanStore {
    async fn on_sale(&self) -> Result<Vec<Plan>, StoreError> {
        const ON_SALE: &str =
            "v.version = p.version WHERE p.on_sale ORDER BY v.sum_insured, v.base_premium, p.code";
        self.rows(ON_SALE, Vec::new()).await?.into_iter().map(PlanRow::plan).collect()
    }

    async fn newest(&self) -> Result<Vec<(Plan, bool)>, StoreError> {
        let rows = self.rows("v.version = p.version", Vec::new()).await?;
        rows.into_iter()
            .map(|row| {
                let on_sale = row.on_sale;
                Ok((row.plan()?, on_sale))
            })
            .collect()
    }

    async fn find_on_sale(&self, plan_id: PlanId) -> Result<Option<Plan>, StoreError> {
        let id = vec![plan_id.uuid().into()];
        let rows = self.rows("v.version = p.version WHERE p.on_sale AND p.id = $1", id).await?;
        rows.into_iter().next().map(PlanRow::plan).transpose()
    }

    async fn find_version(&self, plan_id: PlanId, number: u32) -> Result<Option<Plan>, StoreError> {
        let which = vec![plan_id.uuid().into(), version(number)?.into()];
        let rows = self.rows("v.version = $2 WHERE p.id = $1", which).await?;
        rows.into_iter().next().map(PlanRow::plan).transpose()
    }

    async fn record_change(&self, change: &CatalogueChange) -> Result<Recorded, StoreError> {
        let transaction = self.postgres.db.begin().await.or_store_error()?;
        if apply(&transaction, change).await? {
            transaction.commit().await.or_store_error()?;
            Ok(Recorded::Done)
        } else {
            transaction.rollback().await.or_store_error()?;
            Ok(Recorded::Stale)
        }
    }
}
