//! An order as it is answered.

use crate::spec::examples::ORDER_ID;
use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

/// An order and what became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Order {
    /// The order: at most 20 letters and digits.
    #[schemars(example = ORDER_ID, regex(pattern = r"^[A-Za-z0-9]{1,20}$"))]
    order_id: String,
    /// What it is for.
    #[serde(rename = "type")]
    #[schemars(with = "crate::spec::words::OrderType", example = &"WALLET_TOPUP")]
    kind: &'static str,
    /// How it is paid.
    #[schemars(with = "crate::spec::words::PaymentMethod", example = &"JUSPAY")]
    method: &'static str,
    /// What it costs, in paise.
    #[schemars(example = 50_000)]
    amount: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// How it stands.
    #[schemars(with = "crate::spec::words::OrderStatus", example = &"SUCCESS")]
    status: &'static str,
    /// Why the last try to pay failed; `null` if none did, or once the order is paid.
    #[schemars(with = "Option<crate::spec::words::FailureReason>", example = (), example = &"DECLINED")]
    failure_reason: Option<&'static str>,
    /// Whether what was paid for was given.
    #[schemars(with = "crate::spec::words::Fulfilment", example = &"DONE")]
    fulfilment: &'static str,
    /// The money going back; `null` if none does.
    #[schemars(example = ())]
    refund: Option<Refund>,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:34:56Z")]
    created_at: OffsetDateTime,
    /// When anything of it last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:35:40Z")]
    updated_at: OffsetDateTime,
}

/// Money going back to where it came from.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Refund {
    /// How much goes back, in paise.
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
            method: order.method().word(),
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
