//! What we decide ourselves about a paid order: to give what was paid for, or to give the money back. Never
//! both: each step is refused unless the state allows it.

use crate::{Attention, Decision, Fulfilment, Order, Payment, Refund, RefundCause, RefundState, State};
use kernel::Paise;
use time::OffsetDateTime;

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepRefusal {
    /// The order is not paid, or its money goes or went back.
    NotPaid,
    /// What it paid for was given.
    AlreadyUsed,
    /// It is for another amount than the thing costs.
    AmountMismatch,
    /// Somebody is giving what was paid for at this moment, or nobody has begun.
    Underway,
    /// The amount is not positive, or more than was captured, or not what is being refunded already.
    WrongAmount,
    /// An operator has to look first.
    Stopped,
}

/// Begins to give what `order` paid for, which costs `price`; `None` if it was begun before.
pub(crate) fn begin_fulfilment(
    order: &Order,
    price: Paise,
    at: OffsetDateTime,
) -> Result<Option<Decision>, StepRefusal> {
    let payment = paid(order)?;
    if price != order.amount() {
        return Err(StepRefusal::AmountMismatch);
    }
    match payment.fulfilment {
        Fulfilment::Done { .. } => Err(StepRefusal::AlreadyUsed),
        Fulfilment::Failed { .. } => Err(StepRefusal::NotPaid),
        Fulfilment::NotStarted | Fulfilment::InProgress { .. } if order.is_stopped() => {
            Err(StepRefusal::Stopped)
        }
        Fulfilment::InProgress { .. } => Ok(None),
        Fulfilment::NotStarted => Ok(Some(fulfil(order, payment, Fulfilment::InProgress { since: at }, at))),
    }
}

/// What was paid for was given; `None` if that was known.
pub(crate) fn finish_fulfilment(order: &Order, at: OffsetDateTime) -> Result<Option<Decision>, StepRefusal> {
    let payment = paid(order)?;
    match payment.fulfilment {
        Fulfilment::InProgress { .. } => Ok(Some(fulfil(order, payment, Fulfilment::Done { at }, at))),
        Fulfilment::Done { .. } => Ok(None),
        Fulfilment::NotStarted => Err(StepRefusal::Underway),
        Fulfilment::Failed { .. } => Err(StepRefusal::NotPaid),
    }
}

/// What was paid for can never be given, so all the money goes back; `None` if that was known.
pub(crate) fn fail_fulfilment(order: &Order, at: OffsetDateTime) -> Result<Option<Decision>, StepRefusal> {
    if let State::Refunding { .. } | State::Refunded { .. } = order.state {
        return Ok(None);
    }
    let payment = paid(order)?;
    match payment.fulfilment {
        Fulfilment::Done { .. } => Err(StepRefusal::AlreadyUsed),
        Fulfilment::NotStarted | Fulfilment::InProgress { .. } | Fulfilment::Failed { .. } => {
            let payment = Payment { fulfilment: Fulfilment::Failed { at }, ..payment.clone() };
            Ok(Some(send_back(order, payment, order.amount(), RefundCause::FulfilmentFailed, at)))
        }
    }
}

/// What was paid for can neither be given nor be known never to be, so an operator has to look; `None` if one has to
/// already, or nothing is left to give.
pub(crate) fn stop_fulfilment(order: &Order, at: OffsetDateTime) -> Result<Option<Decision>, StepRefusal> {
    let payment = paid(order)?;
    match payment.fulfilment {
        Fulfilment::Done { .. } | Fulfilment::Failed { .. } => Ok(None),
        Fulfilment::NotStarted | Fulfilment::InProgress { .. } if order.is_stopped() => Ok(None),
        Fulfilment::NotStarted | Fulfilment::InProgress { .. } => {
            let attention = Some(Attention::FulfilmentContradicted);
            Ok(Some(Decision::new(order, order.state.clone(), attention, at)))
        }
    }
}

