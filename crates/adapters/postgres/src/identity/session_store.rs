//! Keeps sessions: one row a device, however often it refreshes; an ended one is told to every instance.

use super::{TOPIC, wording::audit};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    queue::news_payload,
    vault::{Place, WrappedKey},
};
use async_trait::async_trait;
use identity::{
    AuditEvent, DeviceInfo, Roles,
    ports::{
        EndedSession, LiveSession, OthersEnd, Rotated, Rotation, SessionEnd, SessionOwner, SessionStore,
    },
};
use kernel::{SessionId, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

/// [`SessionStore`] on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgSessionStore {
    postgres: Postgres,
}

impl Postgres {
    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> PgSessionStore {
        PgSessionStore { postgres: self.clone() }
    }
}

const ROTATE: &str = "
SELECT * FROM session_rotate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb)";

/// Ends one session, tells every instance, and keeps the audit entry: all of it or, if there is no such live
/// session, nothing. The person is locked first, as at sign-in: the session's device is forgotten after the entry is
/// kept, and there before.
const END: &str = "
WITH person AS MATERIALIZED (
    SELECT id FROM users WHERE id = $2 FOR NO KEY UPDATE
), ended AS (
    UPDATE sessions s SET ended_at = $4, end_reason = $5 FROM person
     WHERE s.id = $1 AND s.user_id = person.id AND ($3::bytea IS NULL OR family = $3)
       AND ended_at IS NULL AND idle_ends_at > $4 AND expires_at > $4
    RETURNING s.id
)
SELECT pg_notify('session_revoked', id::text)::text AS told,
       sign_in_audit($6::jsonb, $2, $7, $8)::text AS kept FROM ended";

/// Ends every live session of a person but one, and forgets every device but that session's. The person is locked first
/// and then sessions in their order, as at sign-in, so that the two never wait for each other.
const END_OTHERS: &str = "
WITH person AS MATERIALIZED (
    SELECT id, phone_hash FROM users WHERE id = $1 FOR NO KEY UPDATE
), live AS (
    SELECT s.id FROM person JOIN sessions s ON s.user_id = person.id
     WHERE s.id <> $2 AND ended_at IS NULL AND idle_ends_at > $3 AND expires_at > $3
     ORDER BY s.id FOR UPDATE OF s
), ended AS (
    UPDATE sessions s SET ended_at = $3, end_reason = 'revoked' FROM live WHERE s.id = live.id
    RETURNING s.id
), told AS MATERIALIZED (
    SELECT id, pg_notify('session_revoked', id::text)::text AS told FROM ended
), counted AS MATERIALIZED (
    SELECT count(told) AS revoked FROM told
), forgotten AS (
    DELETE FROM known_devices d USING person
     WHERE d.phone_hash = person.phone_hash AND d.session_id IS DISTINCT FROM $2
)
SELECT revoked,
       CASE WHEN revoked > 0 THEN sign_in_audit($4::jsonb, $1, $5, $6)::text END AS kept
  FROM counted";

const LIVE: &str = "
SELECT id, device, row_key, row_key_version, created_at, last_used_at, expires_at FROM sessions
 WHERE user_id = $1 AND ended_at IS NULL AND idle_ends_at > $2 AND expires_at > $2
 ORDER BY last_used_at DESC, id DESC";

#[derive(FromQueryResult)]
struct RotatedRow {
    outcome: String,
    sealed: Option<Vec<u8>>,
    roles: Option<String>,
}

impl RotatedRow {
    fn rotated(self) -> Result<Rotated, StoreError> {
        let roles = |words: Option<String>| Roles::from_words(words?.split(','));
        let rotated = match self.outcome.as_str() {
            "spent" => Some(Rotated::Spent),
            "retry" => self.sealed.map(|sealed| Rotated::Retry { sealed }),
            "reused" => Some(Rotated::Reused),
            "over" => Some(Rotated::Over),
            "foreign" => Some(Rotated::Foreign),
            "deactivated" => Some(Rotated::Deactivated),
            "other_roles" => roles(self.roles).map(Rotated::OtherRoles),
            _ => None,
        };
        rotated.ok_or_else(|| inconsistent("a rotation came out in a way we do not know"))
    }
}

#[derive(FromQueryResult)]
struct LiveRow {
    id: Uuid,
    device: Option<Vec<u8>>,
    row_key: Option<Vec<u8>>,
    row_key_version: Option<i16>,
    created_at: OffsetDateTime,
    last_used_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

#[derive(FromQueryResult)]
struct EndedRow {
    id: Uuid,
    ended_at: OffsetDateTime,
}

impl PgSessionStore {
    fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
    }

    fn live(&self, row: LiveRow) -> Result<LiveSession, StoreError> {
        let device = self.device(&row)?;
        let LiveRow { id, created_at, last_used_at, expires_at, .. } = row;
        Ok(LiveSession { id: SessionId::new(id), device, created_at, last_used_at, expires_at })
    }

