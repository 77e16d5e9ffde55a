//! POST /webhooks/juspay: news of an order; stored and answered at once, then the order is asked about.

use crate::{
    app::App,
    document,
    error::{Error, edge},
};
use aide::transform::TransformOperation;
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
};
use juspay::webhook;
use schemars::JsonSchema;
use serde::Serialize;

/// It was taken.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JuspayWebhookResponse")]
pub(crate) struct Response {
    /// Always `true`.
    success: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("juspayWebhook").tag("Webhooks").summary("News from Juspay").description(
        "HTTP Basic. A delivery is stored by its event id and answered at once; repeating it changes nothing. \
         What it says is only a hint: the order is asked about before anything moves.",
    );
    let op = document::takes(op, "application/json", "An event, as Juspay defines it.");
    let op = op.security_requirement("juspay_webhook");
    let errors = [edge::INVALID_SIGNATURE, edge::MALFORMED_JSON, edge::PAYLOAD_TOO_LARGE];
    document::errors(op, &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Response>, Error> {
    let credentials = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if !app.settings.juspay_webhook.admit(credentials) {
        return Err(Error::new(edge::INVALID_SIGNATURE));
    }
    let hint = webhook::read(&body).map_err(|_| Error::new(edge::MALFORMED_JSON))?;
    app.payments.hear(webhook::PARTNER, hint.event_id, hint.order_id, body.to_vec()).await?;
    Ok(Json(Response { success: true }))
}
