//! GET or POST /payments/return: the page a payer comes back to; what it says is a hint, and only its signature
//! makes us look.

use crate::{
    app::App,
    document,
    error::{Error, edge},
    spec::examples::ORDER_ID,
};
use aide::{
    generate::in_context,
    openapi::ReferenceOr,
    operation::{ParamLocation, parameters_from_schema},
    transform::TransformOperation,
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use kernel::OrderRef;
use schemars::{Schema, json_schema};

/// The page may show its own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// What Juspay says of the order; it may say more, and all of it is signed.
fn said() -> Schema {
    let text = |about: &str, example: &str| json_schema!({ "description": about, "type": "string", "examples": [example] });
    json_schema!({
        "type": "object",
        "properties": {
            "order_id": text("The order.", ORDER_ID),
            "status": text("How it stands, in Juspay's words.", "CHARGED"),
            "status_id": text("The same as Juspay's number.", "21"),
            "signature": text("Juspay's signature over all but `signature_algorithm`, in base64.", "MPCmlvzdq5ky7zyVBaE3x21QcApGN2Aw+YM/HXIw/1s="),
            "signature_algorithm": text("How it was made.", "HMAC-SHA256"),
        },
    })
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let mut op = about(op).id("paymentReturn");
    let said = in_context(|context| parameters_from_schema(context, said(), ParamLocation::Query));
    op.inner_mut().parameters.extend(said.into_iter().map(ReferenceOr::Item));
    op
}

pub(crate) fn doc_form(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = about(op).id("paymentReturnForm");
    let form = "application/x-www-form-urlencoded";
    let mut op = document::takes(op, form, said(), "What Juspay says, and its signature.");
    // The payer is shown a page whatever their browser brings.
    if let Some(ReferenceOr::Item(body)) = &mut op.inner_mut().request_body {
        body.required = false;
    }
    document::errors(op, &[edge::PAYLOAD_TOO_LARGE])
}

fn about(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.tag("Payments").summary("The page a payer comes back to").description(
        "Called by the payer's browser, not by apps: it is where Juspay sends a payer after the page of \
         `payment_links`. Checks Juspay's signature, then asks Juspay for the truth; without a good signature it tells \
         nothing of any order.",
    );
    let html = json_schema!({ "type": "string", "examples": ["<!doctype html>…"] });
    document::answers(op, "text/html", html, "A page for the payer.")
}

pub(crate) async fn handle(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Error> {
    Ok(show(&app, query.unwrap_or_default().as_bytes()).await)
}

pub(crate) async fn handle_form(State(app): State<App>, form: Bytes) -> Result<Response, Error> {
    Ok(show(&app, &form).await)
}

async fn show(app: &App, pairs: &[u8]) -> Response {
    let sentence = match signed_order(app, pairs) {
        Some(order_id) => status_of(app, &order_id).await,
        None => "You can return to the app. It will show what became of your payment.",
    };
    let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    ([policy], Html(page(sentence))).into_response()
}

/// The order that Juspay says the payer comes from, if the signature is Juspay's.
fn signed_order(app: &App, pairs: &[u8]) -> Option<OrderRef> {
    let text = std::str::from_utf8(pairs).ok().filter(|text| app.settings.juspay_return.verifies(text))?;
    let mut pairs = url::form_urlencoded::parse(text.as_bytes());
    let (_, order_id) = pairs.find(|(name, _)| name == "order_id")?;
    OrderRef::parse(&order_id)
}

async fn status_of(app: &App, order_id: &OrderRef) -> &'static str {
    match app.payments.look(order_id).await.map(|order| order.status().word()) {
        Ok("SUCCESS") => "Your payment has arrived. You can return to the app.",
        Ok("FAILED") => "Your payment did not go through. You can return to the app and try again.",
        Ok("REFUND_PENDING" | "REFUNDED") => "Your payment is being returned. You can return to the app.",
        _ => "Your payment is being confirmed. You can return to the app.",
    }
}

fn page(sentence: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Aarokya</title>\
         <style>body{{font:1.25rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}\
         </style></head><body><main><h1>Aarokya</h1><p>{sentence}</p></main></body></html>"
    )
}
