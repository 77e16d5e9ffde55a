//! Opening an order and the session in which it is paid.

use super::{OpenError, Payments};
use crate::ports::{GatewayError, Refusal};
use crate::{
    IdempotencyKey, Method, Order, Payer, Purchase, Session, Status, order_number, ports::SessionRequest,
};
use kernel::UserId;

/// A wish to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Who pays.
    pub user_id: UserId,
    /// Names this wish: asking again under it asks for the same order.
    pub key: IdempotencyKey,
    /// What for.
    pub purchase: Purchase,
}

/// An order and the session in which it can be paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The order.
    pub order: Order,
    /// Its session.
    pub session: Session,
}

impl Payments {
    /// Opens an order and a session to pay it in. Asked again under the same key, it answers the same order,
    /// however many ask at once and whatever became of the first answer.
    ///
    /// # Errors
    /// When the purchase is refused, the key named another one, the order is over, or no session could be
    /// opened; in the last case the order stands, and asking again under the same key goes on with it.
    pub async fn open(&self, request: &OpenRequest) -> Result<Opened, OpenError> {
        let order_id = order_number(request.user_id, &request.key);
        if let Some(order) = self.ports.orders.find(&order_id).await? {
            return self.open_again(order, request).await;
        }
        let payer = self.ports.admission.admit(request.user_id, &request.purchase).await?;
        let new = Order::open(request.user_id, &request.key, request.purchase.clone(), &self.env);
        let order = self.ports.orders.record_order(&new).await?;
        same_purchase(&order, request)?;
        self.open_session(order, payer).await
    }

    /// Goes on with an order that was opened before.
    async fn open_again(&self, order: Order, request: &OpenRequest) -> Result<Opened, OpenError> {
        same_purchase(&order, request)?;
        if let Some(session) = self.ports.orders.find_session(&order.order_id).await? {
            return Ok(Opened { order, session });
        }
        if !can_be_paid(&order) {
            return Err(OpenError::Closed { order_id: order.order_id });
        }
        let payer = self.ports.admission.admit(request.user_id, &request.purchase).await?;
        self.open_session(order, payer).await
    }

    async fn open_session(&self, order: Order, payer: Payer) -> Result<Opened, OpenError> {
        let request = SessionRequest {
            order_id: order.order_id.clone(),
            user_id: order.user_id,
            kind: order.kind(),
            method: order.method(),
            amount: order.amount(),
            payer,
            description: order.purchase.description(),
        };
        match self.ports.gateway.open_session(&request).await {
            Ok(session) => {
                let session = self.ports.orders.record_session(&order.order_id, &session).await?;
                let order = Order { expires_at: session.expires_at, ..order };
                let order = match order.method() {
                    Method::Juspay => order,
                    // It is paid already. What became of that is for the look to tell; if it fails, the schedule will.
                    Method::Wallet => self.look_at(order.clone()).await.unwrap_or(order),
                };
                Ok(Opened { order, session })
            }
            Err(GatewayError::Refused(Refusal::Repeated)) => {
                // The partner will not open it again: it was paid under a session whose answer we lost. What
                // became of it is for the look to tell; if that fails, the schedule will.
                let order_id = order.order_id.clone();
                self.look_at(order).await.ok();
                Err(OpenError::Closed { order_id })
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn same_purchase(order: &Order, request: &OpenRequest) -> Result<(), OpenError> {
    if order.purchase == request.purchase { Ok(()) } else { Err(OpenError::KeyReused) }
}

fn can_be_paid(order: &Order) -> bool {
    matches!(order.status(), Status::Created | Status::Pending)
}
