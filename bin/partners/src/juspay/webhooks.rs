//! Juspay's webhooks: which events there are, what each carries, and its disguises.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{
    object,
    order::{Order, RefundStatus},
    state::Juspay,
};
use crate::{
    FaultKind, basic, dates,
    deliveries::{Delivery, Taken},
    desk::lock,
    faults::Moment,
    magic::PaymentMagic,
};

/// What Juspay tells the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    TxnCreated,
    TxnCharged,
    TxnFailed,
    OrderSucceeded,
    OrderFailed,
    RefundInitiated(String),
    OrderRefunded(String),
    OrderRefundFailed(String),
    RefundManualReviewNeeded(String),
    AutoRefundSucceeded,
}

impl Event {
    /// The event of a refund's new status.
    pub(crate) fn of_refund(status: RefundStatus, refund_id: &str) -> Option<Self> {
        let refund_id = refund_id.to_owned();
        match status {
            RefundStatus::Pending => None,
            RefundStatus::Success => Some(Self::OrderRefunded(refund_id)),
            RefundStatus::Failure => Some(Self::OrderRefundFailed(refund_id)),
            RefundStatus::ManualReview => Some(Self::RefundManualReviewNeeded(refund_id)),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::TxnCreated => "TXN_CREATED",
            Self::TxnCharged => "TXN_CHARGED",
            Self::TxnFailed => "TXN_FAILED",
            Self::OrderSucceeded => "ORDER_SUCCEEDED",
            Self::OrderFailed => "ORDER_FAILED",
            Self::RefundInitiated(_) => "REFUND_INITIATED",
            Self::OrderRefunded(_) => "ORDER_REFUNDED",
            Self::OrderRefundFailed(_) => "ORDER_REFUND_FAILED",
            Self::RefundManualReviewNeeded(_) => "REFUND_MANUAL_REVIEW_NEEDED",
            Self::AutoRefundSucceeded => "AUTO_REFUND_SUCCEEDED",
        }
    }

    const fn is_txn_event(&self) -> bool {
        matches!(self, Self::TxnCreated | Self::TxnCharged | Self::TxnFailed)
    }

    const fn refund_id(&self) -> Option<&String> {
        match self {
            Self::RefundInitiated(id)
            | Self::OrderRefunded(id)
            | Self::OrderRefundFailed(id)
            | Self::RefundManualReviewNeeded(id) => Some(id),
            Self::TxnCreated
            | Self::TxnCharged
            | Self::TxnFailed
            | Self::OrderSucceeded
            | Self::OrderFailed
            | Self::AutoRefundSucceeded => None,
        }
    }
}

/// Writes the webhook of an event; `None` when nobody is to be told.
pub(crate) fn write(juspay: &Juspay, order: &Order, event: &Event) -> Option<Delivery> {
    if event.is_txn_event() && !juspay.config.sends_txn_events {
        return None;
    }
    let url = order.webhook_url.clone().or_else(|| lock(&juspay.webhook_url).clone())?;
    let line = format!("webhook {}", event.name());
    let strike = juspay.desk.faults.strike(juspay.desk.partner, Moment::WritingWebhook, &line);
    let magic = order.magic();
    let mut content = content(juspay, order, event);
    if strike.has(FaultKind::Filtered) || magic == Some(PaymentMagic::WebhookFiltered) {
        filter(&mut content);
    }
    let stringly = matches!(event, Event::RefundManualReviewNeeded(_));
    if stringly || strike.has(FaultKind::Strings) || magic == Some(PaymentMagic::WebhookStrings) {
        stringify(&mut content);
    }
    let id = format!("evt_V2_{}", juspay.desk.hex::<16>());
    let body = json!({
        "id": id,
        "event_name": event.name(),
        "date_created": dates::iso_seconds(juspay.desk.env.now()),
        "content": content,
    });
    let user = &juspay.config.webhook_username;
    let headers = |password: &str| {
        vec![
            ("content-type", "application/json".to_owned()),
            ("authorization", basic::header_value(user, password)),
        ]
    };
    Some(Delivery {
        id,
        partner: juspay.desk.partner,
        event: event.name().to_owned(),
        url,
        body: Some(body.to_string()),
        headers: headers(juspay.config.webhook_password.expose_secret()),
        forged_headers: headers("not the webhook password"),
        forged_first: magic == Some(PaymentMagic::WebhookForged),
        taken: Taken::Only200,
        retry_waits: juspay.config.webhook_retry_waits.as_slice().into(),
        strike,
    })
}

fn content(juspay: &Juspay, order: &Order, event: &Event) -> Value {
    if matches!(event, Event::TxnCharged | Event::TxnFailed) {
        return json!({ "txn": object::txn(juspay, order) });
    }
    let mut object = object::order(juspay, order);
    // Juspay's samples put the refund in question first.
    if let Some(id) = event.refund_id()
        && let Some(refunds) = object.get_mut("refunds").and_then(Value::as_array_mut)
    {
        refunds.sort_by_key(|refund| refund.get("unique_request_id") != Some(&Value::from(id.as_str())));
    }
    json!({ "order": object })
}

/// Hides what Juspay may hide, even where a number or an object is normal.
fn filter(value: &mut Value) {
    const FILTERED: &str = "FILTERED";
    let is_hidden = |key: &str| {
        key.starts_with("customer_")
            || key.starts_with("udf")
            || matches!(key, "card" | "maximum_eligible_refund_amount" | "payer_vpa")
    };
    walk(value, &mut |key, inner| {
        if is_hidden(key) {
            *inner = FILTERED.into();
        }
    });
}

/// Writes numbers and flags as strings, as one of Juspay's own samples does.
fn stringify(value: &mut Value) {
    walk(value, &mut |_, inner| match inner {
        Value::Number(number) => *inner = number.to_string().into(),
        Value::Bool(flag) => *inner = flag.to_string().into(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {}
    });
}

fn walk(value: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Object(entries) => walk_entries(entries, change),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn walk_entries(entries: &mut Map<String, Value>, change: &mut dyn FnMut(&str, &mut Value)) {
    for (key, inner) in entries {
        change(key, inner);
        walk(inner, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disguises() {
        let mut content =
            json!({"order": {"customer_id": "c", "amount": 1551.5, "refunded": true, "udf1": ""}});
        filter(&mut content);
        stringify(&mut content);
        assert_eq!(
            content,
            json!({"order": {"customer_id": "FILTERED", "amount": "1551.5", "refunded": "true", "udf1": "FILTERED"}})
        );
    }
}
