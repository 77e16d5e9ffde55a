//! Finding orders, for people and for the work that is due.

use super::{
    PgOrderStore,
    rows::{OrderRow, number, select},
};
use crate::fault::{OrStoreError as _, inconsistent};
use ::payments::{
    Attention, Event, Kind, Order,
    ports::{OrderFinder, Unfulfilled},
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, News, OrderRef, Page, Paise, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Due {
    order_id: String,
}

/// Whoever else is at it holds the row for a moment, and is then found to have asked.
const CLAIM_LOOK: &str = "
UPDATE orders SET asked_at = $3
 WHERE order_id = $1 AND (greatest(looked_at, asked_at) >= $2) IS NOT TRUE";

/// The job that looks at the order stays as it is: it has tries of its own, and is buried for an operator to see.
const PUT_OFF: &str = "UPDATE orders SET next_check_at = $3 WHERE order_id = $1 AND next_check_at <= $2";

/// Orders that wait for what they paid for, with what was told of them; $3 are the reasons for an operator to look
/// before anything may be given.
const UNFULFILLED: &str = "
SELECT o.order_id, o.user_id, o.kind, o.amount, told.news_id, told.occurred_at
  FROM orders o JOIN order_events told ON told.order_id = o.order_id AND told.word = 'PAID'
 WHERE o.status = 'SUCCESS' AND o.fulfilment IN ('NOT_STARTED', 'IN_PROGRESS')
   AND coalesce(o.reminded_at, o.fulfilment_at, o.paid_at) <= $1
   AND (o.attention = ANY (string_to_array($3, ','))) IS NOT TRUE
 ORDER BY coalesce(o.reminded_at, o.fulfilment_at, o.paid_at), o.order_id LIMIT $2";

#[derive(FromQueryResult)]
struct Waiting {
    order_id: String,
    user_id: Uuid,
    kind: String,
    amount: i64,
    news_id: Uuid,
    occurred_at: OffsetDateTime,
}

impl Waiting {
    fn unfulfilled(&self) -> Result<Unfulfilled, StoreError> {
        let order_id = number(&self.order_id)?;
        let kind = Kind::from_word(&self.kind);
        let event = Event::OrderPaid {
            order_id: order_id.clone(),
            user_id: UserId::new(self.user_id),
            kind: kind.ok_or_else(|| inconsistent("an order is for nothing we know"))?,
            amount_paise: Paise::new(self.amount),
        };
        Ok(Unfulfilled { order_id, news: News { id: self.news_id, at: self.occurred_at, event } })
    }
}

#[async_trait]
impl OrderFinder for PgOrderStore {
    async fn find_own(&self, user_id: UserId, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        let sql = select("orders o WHERE o.order_id = $1 AND o.user_id = $2");
        self.one(&sql, [order_id.as_str().into(), user_id.uuid().into()]).await
    }

    async fn list_own(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Order>, StoreError> {
        let sql = select("orders o WHERE o.user_id = $1 AND o.row_id < $2 ORDER BY o.row_id DESC LIMIT $3");
        let before = after.map_or(Uuid::max(), Cursor::row);
        let rows = rows(limit).saturating_add(1);
        let orders = self.many(&sql, [user_id.uuid().into(), before.into(), rows.into()]).await?;
        Ok(Page::cut(orders, limit, |order| order.row_id.uuid()))
    }

    async fn due(&self, at: OffsetDateTime, limit: Limit) -> Result<Vec<OrderRef>, StoreError> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT order_id FROM orders WHERE next_check_at <= $1 ORDER BY next_check_at, order_id LIMIT $2",
            [at.into(), rows(limit).into()],
        );
        let due = Due::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        due.iter().map(|due| number(&due.order_id)).collect()
    }

    async fn claim_look(
        &self,
        order_id: &OrderRef,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let claimed = self.altered(CLAIM_LOOK, [order_id.as_str().into(), since.into(), at.into()]).await?;
        Ok(claimed > 0)
    }

    async fn put_off(
        &self,
        order_id: &OrderRef,
        at: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.altered(PUT_OFF, [order_id.as_str().into(), at.into(), until.into()]).await.map(drop)
    }

    async fn unfulfilled(&self, since: OffsetDateTime, limit: Limit) -> Result<Vec<Unfulfilled>, StoreError> {
        let stopping = Attention::ALL.into_iter().filter(|attention| attention.stops_money());
        let stopping: Vec<&str> = stopping.map(Attention::word).collect();
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            UNFULFILLED,
            [since.into(), rows(limit).into(), stopping.join(",").into()],
        );
        let waiting = Waiting::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        let readable = |waiting: &Waiting| readable(&waiting.order_id, waiting.unfulfilled());
        Ok(waiting.iter().filter_map(readable).collect())
    }

    async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError> {
        let sql = select("orders o WHERE o.attention IS NOT NULL ORDER BY o.updated_at, o.order_id LIMIT $1");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [rows(limit).into()]);
        let rows = OrderRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        let order = |row: OrderRow| readable(&row.order_id.clone(), row.into_order());
        Ok(rows.into_iter().filter_map(order).collect())
    }
}

/// What a round or a list goes on without: an order that contradicts our rules is told of, and holds up nobody.
fn readable<T>(order_id: &str, read: Result<T, StoreError>) -> Option<T> {
    read.inspect_err(|error| {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(order_id, cause, "an order contradicts our rules");
    })
    .ok()
}

impl PgOrderStore {
    pub(super) async fn one<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
    ) -> Result<Option<Order>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let row = OrderRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.map(OrderRow::into_order).transpose()
    }

    async fn altered<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(self.postgres.db.execute_raw(statement).await.or_store_error()?.rows_affected())
    }

    async fn many<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Vec<Order>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = OrderRow::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        rows.into_iter().map(OrderRow::into_order).collect()
    }
}

/// At most a hundred, by its type.
fn rows(limit: Limit) -> i64 {
    i64::try_from(limit.rows()).unwrap_or(i64::MAX)
}
