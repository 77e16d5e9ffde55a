//! The session an order is paid in: sealed, since the partner's words hold the payer's contact details.

use super::PgOrderStore;
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    vault::{Place, WrappedKey},
};
use ::payments::{PaymentLinks, Session};
use kernel::{Masked, OrderRef, StoreError};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

const TABLE: &str = "order_sessions";
const COLUMN: &str = "content";

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    sdk_payload: Value,
    web: Option<String>,
    mobile: Option<String>,
    iframe: Option<String>,
}

#[derive(FromQueryResult)]
struct OrderPlace {
    row_id: Uuid,
}

#[derive(FromQueryResult)]
struct SessionRow {
    row_id: Uuid,
    row_key: Vec<u8>,
    row_key_version: i16,
    content: Vec<u8>,
    expires_at: OffsetDateTime,
}

/// Keeps the session if it is the first, and with it until when the order can be paid.
const KEEP: &str = "
WITH kept AS (
    INSERT INTO order_sessions (row_id, row_key, row_key_version, content, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (row_id) DO NOTHING RETURNING row_id, expires_at
)
UPDATE orders SET expires_at = kept.expires_at FROM kept WHERE orders.row_id = kept.row_id";

impl PgOrderStore {
    pub(super) async fn keep_session(
        &self,
        order_id: &OrderRef,
        session: &Session,
    ) -> Result<Session, StoreError> {
        let row_id = self.row_id(order_id).await?;
        let vault = &self.postgres.vault;
        let (key, wrapped) = vault.new_row_key(Place { table: TABLE, row: row_id })?;
        let content = serde_json::to_vec(&Content {
            sdk_payload: session.sdk_payload.expose().clone(),
            web: session.payment_links.web.clone(),
            mobile: session.payment_links.mobile.clone(),
            iframe: session.payment_links.iframe.clone(),
        })
        .map_err(|error| StoreError::Inconsistent(Box::new(error)))?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            KEEP,
            [
                row_id.into(),
                wrapped.bytes.into(),
                wrapped.version.into(),
                key.seal(COLUMN, &content)?.into(),
                session.expires_at.into(),
            ],
        );
        let kept = self.postgres.db.execute_raw(statement).await.or_store_error()?;
        if kept.rows_affected() > 0 {
            return Ok(session.clone());
        }
        let stands = self.show_session(order_id).await?;
        stands.ok_or_else(|| inconsistent("an order has a session and has none"))
    }

    pub(super) async fn show_session(&self, order_id: &OrderRef) -> Result<Option<Session>, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT s.row_id, s.row_key, s.row_key_version, s.content, s.expires_at
               FROM orders o JOIN order_sessions s ON s.row_id = o.row_id WHERE o.order_id = $1",
            [order_id.as_str().into()],
        );
        let row = SessionRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.map(|row| self.open_session(row)).transpose()
    }

    fn open_session(&self, row: SessionRow) -> Result<Session, StoreError> {
        let wrapped = WrappedKey { version: row.row_key_version, bytes: row.row_key };
        let key = self.postgres.vault.open_row_key(Place { table: TABLE, row: row.row_id }, &wrapped)?;
        let content: Content = serde_json::from_slice(&key.open(COLUMN, &row.content)?)
            // Not the error itself: it could quote what was sealed.
            .map_err(|_| inconsistent("what was sealed of a session does not read"))?;
        Ok(Session {
            sdk_payload: Masked::new(content.sdk_payload),
            payment_links: PaymentLinks { web: content.web, mobile: content.mobile, iframe: content.iframe },
            expires_at: row.expires_at,
        })
    }

    /// Where the order's row is: it never moves, so this may be asked before anything is recorded.
    async fn row_id(&self, order_id: &OrderRef) -> Result<Uuid, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT row_id FROM orders WHERE order_id = $1",
            [order_id.as_str().into()],
        );
        let place = OrderPlace::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        Ok(place.ok_or_else(|| inconsistent("a session is for no order"))?.row_id)
    }
}

impl Postgres {
    /// Forgets payment sessions that ended before `before`, and the contact details in them; answers how many.
    /// The orders stay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_payment_sessions(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forget("order_sessions", "expires_at < $1", before).await
    }
}
