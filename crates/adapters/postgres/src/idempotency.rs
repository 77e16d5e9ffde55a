//! Answers kept for requests with an `Idempotency-Key`, so that a retry is answered and not done again.

use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use kernel::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::hours(24);

/// How long a request may run before its key is free again: longer than anybody waits for an answer, so its program
/// must have died. A phone that asks again is kept waiting for so long, and no longer.
const TAKEN_FOR: Duration = Duration::seconds(30);

/// A request that carries a key.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Who asks: a person's id, a partner's, or the address of somebody not signed in.
    pub caller: &'a str,
    /// Method and route pattern.
    pub route: &'a str,
    /// The caller's key.
    pub key: &'a str,
    /// SHA-256 of path, query and body.
    pub fingerprint: [u8; 32],
}

impl Request<'_> {
    /// The row's place for its sealed body: the row has no id, so one follows from its key.
    fn place(&self) -> Place {
        let name = [self.caller, self.route, self.key].join("\0");
        let hash: [u8; 32] = Sha256::digest(name).into();
        let half = hash.first_chunk().copied().unwrap_or_default();
        Place { table: "idempotency_keys", row: Uuid::from_bytes(half) }
    }
}

/// What is known of a request when it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is new, or its first try died: do it, then [`keep`](Postgres::keep_answer) or
    /// [`release`](Postgres::release_key) under this claim.
    New(Claim),
    /// It was done: answer the same.
    Answered {
        /// The HTTP status of the first answer.
        status: u16,
        /// The body of the first answer.
        body: Vec<u8>,
    },
    /// The first try is still running.
    Running,
    /// The key was used for a request with other content.
    Reused,
}

/// Whoever took the key. A try that was thought dead finds that its claim is gone: it neither frees nor fills what
/// another has taken since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    until: OffsetDateTime,
}

#[derive(FromQueryResult)]
struct Row {
    won: bool,
    fingerprint: Vec<u8>,
    status: Option<i16>,
    body: Option<Vec<u8>>,
    row_key: Option<Vec<u8>>,
    row_key_version: Option<i16>,
}

/// Takes the key if it is free, expired or left behind by a dead program; else shows who has it. The second
/// arm runs only when the first wrote nothing.
const TAKE: &str = "
WITH taken AS (
    INSERT INTO idempotency_keys AS k (caller, route, key, fingerprint, taken_until, expires_at)
    VALUES ($1, $2, $3, $4, $6, $7)
    ON CONFLICT (caller, route, key) DO UPDATE
       SET fingerprint = excluded.fingerprint, status = NULL, body = NULL, row_key = NULL,
           row_key_version = NULL,
           taken_until = excluded.taken_until, expires_at = excluded.expires_at
     WHERE k.expires_at <= $5
        OR (k.status IS NULL AND k.taken_until <= $5 AND k.fingerprint = excluded.fingerprint)
    RETURNING true AS won, fingerprint, status, body, row_key, row_key_version
)
SELECT won, fingerprint, status, body, row_key, row_key_version FROM taken
UNION ALL
SELECT false, fingerprint, status, body, row_key, row_key_version FROM idempotency_keys
 WHERE caller = $1 AND route = $2 AND key = $3 AND NOT EXISTS (SELECT FROM taken)";

impl Postgres {
    /// Takes the key of `request`, or tells what became of the first request with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_key(&self, request: &Request<'_>, at: OffsetDateTime) -> Result<Seen, StoreError> {
        let claim = Claim { until: at + TAKEN_FOR };
        // A bare hash would tell whoever has the table which of a few likely bodies it was.
        let fingerprint = self.vault.index("request", &request.fingerprint);
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            TAKE,
            [
                request.caller.into(),
                request.route.into(),
                request.key.into(),
                fingerprint.clone().into(),
                at.into(),
                claim.until.into(),
                (at + KEPT_FOR).into(),
            ],
        );
        let row = Row::find_by_statement(statement).one(&self.db).await.or_store_error()?;
        Ok(match row {
            // The row of a key that another request wrote this very moment is not visible yet.
            None => Seen::Running,
            Some(row) if row.won => Seen::New(claim),
            Some(row) if row.fingerprint != fingerprint => Seen::Reused,
            Some(row) => self.seen_before(request, row)?,
        })
    }

    /// The answer kept in `row`, opened; none yet if the first try is still running.
    fn seen_before(&self, request: &Request<'_>, row: Row) -> Result<Seen, StoreError> {
        let Row { status: Some(status), body: Some(body), row_key, row_key_version, .. } = row else {
            return Ok(Seen::Running);
        };
        let (Some(bytes), Some(version)) = (row_key, row_key_version) else {
            return Err(inconsistent("a kept answer has no key"));
        };
        let key = self.vault.open_row_key(request.place(), &WrappedKey { version, bytes })?;
        let status = u16::try_from(status).map_err(|_| inconsistent("a kept answer has no HTTP status"))?;
        Ok(Seen::Answered { status, body: key.open("body", &body)? })
    }

    /// Keeps the answer of a request that took its key, unless another try has taken it since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_answer(
        &self,
        request: &Request<'_>,
        claim: Claim,
        status: u16,
        body: &[u8],
    ) -> Result<(), StoreError> {
        let (key, wrapped) = self.vault.new_row_key(request.place())?;
        let status = i16::try_from(status).map_err(|_| inconsistent("an HTTP status has three digits"))?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "UPDATE idempotency_keys SET status = $4, body = $5, row_key = $7, row_key_version = $8
              WHERE caller = $1 AND route = $2 AND key = $3 AND status IS NULL AND taken_until = $6",
            [
                request.caller.into(),
                request.route.into(),
                request.key.into(),
                status.into(),
                key.seal("body", body)?.into(),
                claim.until.into(),
                wrapped.bytes.into(),
                wrapped.version.into(),
            ],
        );
        self.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    /// Frees the key of a request that changed nothing, so that it may be tried again, unless another try has taken
    /// it since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_key(&self, request: &Request<'_>, claim: Claim) -> Result<(), StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "DELETE FROM idempotency_keys
              WHERE caller = $1 AND route = $2 AND key = $3 AND status IS NULL AND taken_until = $4",
            [request.caller.into(), request.route.into(), request.key.into(), claim.until.into()],
        );
        self.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    /// Forgets answers that are past their day; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answers(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("idempotency_keys", "expires_at <= $1", at).await
    }
}
