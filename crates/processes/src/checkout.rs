//! Paying for something: what it costs is known to whoever gives it, never told by who pays.

use insurance::{Proposals, ProposeError, QuoteId};
use kernel::{Detail, Entry, Fault, Paise, UserId};
use payments::{AmountError, IdempotencyKey, OpenError, OpenRequest, Opened, Payments, Purchase};
use std::sync::Arc;

/// What somebody wants to pay for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Money into their own wallet.
    TopUp(Paise),
    /// The policy they were quoted.
    Policy(QuoteId),
}

/// Opens orders for what people want to pay for.
pub struct Checkout {
    payments: Arc<Payments>,
    proposals: Arc<Proposals>,
}

/// No order was opened, or no session for it.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The amount is not one an order can ask for.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The quote makes no policy.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// The order is refused, or not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Fault for CheckoutError {
    fn entry(&self) -> Entry {
        match self {
            Self::Amount(error) => error.entry(),
            Self::Propose(error) => error.entry(),
            Self::Open(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::Propose(error) => error.details(),
            Self::Open(error) => error.details(),
        }
    }
}

impl Checkout {
    /// Over orders and the cover people want.
    #[must_use]
    pub fn new(payments: Arc<Payments>, proposals: Arc<Proposals>) -> Self {
        Self { payments, proposals }
    }

    /// Opens an order for that wish and a session to pay it in; asked again under the same key, the same.
    ///
    /// # Errors
    /// When the wish is refused, the key named another one, the order is over, or no session could be opened.
    pub async fn open(
        &self,
        user_id: UserId,
        key: IdempotencyKey,
        wish: Wish,
    ) -> Result<Opened, CheckoutError> {
        let purchase = match wish {
            Wish::TopUp(amount) => Purchase::wallet_topup(amount.get())?,
            Wish::Policy(quote_id) => {
                let policy = self.proposals.propose(user_id, quote_id).await?;
                Purchase::insurance(quote_id.uuid(), policy.premium.total)?
            }
        };
        Ok(self.payments.open(&OpenRequest { user_id, key, purchase }).await?)
    }
}

impl std::fmt::Debug for Checkout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkout").finish_non_exhaustive()
    }
}
