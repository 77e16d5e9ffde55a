//! POST /webhooks/juspay: news of an order; stored and answered at once, then the order is asked about.

use crate::{
    app::App,
    document,
    error::{Error, edge},
    spec::examples::ORDER_ID,
};
use aide::transform::TransformOperation;
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
};
use juspay::webhook;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

/// It was taken.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JuspayWebhookResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
}

/// What is read of an event; the rest is Juspay's. No member has a type: Juspay masks values of any type with a text,
/// and an event is taken whatever stands in it.
fn event() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "id": {
                "description": "The event, a text: one that was taken before changes nothing. One without is known by its body.",
                "examples": ["evt_V2_4a1d8f6e0b9c"],
            },
            "event_name": {
                "description": "What happened, in Juspay's words: a text, for the log.",
                "examples": ["ORDER_SUCCEEDED"],
            },
            "content": {
                "description": "Of what it happened, an object: the order is looked for in `order.order_id`, then in `txn.order_id`.",
                "examples": [{ "order": { "order_id": ORDER_ID, "status": "CHARGED" } }],
            },
        },
    })
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("juspayWebhook").tag("Webhooks").summary("News from Juspay").description(
        "Called by Juspay, not by apps, with HTTP Basic. A delivery is stored by its event id and answered at once; repeating it changes nothing. \
         What it says is only a hint: the order is asked about before anything moves.",
    );
    let op = document::takes(op, "application/json", event(), "An event, as Juspay defines it.");
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
