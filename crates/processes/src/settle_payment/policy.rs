//! A paid policy is issued by the insurer, or will never be and is paid back; what is not known is asked about until it is.

use super::{Paid, SettlePayment, unfulfilled};
use crate::{Outcome, PurchaseError};
use insurance::{BuyError, PolicyId, PolicyState, Progress};
use payments::FulfilError;

impl SettlePayment {
    pub(super) async fn policy(&self, paid: &Paid<'_>) -> Outcome {
        let policy = match self.purchases.take_up(paid.user_id, paid.order_id).await {
            Ok((policy, _)) => policy,
            // An earlier delivery had it issued, or the money has gone back: nothing is left to do.
            Err(PurchaseError::Fulfil(FulfilError::AlreadyUsed | FulfilError::NotPaid)) => {
                return Outcome::Done;
            }
            Err(PurchaseError::Fulfil(error)) => return unfulfilled(&error),
            Err(PurchaseError::Buy(error)) if is_final(&error) => return self.refuse(paid).await,
            Err(error) => return Outcome::of_failure(&error),
        };
        self.issue(paid, policy.id).await
    }

    async fn issue(&self, paid: &Paid<'_>, id: PolicyId) -> Outcome {
        match self.purchases.policies.issue(paid.user_id, id).await {
            Ok(Progress::TryAgainAt(at)) => Outcome::At(at),
            Ok(Progress::InDoubt { until, cause }) => {
                tracing::error!(policy_id = %id, error = &cause as &dyn std::error::Error, "a policy is in doubt");
                Outcome::At(until)
            }
            Ok(Progress::Settled(policy)) => match policy.state {
                PolicyState::Active { .. } => self.finish(paid).await,
                PolicyState::IssueFailed { .. } | PolicyState::Refunded { .. } => self.pay_back(paid).await,
                PolicyState::Proposed | PolicyState::Issuing(_) => {
                    Outcome::Never { reason: "a settled policy is not".to_owned() }
                }
            },
            Err(error) => Outcome::of_failure(&error),
        }
    }

    /// Pays the money back once it is settled that the payment buys nothing. This very order may be settled by another run
    /// at the same time, and what stood in our way need not have stood in its way.
    async fn refuse(&self, paid: &Paid<'_>) -> Outcome {
        match self.purchases.policies.refuse(paid.order_id).await {
            Ok(None) => self.pay_back(paid).await,
            Ok(Some(policy)) => self.issue(paid, policy.id).await,
            Err(error) => Outcome::of_failure(&error),
        }
    }
}

/// Whether the payment buys no policy, as things are.
fn is_final(error: &BuyError) -> bool {
    match error {
        BuyError::NotProposed | BuyError::AlreadyBought(_) | BuyError::TooLate | BuyError::Used => true,
        BuyError::Busy | BuyError::Store(_) => false,
    }
}
