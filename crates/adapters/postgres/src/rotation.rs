//! Rotating the master key: every row's own key is wrapped anew, while everything goes on.

use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use serde_json::json;
use uuid::Uuid;

/// How many rows are wrapped anew in one statement: a few milliseconds of row locks.
const ROWS_AT_A_TIME: i64 = 500;

/// How often a table is gone over: again for rows that were written with the old key meanwhile, by an instance
/// that had not got the new one yet.
const PASSES_MAX: u8 = 3;

/// A table whose rows have keys of their own, in the columns `row_key` and `row_key_version`.
struct Sealed {
    table: &'static str,
    /// The column whose value the sealed columns are bound to.
    id: &'static str,
}

/// Every table that is sealed row by row; a test compares this with the schema. Left out is only
/// `idempotency_keys`, whose rows live for a day: keep the old master key for that long.
const SEALED: &[Sealed] = &[
    Sealed { table: "users", id: "id" },
    Sealed { table: "sessions", id: "id" },
    Sealed { table: "user_profiles", id: "user_id" },
    Sealed { table: "order_sessions", id: "row_id" },
    Sealed { table: "inbox", id: "id" },
    Sealed { table: "insurance_quotes", id: "id" },
    Sealed { table: "insurance_dependant_versions", id: "id" },
    Sealed { table: "insurance_policies", id: "id" },
];

/// What a rotation did to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The table.
    pub table: &'static str,
    /// How many rows were wrapped anew.
    pub rewrapped: u64,
    /// How many rows still have an older key; 0 unless instances without the new master key go on writing.
    pub left: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    row_key: Vec<u8>,
    row_key_version: i16,
}

impl Postgres {
    /// Wraps every row's key with the master key in use. Nothing that is sealed is touched, nobody waits, and it
    /// can be stopped and begun again at any time. Once every table has none left, and a day has passed for the
    /// kept answers, the old master key may be thrown away.
    ///
    /// # Errors
    /// When the database fails or a row's master key is not among ours; what was done stays done.
    pub async fn rotate_keys(&self) -> Result<Vec<Rotation>, StoreError> {
        let mut rotations = Vec::with_capacity(SEALED.len());
        for sealed in SEALED {
            let mut rewrapped = 0_u64;
            let mut left = self.left(sealed).await?;
            for _ in 0..PASSES_MAX {
                if left == 0 {
                    break;
                }
                rewrapped = rewrapped.saturating_add(self.pass(sealed).await?);
                left = self.left(sealed).await?;
            }
            rotations.push(Rotation { table: sealed.table, rewrapped, left });
        }
        Ok(rotations)
    }

    /// The tables that [`rotate_keys`](Self::rotate_keys) goes over.
    pub fn sealed_tables() -> impl Iterator<Item = &'static str> {
        SEALED.iter().map(|sealed| sealed.table)
    }

    /// Goes over a table once, in the order of its ids; answers how many rows were wrapped anew.
    async fn pass(&self, sealed: &Sealed) -> Result<u64, StoreError> {
        let (mut after, mut rewrapped) = (Uuid::nil(), 0_u64);
        loop {
            let rows = self.rows(sealed, after).await?;
            let Some(last) = rows.last().map(|row| row.id) else { return Ok(rewrapped) };
            rewrapped = rewrapped.saturating_add(self.rewrap(sealed, &rows).await?);
            after = last;
        }
    }

    async fn rows(&self, sealed: &Sealed, after: Uuid) -> Result<Vec<Row>, StoreError> {
        let Sealed { table, id } = sealed;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            format!(
                "SELECT {id} AS id, row_key, row_key_version FROM {table}
                  WHERE {id} > $1 AND row_key_version <> $2 ORDER BY {id} LIMIT $3"
            ),
            [after.into(), self.vault.current_version().into(), ROWS_AT_A_TIME.into()],
        );
        Row::find_by_statement(statement).all(&self.db).await.or_store_error()
    }

    async fn rewrap(&self, sealed: &Sealed, rows: &[Row]) -> Result<u64, StoreError> {
        let Sealed { table, id } = sealed;
        let mut anew = Vec::with_capacity(rows.len());
        for row in rows {
            let place = Place { table, row: row.id };
            let old = WrappedKey { version: row.row_key_version, bytes: row.row_key.clone() };
            if let Some(new) = self.vault.rewrap(place, &old)? {
                anew.push(json!({ "id": row.id, "old": hex(&old.bytes), "new": hex(&new.bytes) }));
            }
        }
        // A row whose key was changed or destroyed meanwhile is left alone.
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            format!(
                "UPDATE {table} t SET row_key = decode(anew.new, 'hex'), row_key_version = $2
                   FROM jsonb_to_recordset($1) AS anew (id uuid, old text, new text)
                  WHERE t.{id} = anew.id AND t.row_key = decode(anew.old, 'hex')"
            ),
            [serde_json::Value::Array(anew).into(), self.vault.current_version().into()],
        );
        Ok(self.db.execute_raw(statement).await.or_store_error()?.rows_affected())
    }

    async fn left(&self, sealed: &Sealed) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            format!("SELECT count(*) AS rows FROM {} WHERE row_key_version <> $1", sealed.table),
            [self.vault.current_version().into()],
        );
        let row = self.db.query_one_raw(statement).await.or_store_error()?;
        let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows")).or_store_error()?;
        u64::try_from(rows).map_err(|_| inconsistent("a count is negative"))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
