//! Giving what was paid for, or giving the money back: exactly one of them.

use super::{FulfilError, Payments, RefundError};
use crate::{Order, RefundCause, RefundState, steps};
use kernel::{OrderRef, Paise};
use time::Duration;

/// How old the partner's answer may be when we begin to give what was paid for: the partner may return a late
/// payment by itself, and then nothing may be given.
const FRESH_FOR_FULFILMENT: Duration = Duration::seconds(60);

impl Payments {
    /// Begins to give what the order paid for, which costs `price`. Once this succeeds the money stays, unless
    /// [`fail_fulfilment`](Self::fail_fulfilment) says that it can never be given. Repeating it is harmless;
    /// what is given must carry the order's number under a unique constraint.
    ///
    /// # Errors
    /// [`FulfilError::AlreadyUsed`] if it was given, [`FulfilError::NotPaid`] if it must never be, and others
    /// that a repeated try may overcome.
    pub async fn begin_fulfilment(&self, order_id: &OrderRef, price: Paise) -> Result<Order, FulfilError> {
        let order = self.ports.orders.find(order_id).await?.ok_or(FulfilError::NotFound)?;
        if !self.is_fresh(&order, FRESH_FOR_FULFILMENT) {
            self.look_at(order).await?;
        }
        let begin = |order: &Order, now| steps::begin_fulfilment(order, price, now);
        Ok(self.step(order_id, begin).await?)
    }

    /// What the order paid for was given. Repeating it is harmless.
    ///
    /// # Errors
    /// When nobody had begun, or the money goes or went back.
    pub async fn finish_fulfilment(&self, order_id: &OrderRef) -> Result<Order, FulfilError> {
        Ok(self.step(order_id, steps::finish_fulfilment).await?)
    }

    /// What the order paid for can never be given: all the money goes back. Only for what is known; if whether
    /// it was given is not known, ask first. Repeating it is harmless.
    ///
    /// # Errors
    /// When it was given, or there is no money to send back.
    pub async fn fail_fulfilment(&self, order_id: &OrderRef) -> Result<Order, FulfilError> {
        let order = self.step(order_id, steps::fail_fulfilment).await?;
        if order.is_stopped() {
            // Some of it may have gone back by itself: what the partner says of that comes first.
            return Ok(self.look_at(order.clone()).await.unwrap_or(order));
        }
        Ok(self.send_demanded(order).await)
    }

    /// Whoever was to give what the order paid for found it contradicted: nothing is given, and nobody is reminded of
    /// it, until an operator has [looked](Self::resolve). Repeating it is harmless.
    ///
    /// # Errors
    /// When nothing was paid, or its money goes or went back.
    pub async fn stop_fulfilment(&self, order_id: &OrderRef) -> Result<Order, FulfilError> {
        Ok(self.step(order_id, steps::stop_fulfilment).await?)
    }

    /// Sends `amount` back to where it came from. Asking for the same again is the same refund, whatever
    /// became of the first answer; an order has one refund. An order that was charged with another amount than its
    /// own gives back exactly what was [charged](Order::charged), on an operator's word.
    ///
    /// # Errors
    /// When nothing was paid, what was paid for is being given or was given and not taken back, or the amount
    /// is not one that can go back.
    pub async fn refund(
        &self,
        order_id: &OrderRef,
        amount: Paise,
        cause: RefundCause,
    ) -> Result<Order, RefundError> {
        let demand = |order: &Order, now| steps::demand_refund(order, amount, cause, now);
        let order = self.step(order_id, demand).await?;
        Ok(self.send_demanded(order).await)
    }

    /// Sends a refund that was just demanded. It is recorded, so whatever fails here is made good by the next
    /// scheduled look.
    async fn send_demanded(&self, order: Order) -> Order {
        let attempt = order.refund().and_then(|refund| refund.current()).cloned();
        match attempt.filter(|attempt| attempt.state == RefundState::Pending && steps::awaits_sending(&order))
        {
            Some(attempt) => self.send_refund(order.clone(), &attempt).await.unwrap_or(order),
            None => order,
        }
    }
}