/// Money is to go back; `None` if the same is going or went back already.
///
/// What was given stays given unless it was taken back first: only a cancellation may refund it. What was charged
/// wrongly never counts as paid; an operator may send all of it back, and nothing else.
pub(crate) fn demand_refund(
    order: &Order,
    amount: Paise,
    cause: RefundCause,
    at: OffsetDateTime,
) -> Result<Option<Decision>, StepRefusal> {
    if let Some(refund) = order.refund() {
        return if refund.amount == amount { Ok(None) } else { Err(StepRefusal::WrongAmount) };
    }
    if let Some(charged) = charged_wrongly(order) {
        return match cause {
            RefundCause::Operator if amount == charged => Ok(Some(send_back_unpaid(order, charged, at))),
            RefundCause::Operator => Err(StepRefusal::WrongAmount),
            RefundCause::FulfilmentFailed | RefundCause::Cancelled | RefundCause::ByPartner => {
                Err(StepRefusal::NotPaid)
            }
        };
    }
    let payment = paid(order)?;
    if !amount.is_positive() || amount > order.amount() {
        return Err(StepRefusal::WrongAmount);
    }
    match (payment.fulfilment, cause) {
        (Fulfilment::InProgress { .. }, _) => Err(StepRefusal::Underway),
        (Fulfilment::Done { .. }, RefundCause::Cancelled)
        | (Fulfilment::NotStarted | Fulfilment::Failed { .. }, _) => {
            Ok(Some(send_back(order, payment.clone(), amount, cause, at)))
        }
        (
            Fulfilment::Done { .. },
            RefundCause::FulfilmentFailed | RefundCause::Operator | RefundCause::ByPartner,
        ) => Err(StepRefusal::AlreadyUsed),
    }
}

/// An operator has looked: what stopped the order is gone, and a refund given up is tried anew.
pub(crate) fn settle_attention(order: &Order, at: OffsetDateTime) -> Option<Decision> {
    order.attention?;
    let state = match &order.state {
        State::Refunding { payment, refund } if refund.state() == RefundState::Failure => {
            let refund = refund.tried_anew(&order.order_id, at);
            State::Refunding { payment: payment.clone(), refund }
        }
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunding { .. }
        | State::Refunded { .. } => order.state.clone(),
    };
    Some(Decision::new(order, state, None, at))
}

/// Whether the newest try of a refund is to be sent, given that the partner does not list it.
pub(crate) fn awaits_sending(order: &Order) -> bool {
    let refused = order.attention == Some(Attention::RefundRefused);
    match &order.state {
        State::Refunding { refund, .. } => refund.state() == RefundState::Pending && !refused,
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunded { .. } => false,
    }
}

fn paid(order: &Order) -> Result<&Payment, StepRefusal> {
    match &order.state {
        State::Paid(payment) => Ok(payment),
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Refunding { .. }
        | State::Refunded { .. } => Err(StepRefusal::NotPaid),
    }
}

fn fulfil(order: &Order, payment: &Payment, fulfilment: Fulfilment, at: OffsetDateTime) -> Decision {
    let payment = Payment { fulfilment, ..payment.clone() };
    Decision::new(order, State::Paid(payment), order.attention, at)
}

/// What was charged instead of the order's amount, if that is what an operator has to look at.
fn charged_wrongly(order: &Order) -> Option<Paise> {
    order.charged.filter(|_| order.attention == Some(Attention::AmountMismatch))
}

/// Sends back what was charged wrongly. That is what an operator had to see to, so it no longer waits for one.
fn send_back_unpaid(order: &Order, charged: Paise, at: OffsetDateTime) -> Decision {
    let paid_at = order.looked_at.unwrap_or(at);
    let payment = Payment { paid_at, fulfilment: Fulfilment::NotStarted };
    let refund = Refund::demand(&order.order_id, charged, RefundCause::Operator, at);
    Decision::new(order, State::Refunding { payment, refund }, None, at)
}

fn send_back(
    order: &Order,
    payment: Payment,
    amount: Paise,
    cause: RefundCause,
    at: OffsetDateTime,
) -> Decision {
    let refund = Refund::demand(&order.order_id, amount, cause, at);
    Decision::new(order, State::Refunding { payment, refund }, order.attention, at)
}

#[cfg(test)]
mod tests;
