//! `POST /orders` and `GET /orders/{order_id}`: orders without the SDK, and every order's status.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    envelope,
    object::{self, payment_links},
    order::Order,
    session::is_order_id,
    state::Juspay,
};
use crate::{
    dates,
    desk::lock,
    exchange::{self, text},
    magic::PaymentMagic,
    rupees,
};

/// From this response version on a new order answers NEW instead of CREATED (assumed which one exactly).
const NEW_SINCE_VERSION: &str = "2023-06-30";
/// So many order-status calls fail for the magic amount.
const FAILING_LOOKS: u32 = 3;

/// A form or query as a map; the last of equal keys counts.
pub(crate) fn form(bytes: &[u8]) -> BTreeMap<String, String> {
    serde_urlencoded::from_bytes::<Vec<(String, String)>>(bytes).unwrap_or_default().into_iter().collect()
}

/// Answers `POST /orders`. An existing unpaid order is answered as it is (assumed).
pub(crate) async fn create(State(juspay): State<Arc<Juspay>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = form(&body);
    let order_id = form.get("order_id").cloned().unwrap_or_default();
    let amount = form.get("amount").and_then(|amount| rupees::parse_text(amount));
    if !is_order_id(&order_id) {
        let fields = [("order_id", "must have 1-20 letters and digits")];
        return envelope::invalid(&juspay.desk, "INVALID_INPUT", "Invalid input.", &fields);
    }
    let Some(amount) = amount.filter(|amount| *amount > 0) else {
        let fields = [("amount", "must be positive with at most two decimals")];
        return envelope::invalid(&juspay.desk, "INVALID_INPUT", "Invalid input.", &fields);
    };
    let wants_token = form.get("options.get_client_auth_token").is_some_and(|wants| wants == "true");
    let mut orders = lock(&juspay.orders);
    if orders.get_mut(&order_id).is_none() {
        orders.insert(new_order(&juspay, form, order_id.clone(), amount));
    }
    let Some(order) = orders.get_mut(&order_id) else {
        return exchange::failure(juspay.desk.partner, 500);
    };
    if order.amount != amount || order.status().is_paid() {
        return envelope::invalid(&juspay.desk, "ALREADY_EXISTS", "The order exists already.", &[]);
    }
    let is_new_version = text(&headers, "version").is_some_and(|version| *version >= *NEW_SINCE_VERSION);
    let (status, status_id) = if is_new_version { ("NEW", 10) } else { ("CREATED", 1) };
    let mut answer = object::entries(json!({
        "status": status,
        "status_id": status_id,
        "id": order.id,
        "order_id": order.order_id,
        "payment_links": payment_links(&juspay, order),
    }));
    if wants_token {
        let token = format!("tkn_{}", juspay.desk.hex::<16>());
        let expiry = dates::iso_seconds(order.expires);
        answer.insert(
            "juspay".to_owned(),
            json!({"client_auth_token": token, "client_auth_token_expiry": expiry}),
        );
    }
    Json(Value::Object(answer)).into_response()
}

fn new_order(juspay: &Juspay, form: BTreeMap<String, String>, order_id: String, amount: i64) -> Order {
    let now = juspay.desk.env.now();
    let url = |key: &str| form.get(key).and_then(|url| Url::parse(url).ok());
    Order {
        id: format!("ordeh_{}", juspay.desk.hex::<16>()),
        order_id,
        amount,
        created: now,
        updated: now,
        expires: now + juspay.config.link_lifetime,
        return_url: url("return_url"),
        webhook_url: url("metadata.webhook_url"),
        texts: form,
        attempts: Vec::new(),
        refunds: Vec::new(),
        looks: 0,
        refund_calls: 0,
    }
}

/// Answers `GET /orders/{order_id}`. Looking brings the order up to the present.
pub(crate) async fn status(
    State(juspay): State<Arc<Juspay>>,
    Path(order_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let options = form(query.unwrap_or_default().as_bytes());
    let is_full = options.get("options.add_full_gateway_response").is_some_and(|full| full == "true");
    let seen = juspay.look(&order_id, |order| {
        order.looks = order.looks.saturating_add(1);
        if order.magic() == Some(PaymentMagic::StatusFails) && order.looks <= FAILING_LOOKS {
            return None;
        }
        let mut answer = object::order(&juspay, order);
        if is_full
            && let Some(gateway) = answer.get_mut("payment_gateway_response").and_then(Value::as_object_mut)
        {
            let reference = gateway.get("epg_txn_id").cloned().unwrap_or_default();
            gateway.insert("gateway_response".to_owned(), json!({"id": reference, "entity": "payment"}));
        }
        Some(answer)
    });
    match seen {
        Some(Some(answer)) => Json(Value::Object(answer)).into_response(),
        Some(None) => exchange::failure(juspay.desk.partner, 500),
        None => {
            let status = StatusCode::from_u16(juspay.config.unknown_order_status);
            envelope::not_found(status.unwrap_or(StatusCode::NOT_FOUND), &order_id)
        }
    }
}
