//! Policies: proposed, moved on under a guard on their version, and read with their plan.

use super::{
    changes,
    plan_rows::{PlanRow, version},
    policy_content::Content,
    policy_rows::{COLUMN, PolicyRow, TABLE, place, select},
};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent, sqlstate, store},
};
use async_trait::async_trait;
use insurance::{
    IssueFailure, PlanId, Policy, PolicyId, PolicyStatus, QuoteId,
    ports::{Moved, PolicyChange, PolicyFinder, PolicyStore},
};
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

const PROPOSE: &str = "\
INSERT INTO insurance_policies (id, user_id, quote_id, plan_id, plan_version, premium, content, row_key,
                                row_key_version, price_until, proposed_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
ON CONFLICT (quote_id) DO NOTHING";

const AMEND: &str = "\
UPDATE insurance_policies SET content = $3, row_key = $4, row_key_version = $5, version = $2
 WHERE id = $1 AND version = $2 - 1 AND state = 'PROPOSED'";

/// Two that pay with one order, or one that pays and one that refuses: the second meets the first's row.
const BUY: &str = "\
WITH held AS (
    SELECT id FROM insurance_policies WHERE id = $1 AND version = $2 FOR UPDATE
), sold AS (
    INSERT INTO insurance_sales (order_id, policy_id, decided_at) SELECT $4, id, $11 FROM held RETURNING order_id
)
UPDATE insurance_policies
   SET state = $3, order_id = sold.order_id, paid_at = $5, policy_number = $6, starts_on = $7, ends_on = $8,
       issued_at = $9, failure = $10, updated_at = $11, version = version + 1
  FROM sold WHERE id = $1 AND version = $2";

const REFUSE: &str = "\
INSERT INTO insurance_sales (order_id, policy_id, decided_at) VALUES ($1, NULL, $2) ON CONFLICT DO NOTHING";

const MOVE_ON: &str = "\
UPDATE insurance_policies
   SET state = $3, order_id = $4, paid_at = $5, policy_number = $6, starts_on = $7, ends_on = $8, issued_at = $9,
       failure = $10, updated_at = $11, version = version + 1
 WHERE id = $1 AND version = $2";

const FIND_LIVE: &str = "\
SELECT id FROM insurance_policies WHERE user_id = $1 AND plan_id = $2 AND state IN ('ISSUING', 'ACTIVE')";

/// The SQLSTATE of a row that another one leaves no room for.
const UNIQUE_VIOLATION: &str = "23505";

/// Policies on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgPolicyStore {
    postgres: Postgres,
}

impl PgPolicyStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    async fn read(&self, rest: &str, values: Vec<Value>) -> Result<Vec<Policy>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, select(rest), values);
        let rows = self.postgres.db.query_all_raw(statement).await.or_store_error()?;
        let policy = |row| {
            let plan = PlanRow::from_query_result(&row, "").or_store_error()?;
            PolicyRow::from_query_result(&row, "").or_store_error()?.policy(plan, &self.postgres.vault)
        };
        rows.into_iter().map(policy).collect()
    }

    async fn one(&self, rest: &str, values: Vec<Value>) -> Result<Option<Policy>, StoreError> {
        Ok(self.read(rest, values).await?.pop())
    }

    /// The values of [`PROPOSE`].
    fn values(&self, policy: &Policy) -> Result<[Value; 11], StoreError> {
        let (key, wrapped) = self.postgres.vault.new_row_key(place(policy.id))?;
        let content = serde_json::to_vec(&Content::from(policy))
            .map_err(|error| StoreError::Inconsistent(Box::new(error)))?;
        Ok([
            policy.id.uuid().into(),
            policy.user_id.uuid().into(),
            policy.quote_id.uuid().into(),
            policy.plan.id.uuid().into(),
            version(policy.plan.version)?.into(),
            policy.premium.total.get().into(),
            key.seal(COLUMN, &content)?.into(),
            wrapped.bytes.into(),
            wrapped.version.into(),
            policy.price_until.into(),
            policy.proposed_at.into(),
        ])
    }
}

/// The values of [`MOVE_ON`].
fn moved(change: &PolicyChange) -> [Value; 11] {
    let (state, issued) = (&change.state, change.state.issued());
    [
        change.policy_id.uuid().into(),
        change.version.into(),
        state.status().word().into(),
        state.sale().map(|sale| sale.order.as_str()).into(),
        state.sale().map(|sale| sale.paid_at).into(),
        issued.map(|issued| issued.number.as_str()).into(),
        issued.map(|issued| issued.starts_on).into(),
        issued.map(|issued| issued.ends_on).into(),
        issued.map(|issued| issued.at).into(),
        state.failure().map(IssueFailure::word).into(),
        change.at.into(),
    ]
}

