//! Paying for something: what it costs is known to whoever gives it, never told by who pays.

use identity::{RequireGrantError, StepUps};
use insurance::{Proposals, ProposeError, QuoteId};
use kernel::{Detail, Entry, Fault, Paise, SessionId, UserId};
use payments::{AmountError, IdempotencyKey, Method, OpenError, OpenRequest, Opened, Payments, Purchase};
use std::sync::Arc;

/// What somebody wants to pay for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Money into their own wallet.
    TopUp(Paise),
    /// The policy they were quoted.
    Policy {
        /// The quote.
        quote_id: QuoteId,
        /// How they pay.
        method: Method,
    },
}

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    /// The person.
    pub user_id: UserId,
    /// The session they pay on.
    pub session_id: SessionId,
}

/// Opens orders for what people want to pay for.
pub struct Checkout {
    payments: Arc<Payments>,
    proposals: Arc<Proposals>,
    step_ups: Arc<StepUps>,
}

/// No order was opened, or no session for it.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The amount is not one an order can ask for.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// Wallet money is spent only after the PIN was given.
    #[error(transparent)]
    StepUp(#[from] RequireGrantError),
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
            Self::StepUp(error) => error.entry(),
            Self::Propose(error) => error.entry(),
            Self::Open(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Amount(error) => error.details(),
            Self::StepUp(error) => error.details(),
            Self::Propose(error) => error.details(),
            Self::Open(error) => error.details(),
        }
    }
}

impl Checkout {
    /// Over orders, the cover people want, and the PIN that opens the way to their money.
    #[must_use]
    pub fn new(payments: Arc<Payments>, proposals: Arc<Proposals>, step_ups: Arc<StepUps>) -> Self {
        Self { payments, proposals, step_ups }
    }

    /// Opens an order for that wish and a session to pay it in; asked again under the same key, the same. Paid from the
    /// wallet, it is paid when this returns.
    ///
    /// # Errors
    /// When the PIN must be given first, the wish is refused, the wallet cannot pay it, the key named another one, the
    /// order is over, or no session could be opened.
    pub async fn open(
        &self,
        customer: Customer,
        key: IdempotencyKey,
        wish: Wish,
    ) -> Result<Opened, CheckoutError> {
        let user_id = customer.user_id;
        let purchase = match wish {
            Wish::TopUp(amount) => Purchase::wallet_topup(amount.get())?,
            Wish::Policy { quote_id, method } => {
                match method {
                    Method::Juspay => {}
                    Method::Wallet => {
                        self.step_ups.require_grant(user_id, customer.session_id).await?;
                    }
                }
                let policy = self.proposals.propose(user_id, quote_id).await?;
                Purchase::insurance(quote_id.uuid(), policy.premium.total, method)?
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
