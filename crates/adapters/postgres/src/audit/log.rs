//! The audit log: appended to by the database's own function, read and checked here.

use super::check::{self, Link, SealedHead};
use crate::{Postgres, fault::OrStoreError as _, patience::take_time};
use async_trait::async_trait;
use audit::{
    ChainHash, ChainHead, Checkpoint, CheckpointRoot, Entry, SealKeys, Verification, Verifier,
    ports::AuditLog,
};
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel, Statement,
    TransactionTrait as _, Value,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Names the advisory lock under which checkpoints are made, one after the other.
const CHECKPOINT_LOCK: i64 = 0x4141_524f_4b59_4103;

/// How many rows the check reads at a time.
const ROWS_AT_A_TIME: i64 = 2_000;

/// The audit log on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgAuditLog {
    postgres: Postgres,
}

impl PgAuditLog {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }
}

/// What `audit_append` takes, in its order: for statements that record a fact with its entry.
pub(crate) fn values(entry: Entry) -> [Value; 8] {
    [
        entry.id.into(),
        entry.actor.into(),
        entry.action.into(),
        entry.subject.uuid().into(),
        entry.at.into(),
        entry.ip.into(),
        entry.request_id.into(),
        json!(entry.detail).into(),
    ]
}

/// Appends an entry, through the transaction of the fact it tells of if it has one.
pub(crate) async fn append(db: &impl ConnectionTrait, entry: Entry) -> Result<(), StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8)",
        values(entry),
    );
    db.query_one_raw(statement).await.or_store_error().map(drop)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    subject: Uuid,
    actor: String,
    action: String,
    at: OffsetDateTime,
    ip: Option<String>,
    request_id: Option<String>,
    detail: serde_json::Value,
}

impl Row {
    fn entry(self) -> Entry {
        Entry {
            id: self.id,
            subject: UserId::new(self.subject),
            actor: self.actor,
            action: self.action,
            at: self.at,
            ip: self.ip,
            request_id: self.request_id,
            detail: check::facts(&self.detail),
        }
    }
}

#[derive(FromQueryResult)]
struct HeadRow {
    subject: Uuid,
    length: i64,
    hash: Vec<u8>,
}

#[derive(FromQueryResult)]
struct CheckpointRow {
    number: i64,
    at: OffsetDateTime,
    chains: i64,
    root: Vec<u8>,
    key_version: i16,
    seal: Vec<u8>,
}

/// A hash as it stands in a row. One of another length was written by no program of ours, and is nobody's hash.
pub(super) fn hash(bytes: &[u8]) -> ChainHash {
    ChainHash::from_slice(bytes).unwrap_or(ChainHash::GENESIS)
}

/// A count as it stands in a row; a negative one was written by no program of ours.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl HeadRow {
    fn head(&self) -> ChainHead {
        ChainHead { subject: UserId::new(self.subject), length: count(self.length), hash: hash(&self.hash) }
    }
}

impl CheckpointRow {
    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            number: count(self.number),
            at: self.at,
            chains: count(self.chains),
            root: hash(&self.root),
            key_version: self.key_version,
            seal: hash(&self.seal),
        }
    }
}

#[async_trait]
impl AuditLog for PgAuditLog {
    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        append(&self.postgres.db, entry.clone()).await
    }

    async fn page(
        &self,
        subject: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        let rows = i64::try_from(limit.rows()).unwrap_or(i64::MAX).saturating_add(1);
        let before = after.map_or(Uuid::max(), Cursor::row);
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT id, subject, actor, action, at, ip, request_id, detail FROM audit_events
              WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            [subject.uuid().into(), before.into(), rows.into()],
        );
        let rows = Row::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        let entries = rows.into_iter().map(Row::entry).collect();
        Ok(Page::cut(entries, limit, |entry: &Entry| entry.id))
    }

    async fn checkpoint(
        &self,
        at: OffsetDateTime,
        keys: &SealKeys,
        chains_max: u32,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let transaction = self.postgres.db.begin().await.or_store_error()?;
        take_time(&transaction).await?;
        let lock = format!("SELECT pg_advisory_xact_lock({CHECKPOINT_LOCK})");
        transaction.execute_unprepared(&lock).await.or_store_error()?;
        let previous = last_checkpoint(&transaction).await?;
        let heads = unsealed_heads(&transaction, chains_max).await?;
        let mut root = CheckpointRoot::default();
        heads.iter().for_each(|row| root.add(&row.head()));
        let checkpoint = keys.seal(previous.as_ref(), at, root);
        if let Some(checkpoint) = &checkpoint {
            insert_checkpoint(&transaction, checkpoint, &heads).await?;
        }
        transaction.commit().await.or_store_error()?;
        Ok(checkpoint)
    }

    async fn verify(&self, keys: &SealKeys) -> Result<Verification, StoreError> {
        // One snapshot for the whole check, so that entries appended meanwhile are simply not seen.
        let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
        let snapshot =
            self.postgres.db.begin_with_config(Some(isolation), Some(access)).await.or_store_error()?;
        let mut verifier = Verifier::new(keys);
        check_chains(&snapshot, &mut verifier).await?;
        check_checkpoints(&snapshot, &mut verifier).await?;
        snapshot.commit().await.or_store_error()?;
        Ok(verifier.finish())
    }
}

