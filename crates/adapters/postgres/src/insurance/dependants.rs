//! Dependants: what was told of them is sealed, each version with a key of its own.

use super::{
    changes,
    life_text::{RelativeText, unreadable},
    plan_rows::version,
};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use async_trait::async_trait;
use insurance::{
    Dependant, DependantId, RelativePatch,
    ports::{Added, DependantStore, NewDependant},
};
use kernel::{StoreError, UserId};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement, TransactionTrait as _, Value,
};
use time::OffsetDateTime;
use uuid::Uuid;

const TABLE: &str = "insurance_dependant_versions";
const COLUMN: &str = "content";

/// Whoever adds to one family or changes it waits for each other.
const WAIT_IN_LINE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('insurance dependants ' || $1::text, 0))";

const LIST: &str = "\
SELECT d.id, d.version, v.id AS row_id, v.content, v.row_key, v.row_key_version
  FROM insurance_dependants d
  JOIN insurance_dependant_versions v ON v.dependant_id = d.id AND v.version = d.version
 WHERE d.user_id = $1 AND d.removed_at IS NULL
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
), superseded AS (
    UPDATE insurance_dependant_versions v SET superseded_at = greatest($4, v.told_at)
      FROM moved WHERE v.dependant_id = moved.id AND v.version = $3 - 1
)
INSERT INTO insurance_dependant_versions (dependant_id, version, told_at, id, content, row_key, row_key_version)
SELECT id, $3, $4, $5, $6, $7, $8 FROM moved";

const REMOVE: &str = "\
WITH removed AS (
    UPDATE insurance_dependants SET removed_at = greatest($3, added_at)
     WHERE id = $1 AND user_id = $2 AND removed_at IS NULL
)
SELECT EXISTS (SELECT FROM insurance_dependants WHERE id = $1 AND user_id = $2) AS known";

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

impl PgDependantStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    /// The dependants of this person that are on the list.
    async fn read(&self, db: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<Dependant>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, LIST, [user_id.uuid().into()]);
        let rows = Row::find_by_statement(statement).all(db).await.or_store_error()?;
        rows.into_iter().map(|row| self.dependant(row)).collect()
    }

    /// A transaction in which this family is changed by nobody else, and the family.
    async fn wait_in_line(
        &self,
        user_id: UserId,
    ) -> Result<(DatabaseTransaction, Vec<Dependant>), StoreError> {
        let transaction = self.postgres.db.begin().await.or_store_error()?;
        changes(&transaction, WAIT_IN_LINE, [user_id.uuid().into()]).await?;
        let family = self.read(&transaction, user_id).await?;
        Ok((transaction, family))
    }

    fn dependant(&self, row: Row) -> Result<Dependant, StoreError> {
        let wrapped = WrappedKey { version: row.row_key_version, bytes: row.row_key };
        let key = self.postgres.vault.open_row_key(Place { table: TABLE, row: row.row_id }, &wrapped)?;
        let content: RelativeText =
            serde_json::from_slice(&key.open(COLUMN, &row.content)?).map_err(|_| unreadable())?;
        let relative = content.relative()?;
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
        let content =
            serde_json::to_vec(&RelativeText::from(&dependant.relative)).map_err(|_| unreadable())?;
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
        self.read(&self.postgres.db, user_id).await
    }

    async fn add(&self, new: &NewDependant) -> Result<Added, StoreError> {
        let (transaction, mut family) = self.wait_in_line(new.user_id).await?;
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

    async fn change(
        &self,
        user_id: UserId,
        id: DependantId,
        patch: &RelativePatch,
        at: OffsetDateTime,
    ) -> Result<Option<Dependant>, StoreError> {
        let (transaction, family) = self.wait_in_line(user_id).await?;
        let Some(now) = family.into_iter().find(|dependant| dependant.id == id) else { return Ok(None) };
        let Some(next) = now.patched(patch) else { return Ok(Some(now)) };
        // Only taking them off the list does not wait in line.
        if !changes(&transaction, MOVE_ON, self.values(user_id, &next, at)?).await? {
            return Ok(None);
        }
        transaction.commit().await.or_store_error()?;
        Ok(Some(next))
    }

    async fn remove(&self, user_id: UserId, id: DependantId, at: OffsetDateTime) -> Result<bool, StoreError> {
        let values = [id.uuid().into(), user_id.uuid().into(), at.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, REMOVE, values);
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        row.map_or(Ok(false), |row| row.try_get("", "known")).or_store_error()
    }
}

impl Postgres {
    /// Forgets what was told of dependants and told otherwise before `before`, and who was taken off the list before
    /// then; answers how many of both. The first goes first, so that who is off the list takes little along.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_dependants(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let versions = self.forget(TABLE, "superseded_at < $1", before).await?;
        let dependants = self.forget("insurance_dependants", "removed_at < $1", before).await?;
        Ok(versions.saturating_add(dependants))
    }
}
