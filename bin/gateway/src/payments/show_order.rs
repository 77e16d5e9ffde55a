//! GET /payments/orders/{order_id}: an order of the caller's, as it stands now.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    payments::Order,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use kernel::OrderRef;
use schemars::JsonSchema;
use serde::Deserialize;

/// Which order.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Parameters {
    /// As `/payments/session` answered.
    order_id: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showOrder").tag("Payments").summary("Show an order").description(
        "Asks the payment partner when the order is not final and the last look is over two seconds old. If \
         the partner does not answer, this answers what is known.",
    );
    let errors = [identity::fault::INVALID_TOKEN, payments::fault::ORDER_NOT_FOUND];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Order>, Error> {
    let order_id =
        OrderRef::parse(&parameters.order_id).ok_or_else(|| Error::new(payments::fault::ORDER_NOT_FOUND))?;
    let order = app.payments.find(caller.user_id, &order_id).await?;
    Ok(Json(Order::from(&order)))
}