#[async_trait]
impl PolicyStore for PgPolicyStore {
    async fn propose(&self, policy: &Policy) -> Result<Policy, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, PROPOSE, self.values(policy)?);
        let kept = self.postgres.db.execute_raw(statement).await.or_store_error()?;
        if kept.rows_affected() > 0 {
            return Ok(policy.clone());
        }
        let stands = self.find_by_quote(policy.user_id, policy.quote_id).await?;
        stands.ok_or_else(|| inconsistent("a quote's policy is somebody else's"))
    }

    async fn amend(&self, policy: &Policy) -> Result<bool, StoreError> {
        let [.., content, row_key, row_key_version, _, _] = self.values(policy)?;
        let values = [policy.id.uuid().into(), policy.version.into(), content, row_key, row_key_version];
        changes(&self.postgres.db, AMEND, values).await
    }

    async fn record(&self, change: &PolicyChange) -> Result<Moved, StoreError> {
        let sql = match change.state.status() {
            PolicyStatus::Issuing => BUY,
            PolicyStatus::Proposed
            | PolicyStatus::Active
            | PolicyStatus::IssueFailed
            | PolicyStatus::Refunded => MOVE_ON,
        };
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, moved(change));
        match self.postgres.db.execute_raw(statement).await {
            Ok(done) if done.rows_affected() > 0 => Ok(Moved::Done),
            Ok(_) => Ok(Moved::Stale),
            Err(error) if sqlstate(&error).as_deref() == Some(UNIQUE_VIOLATION) => Ok(Moved::Taken),
            Err(error) => Err(store(error)),
        }
    }

    async fn find(&self, user_id: UserId, id: PolicyId) -> Result<Option<Policy>, StoreError> {
        self.one("y.id = $1 AND y.user_id = $2", vec![id.uuid().into(), user_id.uuid().into()]).await
    }

    async fn find_by_quote(&self, user_id: UserId, quote_id: QuoteId) -> Result<Option<Policy>, StoreError> {
        let values = vec![quote_id.uuid().into(), user_id.uuid().into()];
        self.one("y.quote_id = $1 AND y.user_id = $2", values).await
    }

    async fn find_by_order(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError> {
        self.one("y.order_id = $1", vec![order.as_str().into()]).await
    }

    async fn refuse(&self, order: &OrderRef, at: OffsetDateTime) -> Result<Option<Policy>, StoreError> {
        let values = [order.as_str().into(), at.into()];
        if changes(&self.postgres.db, REFUSE, values).await? {
            return Ok(None);
        }
        self.find_by_order(order).await
    }
}

#[async_trait]
impl PolicyFinder for PgPolicyStore {
    async fn find_live(&self, user_id: UserId, plan_id: PlanId) -> Result<Option<PolicyId>, StoreError> {
        let values = [user_id.uuid().into(), plan_id.uuid().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND_LIVE, values);
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        row.map(|row| row.try_get("", "id").map(PolicyId::new)).transpose().or_store_error()
    }

    async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Policy>, StoreError> {
        let rest = "y.user_id = $1 AND y.id < $2 AND y.state <> 'PROPOSED' ORDER BY y.id DESC LIMIT $3";
        let before = after.map_or(Uuid::max(), Cursor::row);
        let one_more = i64::try_from(limit.rows()).unwrap_or(i64::MAX).saturating_add(1);
        let rows = self.read(rest, vec![user_id.uuid().into(), before.into(), one_more.into()]).await?;
        Ok(Page::cut(rows, limit, |policy| policy.id.uuid()))
    }
}

/// Policies that are paid for and wait for the insurer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult)]
pub struct PoliciesWaiting {
    /// How many.
    pub issuing: i64,
    /// When the first of them was paid for.
    pub paid_first: Option<OffsetDateTime>,
}

impl Postgres {
    /// How the policies stand that wait for the insurer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policies_waiting(&self) -> Result<PoliciesWaiting, StoreError> {
        let statement = Statement::from_string(
            DbBackend::Postgres,
            "SELECT count(*) AS issuing, min(paid_at) AS paid_first FROM insurance_policies WHERE state = 'ISSUING'",
        );
        let waiting = PoliciesWaiting::find_by_statement(statement).one(&self.db).await.or_store_error()?;
        Ok(waiting.unwrap_or_default())
    }

    /// Forgets what was proposed and never paid for, and whose price ended before `before`; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_proposals(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget(TABLE, "state = 'PROPOSED' AND price_until < $1", before).await
    }
}