async fn last_checkpoint(db: &DatabaseTransaction) -> Result<Option<Checkpoint>, StoreError> {
    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT number, at, chains, root, key_version, seal FROM audit_checkpoints ORDER BY number DESC LIMIT 1",
    );
    let row = CheckpointRow::find_by_statement(statement).one(db).await.or_store_error()?;
    Ok(row.map(|row| row.checkpoint()))
}

/// The heads that no checkpoint has seen as they are now, in order of their subjects.
async fn unsealed_heads(db: &DatabaseTransaction, chains_max: u32) -> Result<Vec<HeadRow>, StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT subject, length, hash FROM audit_heads h
          WHERE length > 0
            AND NOT EXISTS (SELECT FROM audit_checkpoint_chains c
                             WHERE c.subject = h.subject AND c.length = h.length)
          ORDER BY subject LIMIT $1",
        [i64::from(chains_max).into()],
    );
    HeadRow::find_by_statement(statement).all(db).await.or_store_error()
}

async fn insert_checkpoint(
    db: &DatabaseTransaction,
    checkpoint: &Checkpoint,
    heads: &[HeadRow],
) -> Result<(), StoreError> {
    let heads: Vec<_> = heads
        .iter()
        .map(|row| json!({ "subject": row.subject, "length": row.length, "hash": hash(&row.hash).to_string() }))
        .collect();
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "WITH made AS (
             INSERT INTO audit_checkpoints (number, at, chains, root, key_version, seal)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING number
         )
         INSERT INTO audit_checkpoint_chains (checkpoint, subject, length, hash)
         SELECT made.number, head.subject, head.length, decode(head.hash, 'hex')
           FROM made, jsonb_to_recordset($7) AS head (subject uuid, length bigint, hash text)",
        [
            i64::try_from(checkpoint.number).unwrap_or(i64::MAX).into(),
            checkpoint.at.into(),
            i64::try_from(checkpoint.chains).unwrap_or(i64::MAX).into(),
            checkpoint.root.bytes().to_vec().into(),
            checkpoint.key_version.into(),
            checkpoint.seal.bytes().to_vec().into(),
            serde_json::Value::Array(heads).into(),
        ],
    );
    db.execute_raw(statement).await.or_store_error().map(drop)
}

async fn check_chains(db: &DatabaseTransaction, verifier: &mut Verifier<'_>) -> Result<(), StoreError> {
    let mut after = (Uuid::nil(), 0);
    loop {
        let links = check::links(db, after, ROWS_AT_A_TIME).await?;
        let Some(last) = links.last().map(Link::position) else { break };
        for link in &links {
            verifier.entry(&link.entry(), link.head());
        }
        after = last;
    }
    for subject in check::heads_without_entries(db).await? {
        verifier.stray_head(UserId::new(subject));
    }
    Ok(())
}

async fn check_checkpoints(db: &DatabaseTransaction, verifier: &mut Verifier<'_>) -> Result<(), StoreError> {
    let mut number = 0_i64;
    loop {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT number, at, chains, root, key_version, seal FROM audit_checkpoints
              WHERE number > $1 ORDER BY number LIMIT 1",
            [number.into()],
        );
        let Some(row) = CheckpointRow::find_by_statement(statement).one(db).await.or_store_error()? else {
            return Ok(());
        };
        verifier.checkpoint(&row.checkpoint());
        number = row.number;
        let mut after = Uuid::nil();
        loop {
            let heads = check::sealed_heads(db, number, after, ROWS_AT_A_TIME).await?;
            let Some(last) = heads.last().map(SealedHead::subject) else { break };
            for sealed in &heads {
                verifier.sealed_head(&sealed.head(), sealed.found());
            }
            after = last;
        }
    }
}
