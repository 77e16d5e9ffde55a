//! `POST /orders/{order_id}/refunds` and `POST /refunds`: money back, in the order the errors are checked.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    envelope, object,
    order::{Order, Refund, RefundStatus},
    orders::form,
    session::is_order_id,
    state::Juspay,
    webhooks::Event,
};
use crate::{
    dates,
    desk::lock,
    exchange::{self, LoseAnswer},
    magic::PaymentMagic,
    rupees,
};

/// The same amount again within this time is taken for a slip (Juspay: 2–5 seconds).
const SLIP: Duration = Duration::seconds(3);
const LEAST_PAISE: i64 = 100;

/// Answers `POST /orders/{order_id}/refunds` with the order.
pub(crate) async fn of_order(
    State(juspay): State<Arc<Juspay>>,
    Path(order_id): Path<String>,
    body: Bytes,
) -> Response {
    let form = form(&body);
    refund(&juspay, &order_id, &form, |order, _| Value::Object(object::order(&juspay, order)))
}

/// Answers `POST /refunds`, the variant by transaction, with the refund.
pub(crate) async fn of_txn(State(juspay): State<Arc<Juspay>>, body: Bytes) -> Response {
    let form = form(&body);
    let txn_id = form.get("txn_id").cloned().unwrap_or_default();
    if txn_id.is_empty() {
        return missing();
    }
    // {merchant}-{order_id}-{attempt}
    let order_id = txn_id.rsplit('-').nth(1).unwrap_or_default().to_owned();
    refund(&juspay, &order_id, &form, |order, refund| {
        json!({
            "unique_request_id": refund.unique_request_id,
            "txn_id": txn_id,
            "order_id": order.order_id,
            "status": refund.status.name(),
            "sent_to_gateway": refund.reference.is_some(),
            "response_code": null,
            "refund_type": "STANDARD",
            "refund_source": "DUMMY",
            "refund_arn": null,
            "reference_id": refund.reference,
            "initiated_by": refund.initiated_by,
            "gateway": "DUMMY",
            "error_message": "",
            "epg_txn_id": order.telling().map(|attempt| attempt.gateway_reference.clone()),
            "authorization_id": null,
            "created": dates::iso_seconds(refund.created),
            "amount": rupees::number(refund.amount),
        })
    })
}

fn refund(
    juspay: &Juspay,
    order_id: &str,
    form: &BTreeMap<String, String>,
    answer: impl Fn(&Order, &Refund) -> Value,
) -> Response {
    let now = juspay.desk.env.now();
    // Brings the order up to the present first, so that what is due counts.
    juspay.look(order_id, |_| ());
    let mut orders = lock(&juspay.orders);
    let Some(order) = orders.get_mut(order_id) else {
        return envelope::not_found(StatusCode::BAD_REQUEST, order_id);
    };
    order.refund_calls = order.refund_calls.saturating_add(1);
    let is_first_call = order.refund_calls == 1;
    if order.magic() == Some(PaymentMagic::RefundErrorsOnce) && is_first_call {
        return exchange::failure(juspay.desk.partner, 500);
    }
    let refund = match check(order, form, now) {
        Ok((id, amount)) => new_refund(juspay, order, id, amount, now),
        Err(refusal) => return *refusal,
    };
    order.refunds.push(refund.clone());
    order.updated = now;
    let deliveries = juspay.written(order, &[Event::RefundInitiated(refund.unique_request_id.clone())]);
    let mut response = Json(answer(order, &refund)).into_response();
    if order.magic() == Some(PaymentMagic::RefundDropped) && is_first_call {
        response.extensions_mut().insert(LoseAnswer);
    }
    orders.note_moving(order_id);
    juspay.desk.deliveries.send_later(deliveries, juspay.config.webhook_lag);
    response
}

fn check(
    order: &Order,
    form: &BTreeMap<String, String>,
    now: OffsetDateTime,
) -> Result<(String, i64), Box<Response>> {
    let error = |status_id: Value, code: &str, message: &str| {
        let body = json!({
            "status_id": status_id, "status": "ERROR", "error_code": code, "error_message": message,
        });
        Err(Box::new(envelope::refused(body)))
    };
    let id = form.get("unique_request_id").cloned().unwrap_or_default();
    if id.is_empty() {
        return Err(Box::new(missing()));
    }
    if !is_order_id(&id) {
        // Assumed: Juspay gives the limits of this id, but no answer for breaking them.
        return error(json!(-1), "invalid.unique_request_id", "unique_request_id is invalid.");
    }
    if order.refunds.iter().any(|refund| refund.unique_request_id == id) {
        let message = "A refund call was already completed with this unique_request_id for the order.";
        return error(json!(-1), "duplicate.call", message);
    }
    if !order.status().is_paid() {
        // The documents cut this code off after `success`.
        return error(json!(-1), "invalid.order.not_successful", "Cannot process unsuccessful order.");
    }
    let left = order.charged_amount() - order.amount_refunded();
    let amount = match form.get("amount") {
        Some(amount) => rupees::parse_text(amount),
        None => Some(left),
    };
    let Some(amount) = amount.filter(|amount| *amount >= LEAST_PAISE || form.get("amount").is_none()) else {
        return error(json!(-1), "invalid amount", "Amount is invalid.");
    };
    let is_slip = |refund: &Refund| refund.amount == amount && now - refund.created < SLIP;
    if order.refunds.iter().any(is_slip) {
        let message = "A refund call was already processing with this amount for the order.";
        return error(json!("-1"), "duplicate.call", message);
    }
    if amount > left || left <= 0 {
        let message = "Refund amount exceeds the refundable amount.";
        return error(json!(-1), "invalid.amount.exceeded", message);
    }
    Ok((id, amount))
}

fn missing() -> Response {
    envelope::refused(json!({
        "status": "Bad Request",
        "error_code": "Mandatory fields are missing",
        "error_message": "Mandatory fields are missing",
    }))
}

fn new_refund(juspay: &Juspay, order: &Order, id: String, amount: i64, now: OffsetDateTime) -> Refund {
    let fate = match order.magic() {
        Some(PaymentMagic::RefundFails) => Some(RefundStatus::Failure),
        Some(PaymentMagic::RefundManualReview) => Some(RefundStatus::ManualReview),
        Some(PaymentMagic::RefundStuck) => None,
        _ => Some(RefundStatus::Success),
    };
    let handed_over_at = now + juspay.config.refund_queued_for;
    Refund {
        unique_request_id: id,
        amount,
        status: RefundStatus::Pending,
        created: now,
        processed: None,
        reference: None,
        initiated_by: "API",
        fate,
        handed_over_at,
        settles_at: handed_over_at + juspay.config.refund_settles_after,
    }
}
