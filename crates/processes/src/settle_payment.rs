//! What was paid for is given, once; what can never be given is paid back.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use kernel::{OrderRef, Paise, UserId};
use payments::{FulfilError, Payments};
use std::sync::Arc;
use wallet::{Credit, CreditError, CreditKind, Ledger, Reference, Source};

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
            Err(error) => return Outcome::of_failure(&error),
        }
        let credited = match credit(paid) {
            Some(credit) => self.ledger.credit(&credit).await.map(drop),
            None => return Outcome::Never { reason: "the order's number makes no reference".to_owned() },
        };
        match credited {
            Ok(()) => finished(self.payments.finish_fulfilment(paid.order_id).await.map(drop)),
            Err(error) if is_final(&error) => {
                finished(self.payments.fail_fulfilment(paid.order_id).await.map(drop))
            }
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

/// Whether the ledger's refusal will be the same however often it is asked, so that the money must go back.
fn is_final(error: &CreditError) -> bool {
    match error {
        CreditError::Amount(_)
        | CreditError::WalletNotFound
        | CreditError::WalletNotReady
        | CreditError::Limit(_) => true,
        // Another transfer under this order's reference contradicts our rules: a person must look first.
        CreditError::ReferenceReused | CreditError::Store(_) => false,
    }
}

fn finished(result: Result<(), FulfilError>) -> Outcome {
    match result {
        Ok(()) | Err(FulfilError::AlreadyUsed | FulfilError::NotPaid) => Outcome::Done,
        Err(error) => Outcome::of_failure(&error),
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
                    self.top_up(&Paid { order_id, user_id: *user_id, amount: *amount_paise }).await
                }
            },
            payments::Event::OrderFailed { .. }
            | payments::Event::OrderExpired { .. }
            | payments::Event::OrderRefunded { .. } => Outcome::Done,
        }
    }
}
