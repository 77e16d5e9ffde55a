//! An order as it is answered.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

/// An order and what became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Order {
    /// At most 20 letters and digits.
    #[schemars(example = &"7K3M9X2QH8T4WBN5C6DR")]
    order_id: String,
    /// What it is for.
    #[serde(rename = "type")]
    #[schemars(with = "crate::spec::words::OrderType", example = &"WALLET_TOPUP")]
    kind: &'static str,
    /// In paise.
    #[schemars(example = 50_000)]
    amount: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// How it stands.
    #[schemars(with = "crate::spec::words::OrderStatus", example = &"SUCCESS")]
    status: &'static str,
    /// Why it failed, if it did.
    #[schemars(with = "Option<crate::spec::words::FailureReason>")]
    failure_reason: Option<&'static str>,
    /// Whether what was paid for was given.
    #[schemars(with = "crate::spec::words::Fulfilment", example = &"DONE")]
    fulfilment: &'static str,
    /// The money going back, if it is.
    refund: Option<Refund>,
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", example = &"2026-01-15T12:34:56Z")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", example = &"2026-01-15T12:35:40Z")]
    updated_at: OffsetDateTime,
}

/// Money going back to where it came from.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Refund {
    /// In paise.
    #[schemars(example = 50_000)]
    amount: i64,
    /// How it stands.
    #[schemars(with = "crate::spec::words::RefundStatus", example = &"PENDING")]
    status: &'static str,
    /// Why it goes back.
    #[schemars(with = "crate::spec::words::RefundReason", example = &"FULFILMENT_FAILED")]
    reason: &'static str,
}

impl From<&payments::Order> for Order {
    fn from(order: &payments::Order) -> Self {
        Self {
            order_id: order.order_id.to_string(),
            kind: order.kind().word(),
            amount: order.amount().get(),
            currency: "INR",
            status: order.status().word(),
            failure_reason: order.failure_reason().map(payments::FailureReason::word),
            fulfilment: order.fulfilment().word(),
            refund: order.refund().map(Refund::from),
            created_at: order.opened_at,
            updated_at: order.updated_at,
        }
    }
}

impl From<&payments::Refund> for Refund {
    fn from(refund: &payments::Refund) -> Self {
        Self { amount: refund.amount.get(), status: refund.state().word(), reason: refund.cause.word() }
    }
}
