//! What was paid for is given, once; what can never be given is paid back.

mod policy;
mod top_up;

use crate::{Heard, Outcome, PolicyPurchases, Process};
use async_trait::async_trait;
use kernel::{Fault as _, OrderRef, Paise, UserId};
use payments::{FulfilError, Kind, Payments};
use std::sync::Arc;
use wallet::Ledger;

/// Credits the wallet for a paid top-up or has the paid policy issued, or has the payment refunded.
pub struct SettlePayment {
    payments: Arc<Payments>,
    ledger: Arc<Ledger>,
    purchases: Arc<PolicyPurchases>,
}

/// A paid order, as its news tells of it.
struct Paid<'a> {
    order_id: &'a OrderRef,
    user_id: UserId,
    amount: Paise,
}

impl SettlePayment {
    /// Over orders, the ledger and the purchases of policies.
    #[must_use]
    pub fn new(payments: Arc<Payments>, ledger: Arc<Ledger>, purchases: Arc<PolicyPurchases>) -> Self {
        Self { payments, ledger, purchases }
    }

    /// One try, after which an order that contradicts what it paid for waits for an operator, and no longer for us: each
    /// reminder of it would find the same.
    async fn settle(&self, kind: Kind, paid: &Paid<'_>) -> Outcome {
        let outcome = match kind {
            Kind::WalletTopup => self.top_up(paid).await,
            Kind::InsurancePurchase => self.policy(paid).await,
        };
        let Outcome::Never { .. } = outcome else { return outcome };
        match self.payments.stop_fulfilment(paid.order_id).await {
            Ok(_) | Err(FulfilError::NotFound | FulfilError::NotPaid) => outcome,
            Err(error) => unfulfilled(&error),
        }
    }

    /// What was paid for was given.
    async fn finish(&self, paid: &Paid<'_>) -> Outcome {
        ended(self.payments.finish_fulfilment(paid.order_id).await.map(drop))
    }

    /// What was paid for can never be given.
    async fn pay_back(&self, paid: &Paid<'_>) -> Outcome {
        ended(self.payments.fail_fulfilment(paid.order_id).await.map(drop))
    }
}

fn ended(result: Result<(), FulfilError>) -> Outcome {
    match result {
        Ok(()) | Err(FulfilError::AlreadyUsed | FulfilError::NotPaid) => Outcome::Done,
        Err(error) => unfulfilled(&error),
    }
}

/// What cannot be given now. An order that an operator has to look at can be, once they have looked.
fn unfulfilled(error: &FulfilError) -> Outcome {
    match error {
        FulfilError::Stopped => Outcome::Later { reason: format!("{}: {error}", error.entry().code) },
        FulfilError::NotFound
        | FulfilError::NotPaid
        | FulfilError::AlreadyUsed
        | FulfilError::AmountMismatch
        | FulfilError::NotBegun
        | FulfilError::Gateway(_)
        | FulfilError::Busy
        | FulfilError::Store(_) => Outcome::of_failure(error),
    }
}

#[async_trait]
impl Process for SettlePayment {
    fn name(&self) -> &'static str {
        "settle_payment"
    }

    fn hears(&self, news: &Heard) -> bool {
        match news {
            Heard::Payments(news) => matches!(news.event, payments::Event::OrderPaid { .. }),
            Heard::Identity(_) | Heard::Wallet(_) => false,
        }
    }

    async fn act(&self, news: &Heard) -> Outcome {
        let Heard::Payments(news) = news else { return Outcome::Done };
        match &news.event {
            payments::Event::OrderPaid { order_id, user_id, kind, amount_paise } => {
                let paid = Paid { order_id, user_id: *user_id, amount: *amount_paise };
                self.settle(*kind, &paid).await
            }
            payments::Event::OrderFailed { .. }
            | payments::Event::OrderExpired { .. }
            | payments::Event::OrderRefunded { .. } => Outcome::Done,
        }
    }
}
