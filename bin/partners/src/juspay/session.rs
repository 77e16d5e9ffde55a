//! `POST /session`: an order, the payload that starts the payment SDK, and the link to the payment page.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, body::Bytes, extract::State, response::IntoResponse, response::Response};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use url::Url;

use super::{
    config::RepeatedSession,
    envelope,
    object::{entries, payment_links},
    order::{Order, Status},
    state::Juspay,
};
use crate::{
    dates,
    desk::{Desk, lock},
    exchange::{self, BreakAnswer, LoseAnswer},
    magic::{self, PaymentMagic},
    rupees,
};

/// An order's number has 1–20 letters and digits. Some of Juspay's own samples carry `-` and `_`; the rule is
/// written without them.
pub(crate) fn is_order_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Fields that must be there. An empty e-mail address passes (assumed), since not everybody has one.
const REQUIRED: [&str; 7] = [
    "order_id",
    "customer_id",
    "customer_email",
    "customer_phone",
    "payment_page_client_id",
    "action",
    "return_url",
];
const ACTIONS: [&str; 4] = ["paymentPage", "paymentManagement", "quickPay", "enach"];
/// Texts beyond these are not kept.
const KEPT: [&str; 8] = [
    "customer_id",
    "customer_email",
    "customer_phone",
    "payment_page_client_id",
    "action",
    "description",
    "first_name",
    "last_name",
];
/// No text field of Juspay's is longer.
const LONGEST_TEXT: usize = 1_024;

/// A session that can be opened.
struct Wanted {
    order_id: String,
    amount: i64,
    return_url: Url,
    webhook_url: Option<Url>,
    texts: BTreeMap<String, String>,
}

/// Answers the call.
pub(crate) async fn handle(State(juspay): State<Arc<Juspay>>, body: Bytes) -> Response {
    let wanted = match read(&juspay.desk, &body) {
        Ok(wanted) => wanted,
        Err(refusal) => return *refusal,
    };
    let magic = magic::payment(wanted.amount);
    match magic {
        Some(PaymentMagic::SessionFails) => return exchange::failure(juspay.desk.partner, 500),
        Some(PaymentMagic::SessionThrottled) => return exchange::failure(juspay.desk.partner, 429),
        Some(PaymentMagic::SessionRefused) => {
            return envelope::invalid(&juspay.desk, "INVALID_INPUT", "The request is not valid.", &[]);
        }
        _ => {}
    }
    let (is_new, mut response) = match open(&juspay, wanted) {
        Ok((is_new, body)) => (is_new, Json(body).into_response()),
        Err(refusal) => return *refusal,
    };
    match magic {
        Some(PaymentMagic::SessionMalformed) => {
            response.extensions_mut().insert(BreakAnswer);
        }
        Some(PaymentMagic::SessionDropped) if is_new => {
            response.extensions_mut().insert(LoseAnswer);
        }
        Some(PaymentMagic::SessionSlow) => juspay.desk.dawdle().await,
        _ => {}
    }
    response
}

fn read(desk: &Desk, body: &[u8]) -> Result<Wanted, Box<Response>> {
    let invalid = |code: &str, message: &str, fields: &[(&str, &str)]| {
        Box::new(envelope::invalid(desk, code, message, fields))
    };
    let Ok(Value::Object(given)) = serde_json::from_slice(body) else {
        return Err(invalid("INVALID_INPUT", "The body is not a JSON object.", &[]));
    };
    let text = |key: &str| given.get(key).and_then(as_text);
    let missing: Vec<_> = REQUIRED
        .iter()
        .filter(|key| text(key).is_none_or(|text| text.is_empty() && **key != "customer_email"))
        .map(|key| (*key, "is required"))
        .chain((!given.contains_key("amount")).then_some(("amount", "is required")))
        .collect();
    if !missing.is_empty() {
        return Err(invalid("MISSING_MANDATORY_PARAMETER", "Mandatory fields are missing.", &missing));
    }
    let wrong = |field, reason| Err(invalid("INVALID_INPUT", "Invalid input.", &[(field, reason)]));
    let order_id = text("order_id").unwrap_or_default();
    if !is_order_id(&order_id) {
        return wrong("order_id", "must have 1-20 letters and digits");
    }
    let Some(amount) = given.get("amount").and_then(rupees::parse).filter(|amount| *amount > 0) else {
        return wrong("amount", "must be positive with at most two decimals");
    };
    if !ACTIONS.contains(&text("action").unwrap_or_default().as_str()) {
        return wrong("action", "is not a known action");
    }
    if text("currency").is_some_and(|currency| currency != "INR") {
        return wrong("currency", "is not supported");
    }
    let Some(return_url) = text("return_url").and_then(|url| Url::parse(&url).ok()) else {
        return wrong("return_url", "is not a URL");
    };
    let webhook_url = text("metadata.webhook_url")
        .or_else(|| given.get("metadata").and_then(|metadata| as_text(metadata.get("webhook_url")?)))
        .and_then(|url| Url::parse(&url).ok());
    Ok(Wanted { order_id, amount, return_url, webhook_url, texts: kept(&given) })
}

