//! What the check of the audit log reads, a bounded number of rows at a time.

use super::log::{count, hash};
use crate::fault::OrStoreError as _;
use audit::{ChainEntry, ChainHash, ChainHead, Entry};
use kernel::{StoreError, UserId};
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// One entry with the head of its chain.
#[derive(FromQueryResult)]
pub(super) struct Link {
    subject: Uuid,
    place: i64,
    id: Uuid,
    actor: String,
    action: String,
    at: OffsetDateTime,
    ip: Option<String>,
    request_id: Option<String>,
    detail: serde_json::Value,
    previous: Vec<u8>,
    hash: Vec<u8>,
    head_length: Option<i64>,
    head_hash: Option<Vec<u8>>,
}

impl Link {
    /// Where it stands in the order in which entries are read.
    pub(super) const fn position(&self) -> (Uuid, i64) {
        (self.subject, self.place)
    }

    pub(super) fn entry(&self) -> ChainEntry {
        let entry = Entry {
            id: self.id,
            subject: UserId::new(self.subject),
            actor: self.actor.clone(),
            action: self.action.clone(),
            at: self.at,
            ip: self.ip.clone(),
            request_id: self.request_id.clone(),
            detail: facts(&self.detail),
        };
        let (previous, hash) = (hash(&self.previous), hash(&self.hash));
        ChainEntry { entry, place: count(self.place), previous, hash }
    }

    pub(super) fn head(&self) -> Option<ChainHead> {
        let (length, head) = (self.head_length?, self.head_hash.as_deref()?);
        Some(ChainHead { subject: UserId::new(self.subject), length: count(length), hash: hash(head) })
    }
}

/// The facts as the database hashes them. Whatever is not a flat object of texts was not written by us, and
/// hashes differently.
pub(super) fn facts(detail: &serde_json::Value) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let facts = detail.as_object().into_iter().flatten();
    facts.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// A head as a checkpoint saw it, and the hash of the entry at its place now.
#[derive(FromQueryResult)]
pub(super) struct SealedHead {
    subject: Uuid,
    length: i64,
    hash: Vec<u8>,
    found: Option<Vec<u8>>,
}

impl SealedHead {
    pub(super) const fn subject(&self) -> Uuid {
        self.subject
    }

    pub(super) fn head(&self) -> ChainHead {
        ChainHead { subject: UserId::new(self.subject), length: count(self.length), hash: hash(&self.hash) }
    }

    pub(super) fn found(&self) -> Option<ChainHash> {
        self.found.as_deref().map(hash)
    }
}

/// Entries after a position, by subject and place.
pub(super) async fn links(
    db: &DatabaseTransaction,
    after: (Uuid, i64),
    rows: i64,
) -> Result<Vec<Link>, StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT e.subject, e.place, e.id, e.actor, e.action, e.at, e.ip, e.request_id, e.detail, e.previous,
                e.hash, h.length AS head_length, h.hash AS head_hash
           FROM audit_events e LEFT JOIN audit_heads h USING (subject)
          WHERE (e.subject, e.place) > ($1, $2) ORDER BY e.subject, e.place LIMIT $3",
        [after.0.into(), after.1.into(), rows.into()],
    );
    Link::find_by_statement(statement).all(db).await.or_store_error()
}

/// The subjects of at most a thousand heads that have no entry at all.
pub(super) async fn heads_without_entries(db: &DatabaseTransaction) -> Result<Vec<Uuid>, StoreError> {
    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT subject FROM audit_heads h
          WHERE NOT EXISTS (SELECT FROM audit_events e WHERE e.subject = h.subject)
          ORDER BY subject LIMIT 1000",
    );
    #[derive(FromQueryResult)]
    struct Row {
        subject: Uuid,
    }
    let rows = Row::find_by_statement(statement).all(db).await.or_store_error()?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

/// The heads a checkpoint saw, after a subject.
pub(super) async fn sealed_heads(
    db: &DatabaseTransaction,
    checkpoint: i64,
    after: Uuid,
    rows: i64,
) -> Result<Vec<SealedHead>, StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT c.subject, c.length, c.hash, e.hash AS found
           FROM audit_checkpoint_chains c
           LEFT JOIN audit_events e ON e.subject = c.subject AND e.place = c.length
          WHERE c.checkpoint = $1 AND c.subject > $2 ORDER BY c.subject LIMIT $3",
        [checkpoint.into(), after.into(), rows.into()],
    );
    SealedHead::find_by_statement(statement).all(db).await.or_store_error()
}
