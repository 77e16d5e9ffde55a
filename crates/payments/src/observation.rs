//! What the payment partner says of an order, in our words. Only its own answer to our question is one: never
//! a webhook's body, a return address or what an app tells.

use crate::{FailureReason, RefundState};
use kernel::{OrderRef, Paise};

/// One answer of the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The partner knows no such order.
    NotFound,
    /// The partner knows the order.
    Seen(Seen),
    /// The partner answered our refund.
    Refund(RefundSeen),
    /// The partner refuses our refund.
    RefundRefused,
}

/// An order as the partner knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The number the answer is for.
    pub order_id: OrderRef,
    /// Whether the answer is for our own merchant account.
    pub merchant_is_ours: bool,
    /// The amount charged or to be charged; `None` if it cannot be read exactly.
    pub amount: Option<Paise>,
    /// The currency's code; `None` if none was given.
    pub currency: Option<String>,
    /// What became of the payment.
    pub payment: PaymentSeen,
    /// How much went or is going back, by whoever's doing.
    pub refunded: Paise,
    /// The refunds the partner lists.
    pub refunds: Vec<RefundSeen>,
}

/// What became of a payment at the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentSeen {
    /// Nobody has tried.
    NotStarted,
    /// An attempt is under way.
    InProgress,
    /// The last attempt failed; the customer may try again while the session lasts.
    AttemptFailed(FailureReason),
    /// The money was captured.
    Charged,
    /// It was captured too late, and the partner sent it back by itself.
    AutoRefunded,
    /// A state we never ask for, such as a hold or cash on delivery.
    Unusual,
}

/// A refund as the partner knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSeen {
    /// The number it was asked for under; not one of ours if somebody else asked.
    pub refund_id: String,
    /// How much.
    pub amount: Paise,
    /// What became of it.
    pub state: RefundState,
}
