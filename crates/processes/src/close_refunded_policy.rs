//! A policy that was never issued is told that its money went back.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use insurance::Policies;
use std::sync::Arc;

/// Ends the policy of a refunded order.
pub struct CloseRefundedPolicy {
    policies: Arc<Policies>,
}

impl CloseRefundedPolicy {
    /// Over the policies.
    #[must_use]
    pub fn new(policies: Arc<Policies>) -> Self {
        Self { policies }
    }
}

#[async_trait]
impl Process for CloseRefundedPolicy {
    fn name(&self) -> &'static str {
        "close_refunded_policy"
    }

    fn hears(&self, news: &Heard) -> bool {
        match news {
            Heard::Payments(news) => match news.event {
                payments::Event::OrderRefunded { kind, .. } => kind == payments::Kind::InsurancePurchase,
                payments::Event::OrderPaid { .. }
                | payments::Event::OrderFailed { .. }
                | payments::Event::OrderExpired { .. } => false,
            },
            Heard::Identity(_) | Heard::Wallet(_) => false,
        }
    }

    async fn act(&self, news: &Heard) -> Outcome {
        let Heard::Payments(news) = news else { return Outcome::Done };
        let payments::Event::OrderRefunded { order_id, .. } = &news.event else { return Outcome::Done };
        match self.policies.note_refund(order_id).await {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::of_failure(&error),
        }
    }
}
