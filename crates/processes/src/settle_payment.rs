//! What was paid for is given, once; what can never be given is paid back.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use kernel::{Fault as _, OrderRef, Paise, UserId};
use payments::{FulfilError, Payments};
use std::sync::Arc;
use wallet::{Credit, CreditError, CreditKind, Ledger, Reference, Refusal, Source};

/// Credits the wallet for a paid top-up, or has the payment refunded.
pub struct SettlePayment {
    payments: Arc<Payments>,
    ledger: Arc<Ledger>,
}

/// A paid order, as its news tells of it.
struct Paid<'a> {
    order_id: &'a OrderRef,
    user_id: UserId,
    amount: Paise,
}

impl SettlePayment {
    /// Over orders and the ledger.
    #[must_use]
    pub fn new(payments: Arc<Payments>, ledger: Arc<Ledger>) -> Self {
        Self { payments, ledger }
    }

    async fn top_up(&self, paid: &Paid<'_>) -> Outcome {
        match self.payments.begin_fulfilment(paid.order_id, paid.amount).await {
            Ok(_) => {}
            // An earlier delivery gave it, or the money has gone back: nothing is left to do.
            Err(FulfilError::AlreadyUsed | FulfilError::NotPaid) => return Outcome::Done,
            Err(error) => return unfulfilled(&error),
        }
        let Some(credit) = credit(paid) else {
            return Outcome::Never { reason: "the order's number makes no reference".to_owned() };
        };
        match self.ledger.credit(&credit).await {
            Ok(_) => self.finish(paid).await,
            Err(error) if is_final(&error) => self.give_up(paid, &credit).await,
            Err(error) => Outcome::of_failure(&error),
        }
    }

    /// One try, after which an order that contradicts the ledger waits for an operator, and no longer for us: each
    /// reminder of it would find the same.
    async fn settle(&self, paid: &Paid<'_>) -> Outcome {
        let outcome = self.top_up(paid).await;
        let Outcome::Never { .. } = outcome else { return outcome };
        match self.payments.stop_fulfilment(paid.order_id).await {
            Ok(_) | Err(FulfilError::NotFound | FulfilError::NotPaid) => outcome,
            Err(error) => unfulfilled(&error),
        }
    }

    async fn finish(&self, paid: &Paid<'_>) -> Outcome {
        ended(self.payments.finish_fulfilment(paid.order_id).await.map(drop))
    }

    /// Pays the money back once the ledger has refused the credit for ever. This very top-up may be settled by
    /// another run at the same time, and a limit that stood in our way need not have stood in its way.
    async fn give_up(&self, paid: &Paid<'_>, credit: &Credit) -> Outcome {
        match self.ledger.refuse(&credit.reference).await {
            Ok(Refusal::Refused) => ended(self.payments.fail_fulfilment(paid.order_id).await.map(drop)),
            // Booked after all: asked again, the ledger says whether as this credit.
            Ok(Refusal::Booked) => match self.ledger.credit(credit).await {
                Ok(_) => self.finish(paid).await,
                Err(error) => Outcome::of_failure(&error),
            },
            Err(error) => Outcome::of_failure(&error),
        }
    }
}

/// The credit of a top-up: its reference is the order's number, so that the ledger takes it once.
fn credit(paid: &Paid<'_>) -> Option<Credit> {
    Some(Credit {
        user_id: paid.user_id,
        kind: CreditKind::Topup,
        source: Source::Own,
        amount: paid.amount,
        reference: Reference::parse(&format!("topup:{}", paid.order_id)).ok()?,
        order: Some(paid.order_id.clone()),
    })
}

/// Whether the ledger's refusal means that the money must go back.
fn is_final(error: &CreditError) -> bool {
    match error {
        CreditError::Amount(_)
        | CreditError::WalletNotFound
        | CreditError::WalletNotReady
        | CreditError::Limit(_)
        // An earlier run refused it for ever.
        | CreditError::Refused => true,
        // Another transfer under this order's reference contradicts our rules: a person must look first.
        CreditError::ReferenceReused | CreditError::Store(_) => false,
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
            payments::Event::OrderPaid { order_id, user_id, kind, amount_paise } => match kind {
                payments::Kind::WalletTopup => {
                    self.settle(&Paid { order_id, user_id: *user_id, amount: *amount_paise }).await
                }
            },
            payments::Event::OrderFailed { .. }
            | payments::Event::OrderExpired { .. }
            | payments::Event::OrderRefunded { .. } => Outcome::Done,
        }
    }
}
