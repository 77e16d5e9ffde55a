//! PINs and grants: every fact is one statement.

use super::audit_trail::audit_values;
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use identity::{
    CodeHash, Grant, PinId, PinPolicy, PinTries,
    ports::{NewPin, PinAnswer, PinAttempt, PinStore, Recorded, StepUp},
};
use kernel::{SessionId, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

/// How often an attempt is decided anew when a lock was lifted under it.
const TRIES_MAX: u8 = 3;

/// Spends an attempt unless a lock holds: [`identity::PinPolicy::spend`] in SQL. `$1` person, `$2` time, `$3` attempts
/// to a lock, `$4` and `$5` seconds of the first and of the longest, `$6` attempts in all.
const SPEND: &str = "\
UPDATE pins
   SET spent = spent + 1,
       locked_until = CASE WHEN (spent + 1) % $3::int = 0
           THEN $2 + least($4 * 2 ^ ((spent + 1) / $3::int - 1), $5) * interval '1 second' END
 WHERE user_id = $1 AND spent < $6 AND (locked_until IS NULL OR locked_until <= $2)
RETURNING pin_id, hash, spent, locked_until";

const STEP_UP: &str = "\
WITH pin AS (
    UPDATE pins SET spent = 0, locked_until = NULL WHERE user_id = $1 AND pin_id = $2 RETURNING user_id
), granted AS (
    INSERT INTO step_up_grants (user_id, session_id, granted_at, expires_at)
    SELECT user_id, $3, $4, $5 FROM pin
    ON CONFLICT (user_id, session_id) DO UPDATE
       SET granted_at = excluded.granted_at, expires_at = excluded.expires_at
    RETURNING user_id
)
SELECT audit_append($6, $7, $8, $9, $10, $11, $12, $13) AS place FROM granted";

/// Sets a PIN: `$1` person, `$2` its id, `$3` hash, `$4` time, `$5` the one it replaces, `$6` whether a birth date must
/// be known, `$7`–`$14` the entry.
const SET: &str = "\
WITH first AS (
    INSERT INTO pins (user_id, pin_id, hash, set_at)
    SELECT $1, $2, $3, $4
     WHERE $5::uuid IS NULL AND CASE WHEN $6 THEN person_birth_date_is_known($1) ELSE true END
    ON CONFLICT (user_id) DO NOTHING
    RETURNING user_id
), replaced AS (
    UPDATE pins SET pin_id = $2, hash = $3, set_at = $4, spent = 0, locked_until = NULL
     WHERE user_id = $1 AND pin_id = $5 AND CASE WHEN $6 THEN person_birth_date_is_known($1) ELSE true END
    RETURNING user_id
), done AS (
    SELECT user_id FROM first UNION ALL SELECT user_id FROM replaced
), ended AS (
    DELETE FROM step_up_grants g USING done WHERE g.user_id = done.user_id
)
SELECT audit_append($7, $8, $9, $10, $11, $12, $13, $14) AS place FROM done";

/// PINs on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgPinStore {
    postgres: Postgres,
}

impl PgPinStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    /// Whether a statement that ends in an audit entry found what it was about.
    async fn record(&self, sql: &str, values: Vec<Value>) -> Result<Recorded, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        Ok(row.map_or(Recorded::Stale, |_| Recorded::Done))
    }
}

#[derive(FromQueryResult)]
struct SpentRow {
    pin_id: Uuid,
    hash: String,
    spent: i16,
    locked_until: Option<OffsetDateTime>,
}

#[derive(FromQueryResult)]
struct TriesRow {
    spent: i16,
    locked_until: Option<OffsetDateTime>,
}

fn tries(spent: i16, locked_until: Option<OffsetDateTime>) -> PinTries {
    PinTries { spent: u8::try_from(spent).unwrap_or(u8::MAX), locked_until }
}

#[derive(FromQueryResult)]
struct GrantRow {
    granted_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

#[async_trait]
impl PinStore for PgPinStore {
    async fn find(&self, user_id: UserId) -> Result<Option<PinId>, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pin_id FROM pins WHERE user_id = $1",
            [user_id.uuid().into()],
        );
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        row.map(|row| row.try_get("", "pin_id").map(PinId::new)).transpose().or_store_error()
    }

    async fn spend_attempt(&self, fact: &PinAttempt) -> Result<PinAnswer, StoreError> {
        let user_id: Value = fact.user_id.uuid().into();
        let PinPolicy { attempts_max, locked_for, locked_for_most, wrong_max, .. } = fact.policy;
        for _ in 0..TRIES_MAX {
            let values = [
                user_id.clone(),
                fact.at.into(),
                i32::from(attempts_max).into(),
                locked_for.as_seconds_f64().into(),
                locked_for_most.as_seconds_f64().into(),
                i16::from(wrong_max).into(),
            ];
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, SPEND, values);
            let spent =
                SpentRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
            if let Some(row) = spent {
                let hash =
                    CodeHash::from_text(&row.hash).ok_or_else(|| inconsistent("a PIN is not a hash"))?;
                let tries = tries(row.spent, row.locked_until);
                return Ok(PinAnswer::Granted { pin_id: PinId::new(row.pin_id), hash, tries });
            }
            let sql = "SELECT spent, locked_until FROM pins WHERE user_id = $1";
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [user_id.clone()]);
            let row = TriesRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
            let Some(row) = row else { return Ok(PinAnswer::Missing) };
            if let Some(lock) = fact.policy.lock(tries(row.spent, row.locked_until), fact.at) {
                return Ok(PinAnswer::Locked(lock));
            }
            // A right PIN lifted the lock between the two statements.
        }
        Err(StoreError::Unavailable("a PIN is being tried too often at once".into()))
    }

    async fn record_step_up(&self, fact: &StepUp) -> Result<Recorded, StoreError> {
        let Grant { session_id, user_id, granted_at, expires_at } = fact.grant;
        let own: [Value; 5] = [
            user_id.uuid().into(),
            fact.pin_id.uuid().into(),
            session_id.uuid().into(),
            granted_at.into(),
            expires_at.into(),
        ];
        self.record(STEP_UP, own.into_iter().chain(audit_values(&fact.audit)).collect()).await
    }

    async fn record_pin(&self, fact: &NewPin) -> Result<Recorded, StoreError> {
        let own: [Value; 6] = [
            fact.user_id.uuid().into(),
            fact.pin_id.uuid().into(),
            fact.hash.to_text().into(),
            fact.at.into(),
            fact.replaces.map(PinId::uuid).into(),
            fact.needs_birth_date.into(),
        ];
        self.record(SET, own.into_iter().chain(audit_values(&fact.audit)).collect()).await
    }

    async fn grant(&self, user_id: UserId, session_id: SessionId) -> Result<Option<Grant>, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT granted_at, expires_at FROM step_up_grants WHERE user_id = $1 AND session_id = $2",
            [user_id.uuid().into(), session_id.uuid().into()],
        );
        let row = GrantRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        Ok(row.map(|GrantRow { granted_at, expires_at }| Grant {
            session_id,
            user_id,
            granted_at,
            expires_at,
        }))
    }

    async fn forget_ended_grants(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        self.postgres.forget("step_up_grants", "expires_at <= $1", at).await
    }
}
