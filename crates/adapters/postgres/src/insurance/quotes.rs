//! Quotes: written once, read by their owner, forgotten some time after they ended.

use super::{life_text::unreadable, plan_rows::version, quote_content::Content};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use async_trait::async_trait;
use insurance::{PlanCode, PlanId, Quote, QuoteId, ports::QuoteStore};
use kernel::{StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

const TABLE: &str = "insurance_quotes";
const COLUMN: &str = "content";

const RECORD: &str = "\
INSERT INTO insurance_quotes (user_id, id, plan_id, plan_version, rate_version, content, row_key, row_key_version,
                              quoted_at, valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const FIND: &str = "\
SELECT q.plan_id, p.code, q.plan_version, q.rate_version, q.content, q.row_key, q.row_key_version, q.quoted_at,
       q.valid_until
  FROM insurance_quotes q JOIN insurance_plans p ON p.id = q.plan_id
 WHERE q.user_id = $1 AND q.id = $2";

/// Quotes on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgQuoteStore {
    postgres: Postgres,
}

#[derive(FromQueryResult)]
struct Row {
    plan_id: Uuid,
    code: String,
    plan_version: i32,
    rate_version: String,
    content: Vec<u8>,
    row_key: Vec<u8>,
    row_key_version: i16,
    quoted_at: OffsetDateTime,
    valid_until: OffsetDateTime,
}

fn place(id: QuoteId) -> Place {
    Place { table: TABLE, row: id.uuid() }
}

impl PgQuoteStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    fn quote(&self, user_id: UserId, id: QuoteId, row: Row) -> Result<Quote, StoreError> {
        let wrapped = WrappedKey { version: row.row_key_version, bytes: row.row_key };
        let key = self.postgres.vault.open_row_key(place(id), &wrapped)?;
        let content: Content =
            serde_json::from_slice(&key.open(COLUMN, &row.content)?).map_err(|_| unreadable())?;
        Ok(Quote {
            id,
            user_id,
            plan_id: PlanId::new(row.plan_id),
            plan_code: PlanCode::parse(&row.code).ok_or_else(|| inconsistent("a plan's code is none"))?,
            plan_version: u32::try_from(row.plan_version)
                .map_err(|_| inconsistent("a version is negative"))?,
            cover: content.cover()?,
            pincode: content.pincode()?,
            premium: content.premium()?,
            hash: content.hash(),
            rate_version: row.rate_version,
            quoted_at: row.quoted_at,
            valid_until: row.valid_until,
        })
    }
}

#[async_trait]
impl QuoteStore for PgQuoteStore {
    async fn record(&self, quote: &Quote) -> Result<(), StoreError> {
        let (key, wrapped) = self.postgres.vault.new_row_key(place(quote.id))?;
        let content = serde_json::to_vec(&Content::from(quote))
            .map_err(|error| StoreError::Inconsistent(Box::new(error)))?;
        let values: [Value; 10] = [
            quote.user_id.uuid().into(),
            quote.id.uuid().into(),
            quote.plan_id.uuid().into(),
            version(quote.plan_version)?.into(),
            quote.rate_version.clone().into(),
            key.seal(COLUMN, &content)?.into(),
            wrapped.bytes.into(),
            wrapped.version.into(),
            quote.quoted_at.into(),
            quote.valid_until.into(),
        ];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, RECORD, values);
        self.postgres.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    async fn find(&self, user_id: UserId, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        let values = [user_id.uuid().into(), id.uuid().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND, values);
        let row = Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.map(|row| self.quote(user_id, id, row)).transpose()
    }
}

impl Postgres {
    /// Forgets quotes that ended before `before`; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_quotes(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget(TABLE, "valid_until < $1", before).await
    }
}
