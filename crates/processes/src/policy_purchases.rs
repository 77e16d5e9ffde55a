//! A paid order becomes a policy: whoever comes first, the app or the news of the payment, and both to the same one.

use insurance::{BuyError, Policies, Policy, QuoteId, Sale, ToldPolicy};
use kernel::{Detail, Entry, Fault, OrderRef, StoreError, UserId, catalogue};
use payments::{Attention, FindError, FulfilError, Kind, Order, Payments, Purchase, fault};
use std::sync::Arc;

/// Policies bought with orders.
pub struct PolicyPurchases {
    payments: Arc<Payments>,
    pub(crate) policies: Arc<Policies>,
}

/// The order has bought no policy.
#[derive(Debug, thiserror::Error)]
pub enum PurchaseError {
    /// This person has no such order.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The order paid for something else.
    #[error("the order paid for something else")]
    OtherThing(Kind),
    /// Another amount was charged than the premium.
    #[error("another amount was charged")]
    WrongAmount,
    /// Nothing may be given for the order.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
    /// The payment buys no policy.
    #[error(transparent)]
    Buy(#[from] BuyError),
    /// The order paid for another policy than is told of; this is the field of the request.
    #[error("the order paid for another {0}")]
    ToldOtherwise(&'static str),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for PurchaseError {
    fn entry(&self) -> Entry {
        match self {
            Self::Find(error) => error.entry(),
            Self::OtherThing(_) => fault::ORDER_ALREADY_USED,
            Self::WrongAmount => fault::AMOUNT_MISMATCH,
            Self::ToldOtherwise(_) => catalogue::VALIDATION_ERROR,
            Self::Fulfil(error) => error.entry(),
            Self::Buy(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::OtherThing(kind) => vec![("type", kind.word().into())],
            Self::ToldOtherwise(field) => {
                vec![("field", (*field).into()), ("constraint", "must be what was paid for".into())]
            }
            Self::Find(error) => error.details(),
            Self::Fulfil(error) => error.details(),
            Self::Buy(error) => error.details(),
            Self::WrongAmount | Self::Store(_) => Vec::new(),
        }
    }
}

impl PolicyPurchases {
    /// Over orders and policies.
    #[must_use]
    pub fn new(payments: Arc<Payments>, policies: Arc<Policies>) -> Self {
        Self { payments, policies }
    }

    /// The policy that this person's order paid for and that they tell of, bought with it now if it was not before; answers
    /// whether it was. Where the order's outcome is awaited, the payment partner is asked first.
    ///
    /// # Errors
    /// When there is no such order, it is for something else than is told, it is not paid, or its payment buys nothing as
    /// things are: then the money goes back by itself, unless what is in its way is gone before.
    pub async fn claim(
        &self,
        user_id: UserId,
        order_id: &OrderRef,
        told: &ToldPolicy,
    ) -> Result<(Policy, bool), PurchaseError> {
        let order = self.payments.find(user_id, order_id).await?;
        let is_told = |policy: &Policy| match told.contradicts(policy) {
            Some(field) => Err(PurchaseError::ToldOtherwise(field)),
            None => Ok(()),
        };
        if let Some(policy) = self.policies.find_by_order(order_id).await? {
            is_told(&policy)?;
            return Ok((policy, false));
        }
        if order.attention == Some(Attention::AmountMismatch) {
            return Err(PurchaseError::WrongAmount);
        }
        if order.state.payment().is_none() {
            return Err(FulfilError::NotPaid.into());
        }
        let proposed = self.policies.find_by_quote(user_id, quote_of(&order)?).await?;
        is_told(&proposed.ok_or(BuyError::NotProposed)?)?;
        self.take_up(user_id, order_id).await
    }

    /// The policy that a paid order buys: the order is then being fulfilled, and its money stays unless the policy is
    /// never issued. Answers whether it was bought just now. Repeating it is harmless.
    ///
    /// # Errors
    /// When nothing may be given for the order, or its payment buys nothing and has to go back.
    pub(crate) async fn take_up(
        &self,
        user_id: UserId,
        order_id: &OrderRef,
    ) -> Result<(Policy, bool), PurchaseError> {
        // What is bought is given or given up, whatever becomes of the order meanwhile.
        if let Some(policy) = self.policies.find_by_order(order_id).await? {
            return Ok((policy, false));
        }
        let order = self.payments.find_known(user_id, order_id).await?;
        let quote_id = quote_of(&order)?;
        let proposed = self.policies.find_by_quote(user_id, quote_id).await?.ok_or(BuyError::NotProposed)?;
        let order = self.payments.begin_fulfilment(order_id, proposed.premium.total).await?;
        let paid = order.state.payment().ok_or(FulfilError::NotPaid)?;
        let sale = Sale { order: order_id.clone(), paid_at: paid.paid_at };
        Ok(self.policies.buy(user_id, quote_id, &sale).await?)
    }
}

/// The quote that an order pays for.
fn quote_of(order: &Order) -> Result<QuoteId, PurchaseError> {
    match &order.purchase {
        Purchase::InsurancePurchase { quote_id, .. } => Ok(QuoteId::new(*quote_id)),
        Purchase::WalletTopup { .. } => Err(PurchaseError::OtherThing(order.kind())),
    }
}

impl std::fmt::Debug for PolicyPurchases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyPurchases").finish_non_exhaustive()
    }
}
