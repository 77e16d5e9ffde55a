//! The order object: what the status call, the refund call and the webhooks carry.

use serde_json::{Map, Value, json};

use super::{
    order::{Attempt, Order, Refund, RefundStatus, Status},
    state::Juspay,
};
use crate::{dates, magic::PaymentMagic, rupees};

/// An order as Juspay answers it. Before the first attempt there is no `txn_id` and no `txn_detail`.
pub(crate) fn order(juspay: &Juspay, order: &Order) -> Map<String, Value> {
    let status = order.status();
    let charged = order.charged_amount();
    let refunded = order.amount_refunded();
    let mut object = entries(json!({
        "id": order.id,
        "order_id": told_number(order),
        "merchant_id": juspay.config.merchant_id,
        "status": status.name(),
        "status_id": status.id(),
        "amount": rupees::number(charged),
        "effective_amount": rupees::number(charged),
        "currency": told_currency(order),
        // Only a complete refund sets the flag; the status never becomes "refunded".
        "refunded": status.is_paid() && is_wholly_refunded(order),
        "amount_refunded": rupees::number(refunded),
        "maximum_eligible_refund_amount": rupees::number(if status.is_paid() { charged - refunded } else { 0 }),
        "date_created": dates::iso_seconds(order.created),
        "last_updated": dates::iso_seconds(order.updated),
        "return_url": order.return_url.as_ref().map(url::Url::as_str).unwrap_or_default(),
        "product_id": "",
        "customer_id": order.text("customer_id"),
        "customer_email": order.text("customer_email"),
        "customer_phone": order.text("customer_phone"),
        "payment_links": payment_links(juspay, order),
        "offers": [],
        "metadata": {},
        "refunds": order.refunds.iter().map(refund).collect::<Vec<_>>(),
    }));
    for number in 1..=10 {
        let key = format!("udf{number}");
        object.insert(key.clone(), order.text(&key).into());
    }
    if let Some(attempt) = order.telling() {
        object.extend(attempted(juspay, order, attempt));
    }
    object
}

fn told_number(order: &Order) -> &str {
    // A magic amount: the status of somebody else's order.
    if order.magic() == Some(PaymentMagic::OrderIdDiffers) { "AARNOTYOURS" } else { &order.order_id }
}

fn told_currency(order: &Order) -> &'static str {
    if order.magic() == Some(PaymentMagic::CurrencyDiffers) { "USD" } else { "INR" }
}

fn is_wholly_refunded(order: &Order) -> bool {
    let done: i64 = order
        .refunds
        .iter()
        .filter(|refund| refund.status == RefundStatus::Success)
        .map(|refund| refund.amount)
        .sum();
    done >= order.charged_amount()
}

/// The addresses of the payment page.
pub(crate) fn payment_links(juspay: &Juspay, order: &Order) -> Value {
    let page = format!("{}/orders/{}/payment-page", juspay.base_url, order.id);
    json!({
        "web": page,
        "mobile": format!("{page}?mobile=true"),
        "iframe": format!("{page}?iframe=true"),
        "expiry": dates::iso_seconds(order.expires),
    })
}

fn attempted(juspay: &Juspay, order: &Order, attempt: &Attempt) -> Map<String, Value> {
    let txn_id = order.txn_id(&juspay.config.merchant_id, attempt);
    let amount = rupees::number(order.charged_amount());
    let (bank_code, bank_message) = bank_error(attempt.status);
    let created = dates::iso_seconds(attempt.created);
    let is_paid = attempt.status.is_paid();
    entries(json!({
        "txn_id": txn_id,
        "txn_uuid": attempt.uuid,
        "payment_method_type": "UPI",
        "payment_method": "UPI",
        "auth_type": "",
        "resp_code": null,
        "resp_message": null,
        "bank_error_code": bank_code,
        "bank_error_message": bank_message,
        "gateway_id": 23,
        "gateway_reference_id": null,
        "payer_vpa": "success@upi",
        "upi": {"payer_vpa": "success@upi", "txn_flow_type": "COLLECT"},
        "txn_detail": {
            "txn_id": txn_id,
            "order_id": told_number(order),
            "status": attempt.status.name(),
            "error_code": null,
            "error_message": bank_message,
            "net_amount": amount,
            "txn_amount": amount,
            "surcharge_amount": null,
            "tax_amount": null,
            "offer_deduction_amount": null,
            "gateway_id": 23,
            "gateway": "DUMMY",
            "currency": told_currency(order),
            "express_checkout": false,
            "redirect": false,
            "txn_uuid": attempt.uuid,
            "created": created,
        },
        "payment_gateway_response": {
            "resp_code": if is_paid { "captured" } else { bank_code },
            "rrn": if is_paid { Value::from(attempt.bank_reference.as_str()) } else { Value::Null },
            "epg_txn_id": attempt.gateway_reference,
            "resp_message": bank_message,
            "auth_id_code": "",
            "txn_id": txn_id,
            "created": created,
        },
    }))
}

fn bank_error(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::AuthorizationFailed => ("03", "Not sufficient funds"),
        Status::AuthenticationFailed => ("U69", "Collect expired"),
        Status::New | Status::PendingVbv | Status::Authorizing | Status::Charged | Status::AutoRefunded => {
            ("", "")
        }
    }
}

/// The transaction of `TXN_CHARGED` and `TXN_FAILED`.
pub(crate) fn txn(juspay: &Juspay, order: &Order) -> Value {
    let Some(attempt) = order.telling() else { return Value::Null };
    let (bank_code, bank_message) = bank_error(attempt.status);
    let attempted = attempted(juspay, order, attempt);
    json!({
        "txn_id": order.txn_id(&juspay.config.merchant_id, attempt),
        "order_id": told_number(order),
        "status": attempt.status.name(),
        "status_id": attempt.status.id(),
        "txn_amount": rupees::number(order.charged_amount()),
        "net_amount": rupees::number(order.charged_amount()),
        "payment_method": "UPI",
        "payment_method_type": "UPI",
        "error_code": bank_code,
        "error_message": bank_message,
        "payment_gateway_response": attempted.get("payment_gateway_response"),
    })
}

/// A refund as it stands in the order object.
pub(crate) fn refund(refund: &Refund) -> Value {
    let mut object = entries(json!({
        "unique_request_id": refund.unique_request_id,
        "status": refund.status.name(),
        "amount": rupees::number(refund.amount),
        "created": dates::iso_seconds(refund.created),
        "sent_to_gateway": refund.reference.is_some(),
        "id": null,
        "ref": refund.reference,
        "refund_type": "STANDARD",
        "refund_source": "DUMMY",
        "initiated_by": refund.initiated_by,
        "error_code": null,
        "error_message": "",
    }));
    if let Some(processed) = refund.processed {
        let processed = dates::iso_seconds(processed);
        let further = match refund.status {
            RefundStatus::Pending => json!({}),
            RefundStatus::Success => json!({
                "pg_processed_at": processed, "arn": refund.reference,
                "error_code": "processed", "error_message": "processed",
            }),
            RefundStatus::Failure => json!({
                "pg_declined_at": processed, "error_code": "declined",
                "error_message": "The bank declined the refund.",
            }),
            RefundStatus::ManualReview => json!({
                "error_code": "ambiguous", "error_message": "The bank's answer is not clear.",
            }),
        };
        object.extend(entries(further));
    }
    object.into()
}

/// The entries of an object literal.
pub(crate) fn entries(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(entries) => entries,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
