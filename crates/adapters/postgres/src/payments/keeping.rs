//! Recording orders: each fact one statement, whose guard is the order's version.

use super::{
    PgOrderStore,
    rows::{OrderRow, attempts, select, subject},
};
use crate::{
    fault::{OrStoreError as _, inconsistent},
    queue::{JobKind, news_payload},
};
use ::payments::{
    Attention, Change, FailureReason, Order, Session, State,
    ports::{OrderStore, Recorded, Unfulfilled},
};
use async_trait::async_trait;
use kernel::{OrderRef, Paise, StoreError};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult as _, Statement};
use time::OffsetDateTime;

/// The domain as the queue's readers know it.
const TOPIC: &str = "payments";

/// Records the order with its first look, unless its number is taken: then shows the order that has it. Whoever
/// took the number this very moment is not visible yet, and then there is no row.
const RECORD_ORDER: &str = "
WITH recorded AS (
    INSERT INTO orders (row_id, order_id, user_id, kind, amount, opened_at, expires_at, updated_at, next_check_at,
                        subject, method)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (order_id) DO NOTHING RETURNING *
), stands AS (
    SELECT recorded.*, order_plan_look(order_id, NULL, next_check_at, opened_at) AS planned FROM recorded
     UNION ALL
    SELECT orders.*, false FROM orders WHERE order_id = $2 AND NOT EXISTS (SELECT FROM recorded)
)";

/// Moves the order on if it is still at the version decided on; everything else hangs on the row that moved.
const RECORD_CHANGE: &str = "
WITH moved AS (
    UPDATE orders o
       SET status = $3, failure_reason = $4, paid_at = $5, fulfilment = $6, fulfilment_at = $7,
           refund_amount = $8, refund_cause = $9, refund_demanded_at = $10, attention = $11,
           next_check_at = $12, looked_at = coalesce($13, o.looked_at), updated_at = $14, charged = $19,
           version = o.version + 1
      FROM orders old
     WHERE o.order_id = $1 AND o.version = $2 AND old.row_id = o.row_id
    RETURNING o.order_id, old.next_check_at AS planned
), tried AS (
    INSERT INTO refund_attempts (order_id, sequence, refund_id, amount, state, requested_at)
    SELECT moved.order_id, try.sequence, try.refund_id, $8, try.state,
           timestamptz 'epoch' + try.requested_at_us * interval '1 microsecond'
      FROM moved, json_to_recordset($15::json)
                  AS try (sequence smallint, refund_id text, state text, requested_at_us bigint)
    ON CONFLICT (order_id, sequence) DO UPDATE SET state = excluded.state
     WHERE refund_attempts.state <> excluded.state
), told AS (
    INSERT INTO order_events (order_id, word, news_id, occurred_at)
    SELECT order_id, $16::text, $17::uuid, $14 FROM moved WHERE $16::text IS NOT NULL
)
SELECT order_plan_look(order_id, planned, $12, $14) AS planned,
       CASE WHEN $16::text IS NOT NULL THEN queue_news($18::json) END AS job
  FROM moved";

/// Notes a look that changed nothing, and plans the next.
const RECORD_LOOK: &str = "
WITH looked AS (
    UPDATE orders o SET looked_at = greatest(o.looked_at, $3), next_check_at = $4
      FROM orders old
     WHERE o.order_id = $1 AND o.version = $2 AND old.row_id = o.row_id
    RETURNING o.order_id, old.next_check_at AS planned
)
SELECT order_plan_look(order_id, planned, $4, $5) AS planned FROM looked";

/// Tells again what was told, unless somebody was faster. While a reminder waits, another replaces it.
const RECORD_REMINDER: &str = "
WITH reminded AS (
    UPDATE orders SET reminded_at = $3
     WHERE order_id = $1 AND status = 'SUCCESS' AND fulfilment IN ('NOT_STARTED', 'IN_PROGRESS')
       AND coalesce(reminded_at, fulfilment_at, paid_at) <= $2
    RETURNING order_id
)
SELECT (graphile_worker.add_job($4, $5::json, job_key := 'reminder:' || order_id)).id AS job FROM reminded";

