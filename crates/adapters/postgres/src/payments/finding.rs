//! Finding orders, for people and for the work that is due.

use super::{
    PgOrderStore,
    rows::{OrderRow, number, select},
};
use crate::fault::OrStoreError as _;
use ::payments::{Order, ports::OrderFinder};
use async_trait::async_trait;
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Due {
    order_id: String,
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

    async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError> {
        let sql = select("orders o WHERE o.attention IS NOT NULL ORDER BY o.updated_at, o.order_id LIMIT $1");
        self.many(&sql, [rows(limit).into()]).await
    }
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
