//! A payment order with its attempts and refunds, as Juspay keeps it.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use url::Url;

use crate::magic::{self, PaymentMagic};

/// An order's or attempt's status, of those the simulator can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    PendingVbv,
    Authorizing,
    Charged,
    AuthenticationFailed,
    AuthorizationFailed,
    AutoRefunded,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::PendingVbv => "PENDING_VBV",
            Self::Authorizing => "AUTHORIZING",
            Self::Charged => "CHARGED",
            Self::AuthenticationFailed => "AUTHENTICATION_FAILED",
            Self::AuthorizationFailed => "AUTHORIZATION_FAILED",
            Self::AutoRefunded => "AUTO_REFUNDED",
        }
    }

    pub(crate) const fn id(self) -> i32 {
        match self {
            Self::New => 10,
            Self::Charged => 21,
            Self::PendingVbv => 23,
            Self::AuthenticationFailed => 26,
            Self::AuthorizationFailed => 27,
            Self::Authorizing => 28,
            Self::AutoRefunded => 36,
        }
    }

    pub(crate) const fn is_pending(self) -> bool {
        matches!(self, Self::PendingVbv | Self::Authorizing)
    }

    pub(crate) const fn is_paid(self) -> bool {
        matches!(self, Self::Charged | Self::AutoRefunded)
    }

    /// The order shows its best attempt. Where a failed attempt stands beside a pending one, pending is the
    /// better (assumed).
    const fn rank(self) -> u8 {
        match self {
            Self::New => 0,
            Self::AuthenticationFailed | Self::AuthorizationFailed => 1,
            Self::PendingVbv | Self::Authorizing => 2,
            Self::AutoRefunded => 3,
            Self::Charged => 4,
        }
    }
}

/// When a pending attempt goes on by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) authorizing_at: OffsetDateTime,
    pub(crate) success_at: OffsetDateTime,
}

/// One try to pay.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: usize,
    pub(crate) status: Status,
    pub(crate) created: OffsetDateTime,
    pub(crate) uuid: String,
    pub(crate) gateway_reference: String,
    pub(crate) bank_reference: String,
    pub(crate) plan: Option<Plan>,
}

/// A refund's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RefundStatus {
    Pending,
    Success,
    Failure,
    ManualReview,
}

impl RefundStatus {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::ManualReview => "MANUAL_REVIEW",
        }
    }
}

/// Money on its way back.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) unique_request_id: String,
    pub(crate) amount: i64,
    pub(crate) status: RefundStatus,
    pub(crate) created: OffsetDateTime,
    pub(crate) processed: Option<OffsetDateTime>,
    /// Present once the refund has been handed to the bank.
    pub(crate) reference: Option<String>,
    pub(crate) initiated_by: &'static str,
    /// How it ends by itself; `None` waits for a hand.
    pub(crate) fate: Option<RefundStatus>,
    pub(crate) handed_over_at: OffsetDateTime,
    pub(crate) settles_at: OffsetDateTime,
}

/// A payment order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// `ordeh_…`
    pub(crate) id: String,
    /// The merchant's number.
    pub(crate) order_id: String,
    pub(crate) amount: i64,
    pub(crate) created: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    /// End of the payment link and of the client token.
    pub(crate) expires: OffsetDateTime,
    pub(crate) return_url: Option<Url>,
    /// `metadata.webhook_url` of the session: where this order's webhooks go instead.
    pub(crate) webhook_url: Option<Url>,
    /// What was given and is given back as it is: `customer_id`, `udf1`, `description` …
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) refunds: Vec<Refund>,
    /// How many order-status calls there were, for magic amounts.
    pub(crate) looks: u32,
    /// How many refund calls there were, for magic amounts.
    pub(crate) refund_calls: u32,
}

impl Order {
    pub(crate) fn magic(&self) -> Option<PaymentMagic> {
        magic::payment(self.amount)
    }

    /// The attempt that decides the order's status: the newest of the best.
    pub(crate) fn telling(&self) -> Option<&Attempt> {
        self.attempts.iter().max_by_key(|attempt| (attempt.status.rank(), attempt.number))
    }

    pub(crate) fn status(&self) -> Status {
        self.telling().map_or(Status::New, |attempt| attempt.status)
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.texts.get(key).map(String::as_str).unwrap_or_default()
    }

    /// What was charged, or would be: one rupee less than ordered for a magic amount.
    pub(crate) fn charged_amount(&self) -> i64 {
        if self.magic() == Some(PaymentMagic::ChargedAmountDiffers) && self.status().is_paid() {
            self.amount - 100
        } else {
            self.amount
        }
    }

    /// Everything refunded or on its way: pending refunds count, failed ones do not.
    pub(crate) fn amount_refunded(&self) -> i64 {
        self.refunds
            .iter()
            .filter(|refund| refund.status != RefundStatus::Failure)
            .map(|refund| refund.amount)
            .sum()
    }

    /// Whether something will still happen to it by itself.
    pub(crate) fn is_moving(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.plan.is_some())
            || self
                .refunds
                .iter()
                .any(|refund| refund.status == RefundStatus::Pending && refund.fate.is_some())
    }

    pub(crate) fn txn_id(&self, merchant_id: &str, attempt: &Attempt) -> String {
        format!("{merchant_id}-{}-{}", self.order_id, attempt.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: usize, status: Status) -> Attempt {
        Attempt {
            number,
            status,
            created: OffsetDateTime::UNIX_EPOCH,
            uuid: String::new(),
            gateway_reference: String::new(),
            bank_reference: String::new(),
            plan: None,
        }
    }

    fn order(statuses: &[Status]) -> Order {
        let at = OffsetDateTime::UNIX_EPOCH;
        Order {
            id: String::new(),
            order_id: "A1".to_owned(),
            amount: 100,
            created: at,
            updated: at,
            expires: at,
            return_url: None,
            webhook_url: None,
            texts: BTreeMap::new(),
            attempts: statuses.iter().enumerate().map(|(index, s)| attempt(index + 1, *s)).collect(),
            refunds: Vec::new(),
            looks: 0,
            refund_calls: 0,
        }
    }

    #[test]
    fn the_best_attempt_decides() {
        use Status::{AuthorizationFailed, Charged, New, PendingVbv};
        for (attempts, status, number) in [
            (&[][..], New, 0),
            (&[AuthorizationFailed], AuthorizationFailed, 1),
            (&[AuthorizationFailed, PendingVbv], PendingVbv, 2),
            (&[AuthorizationFailed, Charged, AuthorizationFailed], Charged, 2),
        ] {
            let order = order(attempts);
            assert_eq!(order.status(), status);
            assert_eq!(order.telling().map_or(0, |attempt| attempt.number), number);
        }
    }
}