    fn device(&self, row: &LiveRow) -> Result<Option<DeviceInfo>, StoreError> {
        let (Some(sealed), Some(bytes), Some(version)) = (&row.device, &row.row_key, row.row_key_version)
        else {
            return Ok(None);
        };
        let wrapped = WrappedKey { version, bytes: bytes.clone() };
        let key = self.postgres.vault.open_row_key(Place { table: "sessions", row: row.id }, &wrapped)?;
        let name = key.open_text("device", Some(sealed))?.unwrap_or_default();
        DeviceInfo::parse(&name).map_err(|_| inconsistent("a session holds a device's name we would refuse"))
    }

    /// The entry and its actor and action, as `sign_in_audit` takes them.
    fn entry(event: &AuditEvent) -> [Value; 3] {
        [audit(event).into(), event.actor.to_text().into(), event.action.word().into()]
    }
}

#[async_trait]
impl SessionStore for PgSessionStore {
    async fn rotate(&self, fact: &Rotation) -> Result<Rotated, StoreError> {
        let roles: Vec<_> = fact.roles.words().collect();
        let statement = Self::statement(
            ROTATE,
            [
                fact.session_id.uuid().into(),
                fact.user_id.uuid().into(),
                fact.expires_at.into(),
                roles.join(",").into(),
                fact.family.bytes().to_vec().into(),
                fact.presented.bytes().to_vec().into(),
                fact.successor.bytes().to_vec().into(),
                fact.sealed.clone().into(),
                fact.retry_until.into(),
                fact.idle_ends_at.into(),
                fact.at.into(),
                audit(&fact.reuse_audit).into(),
                news_payload(TOPIC, &fact.reuse_news)?.into(),
            ],
        );
        let row = RotatedRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        let rotated = row.ok_or_else(|| inconsistent("a rotation came to nothing"))?.rotated()?;
        if matches!(rotated, Rotated::Reused) {
            self.postgres.ring();
        }
        Ok(rotated)
    }

    async fn end(&self, fact: &SessionEnd) -> Result<bool, StoreError> {
        let (user_id, family) = match fact.owner {
            SessionOwner::Person(user_id) => (user_id, None),
            SessionOwner::Token { user_id, family } => (user_id, Some(family.bytes().to_vec())),
        };
        let [entry, actor, action] = Self::entry(&fact.audit);
        let statement = Self::statement(
            END,
            [
                fact.session_id.uuid().into(),
                user_id.uuid().into(),
                family.into(),
                fact.at.into(),
                fact.reason.word().into(),
                entry,
                actor,
                action,
            ],
        );
        Ok(self.postgres.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    async fn end_others(&self, fact: &OthersEnd) -> Result<u64, StoreError> {
        let [entry, actor, action] = Self::entry(&fact.audit);
        let statement = Self::statement(
            END_OTHERS,
            [fact.user_id.uuid().into(), fact.kept.uuid().into(), fact.at.into(), entry, actor, action],
        );
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        let row = row.ok_or_else(|| inconsistent("ending sessions came to nothing"))?;
        let revoked: i64 = row.try_get("", "revoked").or_store_error()?;
        u64::try_from(revoked).map_err(|_| inconsistent("fewer than no sessions were ended"))
    }

    async fn live_sessions(
        &self,
        user_id: UserId,
        at: OffsetDateTime,
    ) -> Result<Vec<LiveSession>, StoreError> {
        let statement = Self::statement(LIVE, [user_id.uuid().into(), at.into()]);
        let rows = LiveRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        rows.into_iter().map(|row| self.live(row)).collect()
    }

    async fn is_live(&self, session_id: SessionId, at: OffsetDateTime) -> Result<bool, StoreError> {
        let statement = Self::statement(
            "SELECT 1 AS live FROM sessions
              WHERE id = $1 AND ended_at IS NULL AND idle_ends_at > $2 AND expires_at > $2",
            [session_id.uuid().into(), at.into()],
        );
        Ok(self.postgres.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    async fn ended_since(&self, since: OffsetDateTime) -> Result<Vec<EndedSession>, StoreError> {
        let statement =
            Self::statement("SELECT id, ended_at FROM sessions WHERE ended_at >= $1", [since.into()]);
        let rows = EndedRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        let ended = |row: EndedRow| EndedSession { id: SessionId::new(row.id), ended_at: row.ended_at };
        Ok(rows.into_iter().map(ended).collect())
    }

    async fn forget_over(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        // One after the other, since each has an index of its own.
        let expired = self.postgres.forget("sessions", "expires_at < $1", before).await?;
        let ended = self.postgres.forget("sessions", "ended_at < $1", before).await?;
        Ok(expired.saturating_add(ended))
    }
}
