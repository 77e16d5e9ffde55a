//! A paid top-up is credited to the wallet.

use super::{Paid, SettlePayment, unfulfilled};
use crate::Outcome;
use payments::FulfilError;
use wallet::{Credit, CreditError, CreditKind, Reference, Refusal, Source};

impl SettlePayment {
    pub(super) async fn top_up(&self, paid: &Paid<'_>) -> Outcome {
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

    /// Pays the money back once the ledger has refused the credit for ever. This very top-up may be settled by
    /// another run at the same time, and a limit that stood in our way need not have stood in its way.
    async fn give_up(&self, paid: &Paid<'_>, credit: &Credit) -> Outcome {
        match self.ledger.refuse(&credit.reference).await {
            Ok(Refusal::Refused) => self.pay_back(paid).await,
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
