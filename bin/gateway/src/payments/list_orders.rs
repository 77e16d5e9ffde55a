//! GET /payments/orders: the caller's orders, newest first.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Paging, Query},
    payments::Order,
    spec::examples::CURSOR,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

/// A page of orders.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListOrdersResponse")]
pub(crate) struct Response {
    /// The orders of this page, newest first; empty if there are none.
    data: Vec<Order>,
    /// The `cursor` of the next page; `null` at the end.
    #[schemars(example = CURSOR)]
    next_cursor: Option<String>,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("listOrders").tag("Payments").summary("List your orders").description(
        "For the screen of payments, also of those that failed or are under way, newest first. It answers what is known \
         and asks no partner: `GET /payments/orders/{order_id}` does.",
    );
    let errors = [identity::fault::INVALID_TOKEN, kernel::catalogue::VALIDATION_ERROR];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Response>, Error> {
    let (limit, after) = paging.parse()?;
    let page = app.payments.list(caller.user_id, after, limit).await?;
    Ok(Json(Response {
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        data: page.rows.iter().map(Order::from).collect(),
    }))
}
