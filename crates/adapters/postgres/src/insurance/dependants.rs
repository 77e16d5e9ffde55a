//! Dependants: what was told of them is sealed, each version with a key of its own.

use super::{
    changes,
    life_text::{LifeText, unreadable, word},
    plan_rows::version,
};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use async_trait::async_trait;
use insurance::{
    Dependant, DependantId, Relative,
    ports::{Added, DependantStore, NewDependant},
};
use kernel::{Masked, StoreError, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait as _, Value};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

const TABLE: &str = "insurance_dependant_versions";
const COLUMN: &str = "content";

/// Whoever adds to one family waits for each other.
const WAIT_IN_LINE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('insurance dependants ' || $1::text, 0))";

const LIST: &str = "\
SELECT d.id, d.version, v.id AS row_id, v.content, v.row_key, v.row_key_version
  FROM insurance_dependants d
  JOIN insurance_dependant_versions v ON v.dependant_id = d.id AND v.version = d.version
 WHERE d.user_id = $1 AND d.removed_at IS NULL AND ($2::uuid IS NULL OR d.id = $2)
 ORDER BY d.place";

const ADD: &str = "\
WITH added AS (
    INSERT INTO insurance_dependants (id, user_id, version, added_at) VALUES ($1, $2, $3, $4) RETURNING id
)
INSERT INTO insurance_dependant_versions (dependant_id, version, told_at, id, content, row_key, row_key_version)
SELECT id, $3, $4, $5, $6, $7, $8 FROM added";

const MOVE_ON: &str = "\
WITH moved AS (
    UPDATE insurance_dependants SET version = $3
     WHERE id = $1 AND user_id = $2 AND version = $3 - 1 AND removed_at IS NULL
    RETURNING id
)
INSERT INTO insurance_dependant_versions (dependant_id, version, told_at, id, content, row_key, row_key_version)
SELECT id, $3, $4, $5, $6, $7, $8 FROM moved";

const REMOVE: &str = "\
UPDATE insurance_dependants SET removed_at = greatest($3, added_at)
 WHERE id = $1 AND user_id = $2 AND removed_at IS NULL";

/// Dependants on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgDependantStore {
    postgres: Postgres,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    version: i32,
    row_id: Uuid,
    content: Vec<u8>,
    row_key: Vec<u8>,
    row_key_version: i16,
}

/// What is sealed of a version.
#[derive(Serialize, Deserialize)]
struct Content {
    first_name: String,
    last_name: Option<String>,
    relationship: String,
    life: LifeText,
}

impl From<&Relative> for Content {
    fn from(relative: &Relative) -> Self {
        Self {
            first_name: relative.first_name.expose().clone(),
            last_name: relative.last_name.as_ref().map(|name| name.expose().clone()),
            relationship: relative.relationship.word().to_owned(),
            life: LifeText::from(&relative.life),
        }
    }
}

impl PgDependantStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    /// The dependants of this person that are on the list; `only` that one, if it is named.
    async fn read(
        &self,
        db: &impl ConnectionTrait,
        user_id: UserId,
        only: Option<DependantId>,
    ) -> Result<Vec<Dependant>, StoreError> {
        let values = [user_id.uuid().into(), only.map(DependantId::uuid).into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, LIST, values);
        let rows = Row::find_by_statement(statement).all(db).await.or_store_error()?;
        rows.into_iter().map(|row| self.dependant(row)).collect()
    }

    fn dependant(&self, row: Row) -> Result<Dependant, StoreError> {
        let wrapped = WrappedKey { version: row.row_key_version, bytes: row.row_key };
        let key = self.postgres.vault.open_row_key(Place { table: TABLE, row: row.row_id }, &wrapped)?;
        let content: Content =
            serde_json::from_slice(&key.open(COLUMN, &row.content)?).map_err(|_| unreadable())?;
        let relative = Relative {
            first_name: Masked::new(content.first_name),
            last_name: content.last_name.map(Masked::new),
            relationship: word(&content.relationship)?,
            life: content.life.life()?,
        };
        let version = u32::try_from(row.version).map_err(|_| inconsistent("a version is negative"))?;
        Ok(Dependant { id: DependantId::new(row.id), version, relative })
    }

    /// The values of [`ADD`] and [`MOVE_ON`]: whose dependant, which version of it, and that version sealed.
    fn values(
        &self,
        user_id: UserId,
        dependant: &Dependant,
        at: OffsetDateTime,
    ) -> Result<[Value; 8], StoreError> {
        let vault = &self.postgres.vault;
        let row = vault.env().new_uuid();
        let (key, wrapped) = vault.new_row_key(Place { table: TABLE, row })?;
        let content = serde_json::to_vec(&Content::from(&dependant.relative)).map_err(|_| unreadable())?;
        Ok([
            dependant.id.uuid().into(),
            user_id.uuid().into(),
            version(dependant.version)?.into(),
            at.into(),
            row.into(),
            key.seal(COLUMN, &content)?.into(),
            wrapped.bytes.into(),
            wrapped.version.into(),
        ])
    }
}

#[async_trait]
impl DependantStore for PgDependantStore {
    async fn list(&self, user_id: UserId) -> Result<Vec<Dependant>, StoreError> {
        self.read(&self.postgres.db, user_id, None).await
    }

    async fn find(&self, user_id: UserId, id: DependantId) -> Result<Option<Dependant>, StoreError> {
        Ok(self.read(&self.postgres.db, user_id, Some(id)).await?.pop())
    }

    async fn add(&self, new: &NewDependant) -> Result<Added, StoreError> {
        let transaction = self.postgres.db.begin().await.or_store_error()?;
        changes(&transaction, WAIT_IN_LINE, [new.user_id.uuid().into()]).await?;
        let mut family = self.read(&transaction, new.user_id, None).await?;
        let same = family.iter().position(|dependant| dependant.relative == new.dependant.relative);
        if let Some(same) = same {
            return Ok(Added::Same(family.swap_remove(same)));
        }
        if family.len() >= usize::from(new.most) {
            return Ok(Added::TooMany);
        }
        changes(&transaction, ADD, self.values(new.user_id, &new.dependant, new.at)?).await?;
        transaction.commit().await.or_store_error()?;
        Ok(Added::New)
    }

    async fn record_version(
        &self,
        user_id: UserId,
        next: &Dependant,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        changes(&self.postgres.db, MOVE_ON, self.values(user_id, next, at)?).await
    }

    async fn remove(&self, user_id: UserId, id: DependantId, at: OffsetDateTime) -> Result<bool, StoreError> {
        changes(&self.postgres.db, REMOVE, [id.uuid().into(), user_id.uuid().into(), at.into()]).await
    }
}

impl Postgres {
    /// Forgets dependants that were taken off the list before `before`, with every version; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_dependants(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("insurance_dependants", "removed_at < $1", before).await
    }
}