#[async_trait]
impl OrderStore for PgOrderStore {
    async fn record_order(&self, order: &Order) -> Result<Order, StoreError> {
        if order.state != State::Created || order.attention.is_some() {
            return Err(inconsistent("a new order has a past"));
        }
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            format!("{RECORD_ORDER} {}", select("stands o")),
            [
                order.row_id.uuid().into(),
                order.order_id.as_str().into(),
                order.user_id.uuid().into(),
                order.kind().word().into(),
                order.amount().get().into(),
                order.opened_at.into(),
                order.expires_at.into(),
                order.updated_at.into(),
                order.next_check_at.into(),
                subject(&order.purchase).into(),
                order.method().word().into(),
            ],
        );
        match OrderRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()? {
            Some(row) => row.into_order(),
            None => self
                .find(&order.order_id)
                .await?
                .ok_or_else(|| inconsistent("an order's number is taken by no order")),
        }
    }

    async fn record_session(&self, order_id: &OrderRef, session: &Session) -> Result<Session, StoreError> {
        self.keep_session(order_id, session).await
    }

    async fn record_change(&self, change: &Change) -> Result<Recorded, StoreError> {
        let (state, payment, refund) = (&change.state, change.state.payment(), change.state.refund());
        let news = change.news.as_ref();
        let payload = news.map(|news| news_payload(TOPIC, news)).transpose()?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            RECORD_CHANGE,
            [
                change.order_id.as_str().into(),
                change.version.into(),
                state.status().word().into(),
                state.failure_reason().map(FailureReason::word).into(),
                payment.map(|payment| payment.paid_at).into(),
                payment.map(|payment| payment.fulfilment.word()).into(),
                payment.and_then(|payment| payment.fulfilment.at()).into(),
                refund.map(|refund| refund.amount).map(Paise::get).into(),
                refund.map(|refund| refund.cause.word()).into(),
                refund.map(|refund| refund.demanded_at).into(),
                change.attention.map(Attention::word).into(),
                change.next_check_at.into(),
                change.looked_at.into(),
                change.at.into(),
                attempts(refund)?.into(),
                news.map(|news| news.event.word()).into(),
                news.map(|news| news.id).into(),
                payload.into(),
                change.charged.map(Paise::get).into(),
            ],
        );
        let moved = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        if news.is_some() {
            self.postgres.ring();
        }
        Ok(if moved.is_some() { Recorded::Done } else { Recorded::Stale })
    }

    async fn record_look(
        &self,
        order_id: &OrderRef,
        version: i64,
        looked_at: Option<OffsetDateTime>,
        next_check_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        // A look that was not answered has no time of its own.
        let at = looked_at.unwrap_or_else(|| self.postgres.vault.env().now());
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            RECORD_LOOK,
            [order_id.as_str().into(), version.into(), looked_at.into(), next_check_at.into(), at.into()],
        );
        self.postgres.db.query_one_raw(statement).await.or_store_error().map(drop)
    }

    async fn record_reminder(
        &self,
        unfulfilled: &Unfulfilled,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            RECORD_REMINDER,
            [
                unfulfilled.order_id.as_str().into(),
                since.into(),
                at.into(),
                JobKind::News.word().into(),
                news_payload(TOPIC, &unfulfilled.news)?.into(),
            ],
        );
        Ok(self.postgres.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    async fn find(&self, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        let sql = select("orders o WHERE o.order_id = $1");
        self.one(&sql, [order_id.as_str().into()]).await
    }

    async fn find_session(&self, order_id: &OrderRef) -> Result<Option<Session>, StoreError> {
        self.show_session(order_id).await
    }
}
