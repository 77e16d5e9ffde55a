//! The health wallet as a means of payment: an order is paid by a spending in its owner's ledger, and refunded there.

use async_trait::async_trait;
use kernel::{Env, Fault as _, Masked, OrderRef, Paise, UserId};
use payments::{
    Kind, Method, Observation, PaymentLinks, PaymentSeen, RefundSeen, RefundState, SESSION_LIFETIME, Seen,
    Session,
    ports::{GatewayError, PaymentGateway, RefundRequest, Refusal, SessionRequest},
};
use std::sync::Arc;
use wallet::{Ledger, Purpose, Reference, Refund, RefundError, Spend, SpendError};

/// Takes orders that are paid from the wallet to the ledger, and all others to the payment partner.
pub struct PayFromWallet {
    env: Env,
    ledger: Arc<Ledger>,
    partner: Arc<dyn PaymentGateway>,
}

impl PayFromWallet {
    /// Over the ledger and the partner.
    #[must_use]
    pub fn new(env: Env, ledger: Arc<Ledger>, partner: Arc<dyn PaymentGateway>) -> Self {
        Self { env, ledger, partner }
    }

    /// Pays the order at once: there is no page on which its owner could think again.
    async fn spend(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        let purpose = purpose(request.kind).ok_or_else(|| unfit("no purpose of a wallet"))?;
        let spend = Spend {
            user_id: request.user_id,
            purpose,
            amount: request.amount,
            reference: spending(&request.order_id)?,
            order: Some(request.order_id.clone()),
        };
        match self.ledger.spend(&spend).await {
            Ok(_) => Ok(Session {
                sdk_payload: Masked::new(serde_json::Value::Null),
                payment_links: PaymentLinks::default(),
                expires_at: self.env.now().saturating_add(SESSION_LIFETIME),
            }),
            Err(SpendError::Store(error)) => Err(GatewayError::Unavailable(error.into())),
            Err(SpendError::ReferenceReused) => Err(GatewayError::Refused(Refusal::Repeated)),
            Err(refusal) => {
                Err(GatewayError::Declined { entry: refusal.entry(), details: refusal.details() })
            }
        }
    }

    /// What the ledger says of the order: paid, or not known to it.
    async fn seen(&self, order_id: &OrderRef, user_id: UserId) -> Result<Observation, GatewayError> {
        let found = self.ledger.find(user_id, &spending(order_id)?).await;
        let found = found.map_err(|error| GatewayError::Unavailable(error.into()))?;
        let Some(transfer) = found else { return Ok(Observation::NotFound) };
        Ok(Observation::Seen(Seen {
            order_id: order_id.clone(),
            merchant_is_ours: true,
            amount: transfer.amount.checked_neg(),
            currency: Some("INR".to_owned()),
            payment: PaymentSeen::Charged,
            // What went back is told when it is asked for again: nobody else sends wallet money back.
            refunded: Paise::ZERO,
            refunds: Vec::new(),
        }))
    }

    async fn give_back(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        let refund_id = request.refund_id.as_str();
        let refund = Refund {
            user_id: request.user_id,
            spend: spending(&request.order_id)?,
            amount: request.amount,
            reference: reference(&format!("refund:{refund_id}"))?,
            order: Some(request.order_id.clone()),
        };
        match self.ledger.refund_to_wallet(&refund).await {
            Ok(_) => Ok(RefundSeen {
                refund_id: refund_id.to_owned(),
                amount: request.amount,
                state: RefundState::Success,
            }),
            Err(RefundError::Store(error)) => Err(GatewayError::Unavailable(error.into())),
            Err(refusal) => {
                Err(GatewayError::Refused(Refusal::Rejected { code: refusal.entry().code.to_owned() }))
            }
        }
    }
}

/// The reference of the spending that pays an order.
fn spending(order_id: &OrderRef) -> Result<Reference, GatewayError> {
    reference(&format!("order:{order_id}"))
}

fn reference(text: &str) -> Result<Reference, GatewayError> {
    Reference::parse(text).map_err(|_| unfit("no reference"))
}

fn unfit(what: &'static str) -> GatewayError {
    GatewayError::Refused(Refusal::Rejected { code: what.to_owned() })
}

/// On what wallet money is spent by an order of that kind.
const fn purpose(kind: Kind) -> Option<Purpose> {
    match kind {
        Kind::InsurancePurchase => Some(Purpose::InsurancePremium),
        Kind::WalletTopup => None,
    }
}

#[async_trait]
impl PaymentGateway for PayFromWallet {
    async fn open_session(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        match request.method {
            Method::Juspay => self.partner.open_session(request).await,
            Method::Wallet => self.spend(request).await,
        }
    }

    async fn status(
        &self,
        order_id: &OrderRef,
        user_id: UserId,
        method: Method,
    ) -> Result<Observation, GatewayError> {
        match method {
            Method::Juspay => self.partner.status(order_id, user_id, method).await,
            Method::Wallet => self.seen(order_id, user_id).await,
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        match request.method {
            Method::Juspay => self.partner.refund(request).await,
            Method::Wallet => self.give_back(request).await,
        }
    }
}