/// A text, or a number written without quotes.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() <= LONGEST_TEXT => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn kept(given: &Map<String, Value>) -> BTreeMap<String, String> {
    given
        .iter()
        .filter(|(key, _)| KEPT.contains(&key.as_str()) || key.starts_with("udf"))
        .filter_map(|(key, value)| Some((key.clone(), as_text(value)?)))
        .collect()
}

/// Makes the order or, for a number that exists, a new payload; tells whether the order is new.
fn open(juspay: &Juspay, wanted: Wanted) -> Result<(bool, Value), Box<Response>> {
    let now = juspay.desk.env.now();
    let refused = |code, message| Err(Box::new(envelope::invalid(&juspay.desk, code, message, &[])));
    let mut orders = lock(&juspay.orders);
    if let Some(order) = orders.get_mut(&wanted.order_id) {
        // Assumed throughout: Juspay does not document a repeated /session.
        if order.status().is_paid() {
            return refused("INVALID_ACTION", "The order is already paid.");
        }
        if juspay.config.repeated_session == RepeatedSession::Refused || order.amount != wanted.amount {
            return refused("ALREADY_EXISTS", "The order exists already.");
        }
        order.expires = now + juspay.config.link_lifetime;
        return Ok((false, payload(juspay, order)));
    }
    let order = new_order(juspay, wanted, now);
    let payload = payload(juspay, &order);
    orders.insert(order);
    Ok((true, payload))
}

fn new_order(juspay: &Juspay, wanted: Wanted, now: OffsetDateTime) -> Order {
    Order {
        id: format!("ordeh_{}", juspay.desk.hex::<16>()),
        order_id: wanted.order_id,
        amount: wanted.amount,
        created: now,
        updated: now,
        expires: now + juspay.config.link_lifetime,
        return_url: Some(wanted.return_url),
        webhook_url: wanted.webhook_url,
        texts: wanted.texts,
        attempts: Vec::new(),
        refunds: Vec::new(),
        looks: 0,
        refund_calls: 0,
    }
}

fn payload(juspay: &Juspay, order: &Order) -> Value {
    let expiry = dates::iso_seconds(order.expires);
    let links = payment_links(juspay, order);
    let mut payload = entries(json!({
        "clientId": order.text("payment_page_client_id"),
        "merchantId": juspay.config.merchant_id,
        "clientAuthToken": format!("tkn_{}", juspay.desk.hex::<16>()),
        "clientAuthTokenExpiry": expiry,
        "environment": "sandbox",
        "action": order.text("action"),
        "amount": rupees::text(order.amount),
        "currency": "INR",
        "customerId": order.text("customer_id"),
        "customerEmail": order.text("customer_email"),
        "customerPhone": order.text("customer_phone"),
        "orderId": order.order_id,
        "returnUrl": order.return_url.as_ref().map(Url::as_str).unwrap_or_default(),
        "options.getUpiDeepLinks": "true",
        "service": "in.juspay.ec",
    }));
    for (theirs, ours) in
        [("firstName", "first_name"), ("lastName", "last_name"), ("description", "description")]
    {
        if let Some(text) = order.texts.get(ours) {
            payload.insert(theirs.to_owned(), text.as_str().into());
        }
    }
    json!({
        "status": if order.attempts.is_empty() { Status::New.name() } else { order.status().name() },
        "id": order.id,
        "order_id": order.order_id,
        "payment_links": { "web": links.get("web"), "expiry": expiry },
        "sdk_payload": {
            "requestId": juspay.desk.hex::<16>(),
            "service": "in.juspay.hyperpay",
            "payload": payload,
            "expiry": expiry,
        },
    })
}
