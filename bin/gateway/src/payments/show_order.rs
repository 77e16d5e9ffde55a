//! GET /payments/orders/{order_id}: an order of the caller's, as it stands now.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    payments::Order,
    spec::examples::ORDER_ID,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use kernel::{OrderRef, UserId};
use payments::FindError;
use schemars::JsonSchema;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// How long a reader waits for the partner before the answer is what is known.
const READER_WAITS: Duration = Duration::from_secs(1);

/// Which order.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ShowOrderParameters")]
pub(crate) struct Parameters {
    /// The order, as `POST /payments/session` answered.
    #[schemars(example = ORDER_ID, regex(pattern = r"^[A-Za-z0-9]{1,20}$"))]
    order_id: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showOrder").tag("Payments").summary("Show an order").description(
        "Call it when the payment page closes, whatever that page said, and again every few seconds while `status` is \
         `CREATED` or `PENDING`; the money is in the wallet once `fulfilment` is `DONE`. Asks the payment partner when \
         the order is not final and the last look is over two seconds old. If the partner does not answer, this answers \
         what is known.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        payments::fault::ORDER_NOT_FOUND,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Order>, Error> {
    let order_id =
        OrderRef::parse(&parameters.order_id).ok_or_else(|| Error::new(payments::fault::ORDER_NOT_FOUND))?;
    let order = match asked(&app, caller.user_id, order_id.clone()).await {
        Some(found) => found?,
        None => app.payments.find_known(caller.user_id, &order_id).await?,
    };
    Ok(Json(Order::from(&order)))
}

/// The order after a look at it; `None` if the partner takes longer than a reader waits. The look goes on.
async fn asked(app: &App, user_id: UserId, order_id: OrderRef) -> Option<Result<payments::Order, FindError>> {
    let payments = Arc::clone(&app.payments);
    let look = app.tasks.spawn(async move { payments.find(user_id, &order_id).await });
    tokio::time::timeout(READER_WAITS, look).await.ok()?.ok()
}
