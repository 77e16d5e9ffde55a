//! The one place where the partner's word changes what we hold of an order's money: webhook, poll,
//! reconciliation and operator all come through here.

use crate::{
    Attention, Event, FailureReason, Fulfilment, Observation, Order, Payment, PaymentSeen, Refund,
    RefundSeen, RefundState, Seen, State,
    refund::ATTEMPTS_MAX,
    schedule::{DAILY_UNTIL, REFUND_OVERDUE_AFTER, age, next_check, next_check_for_ever},
};
use kernel::Paise;
use time::OffsetDateTime;

/// The currency of every order.
const CURRENCY: &str = "INR";

/// What is to become of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its state from now on.
    pub state: State,
    /// What the partner charged, where that is not the amount.
    pub charged: Option<Paise>,
    /// Why an operator must look from now on.
    pub attention: Option<Attention>,
    /// When to ask the partner next.
    pub next_check_at: Option<OffsetDateTime>,
    /// What others are to hear.
    pub event: Option<Event>,
}

/// What `observation`, made at `at`, makes of `order`.
///
/// The state never loses [rank](State::rank): however observations are doubled, late or disordered, a paid
/// order stays paid, and each event is told at most once.
#[must_use]
pub fn decide(order: &Order, observation: &Observation, at: OffsetDateTime) -> Decision {
    let (state, alarm) = match observation {
        Observation::NotFound => (without_attempt(order, at), None),
        Observation::Seen(seen) => see(order, seen, at),
        Observation::Refund(seen) => see_refund(order, seen, at),
        Observation::RefundRefused => {
            (order.state.clone(), on_refunding(&order.state, Attention::RefundRefused))
        }
    };
    let attention = Attention::graver(order.attention, alarm);
    Decision { charged: wrongly_charged(order, observation), ..Decision::new(order, state, attention, at) }
}

impl Decision {
    /// `state` and `attention` for `order`, with the next look and the news that follow from them.
    pub(crate) fn new(order: &Order, state: State, attention: Option<Attention>, at: OffsetDateTime) -> Self {
        let next_check_at = next_look(order, &state, at);
        let event = news(order, &state);
        Self { state, charged: order.charged, attention, next_check_at, event }
    }

    /// Whether anything but the time of the next look is different.
    pub(crate) fn changes(&self, order: &Order) -> bool {
        (&self.state, self.charged, self.attention) != (&order.state, order.charged, order.attention)
    }
}

fn see(order: &Order, seen: &Seen, at: OffsetDateTime) -> (State, Option<Attention>) {
    if !is_ours(order, seen) {
        return (order.state.clone(), Some(Attention::IdentityMismatch));
    }
    match &order.state {
        State::Created | State::Pending { .. } | State::Failed(_) | State::Expired => unpaid(order, seen, at),
        State::Paid(payment) => paid(order, payment, seen, at),
        State::Refunding { payment, refund } => refunding(order, payment, refund, seen, at),
        State::Refunded { .. } => (order.state.clone(), None),
    }
}

fn unpaid(order: &Order, seen: &Seen, at: OffsetDateTime) -> (State, Option<Attention>) {
    match &seen.payment {
        PaymentSeen::NotStarted => (without_attempt(order, at), None),
        PaymentSeen::InProgress => (under_way(order, at), None),
        PaymentSeen::AttemptFailed(reason) => (attempt_failed(order, *reason, at), None),
        PaymentSeen::Charged => charged(order, seen, at),
        PaymentSeen::AutoRefunded => (returned(None, readable(seen).unwrap_or(order.amount()), at), None),
        PaymentSeen::Unusual => (under_way(order, at), Some(Attention::UnusualStatus)),
    }
}

/// Charged, and so paid: if it is what we asked for and still there, and no operator has to look first. What all
/// went back needs nobody to look, however much it was.
fn charged(order: &Order, seen: &Seen, at: OffsetDateTime) -> (State, Option<Attention>) {
    if let Some(charged) = readable(seen).filter(|charged| seen.refunded >= *charged) {
        return (returned(None, charged, at), None);
    }
    let alarm = if seen.currency.as_deref() != Some(CURRENCY) {
        Some(Attention::CurrencyMismatch)
    } else if seen.amount != Some(order.amount()) {
        Some(Attention::AmountMismatch)
    } else if seen.refunded != Paise::ZERO {
        Some(Attention::RefundedElsewhere)
    } else {
        None
    };
    if alarm.is_some() || order.is_stopped() {
        return (under_way(order, at), alarm);
    }
    (State::Paid(Payment { paid_at: at, fulfilment: Fulfilment::NotStarted }), None)
}

/// No attempt to pay is known: over once the time to pay is.
fn without_attempt(order: &Order, at: OffsetDateTime) -> State {
    match &order.state {
        State::Created | State::Pending { .. } if at >= order.expires_at => State::Expired,
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunding { .. }
        | State::Refunded { .. } => order.state.clone(),
    }
}

/// An attempt is under way: it may take days at a bank, but not for ever.
fn under_way(order: &Order, at: OffsetDateTime) -> State {
    let given_up = age(order.opened_at, at) >= DAILY_UNTIL && !order.is_stopped();
    match &order.state {
        State::Created | State::Pending { .. } if given_up => State::Expired,
        State::Created | State::Pending { .. } => State::Pending { last_failure: None },
        State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunding { .. }
        | State::Refunded { .. } => order.state.clone(),
    }
}

/// A failed attempt is not a failed order: the customer may try again while the session lasts.
fn attempt_failed(order: &Order, reason: FailureReason, at: OffsetDateTime) -> State {
    match &order.state {
        State::Created | State::Pending { .. } if at >= order.expires_at => State::Failed(reason),
        State::Created | State::Pending { .. } => State::Pending { last_failure: Some(reason) },
        State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunding { .. }
        | State::Refunded { .. } => order.state.clone(),
    }
}

/// The partner returned the money by itself.
fn returned(payment: Option<Payment>, amount: Paise, at: OffsetDateTime) -> State {
    State::Refunded { payment, refund: Refund::by_partner(amount, at) }
}

/// The amount the partner tells, if it is one of ours: paise, and more than nothing.
fn readable(seen: &Seen) -> Option<Paise> {
    let in_rupees = seen.currency.as_deref() == Some(CURRENCY);
    seen.amount.filter(|amount| in_rupees && amount.is_positive())
}

/// What was charged instead of the order's amount, as far as the partner's word so far tells. Once money counts
/// as paid or goes back, it stands.
fn wrongly_charged(order: &Order, observation: &Observation) -> Option<Paise> {
    let is_unpaid = order.state.payment().is_none() && order.state.refund().is_none();
    match observation {
        Observation::Seen(seen) if is_unpaid && is_ours(order, seen) => match seen.payment {
            PaymentSeen::Charged | PaymentSeen::AutoRefunded => {
                readable(seen).filter(|charged| *charged != order.amount())
            }
            PaymentSeen::NotStarted
            | PaymentSeen::InProgress
            | PaymentSeen::AttemptFailed(_)
            | PaymentSeen::Unusual => order.charged,
        },
        Observation::NotFound
        | Observation::Seen(_)
        | Observation::Refund(_)
        | Observation::RefundRefused => order.charged,
    }
}

/// Whether the answer is for this order of our own.
fn is_ours(order: &Order, seen: &Seen) -> bool {
    seen.order_id == order.order_id && seen.merchant_is_ours
}

fn paid(order: &Order, payment: &Payment, seen: &Seen, at: OffsetDateTime) -> (State, Option<Attention>) {
    let went_back = gone(seen, order.amount());
    if went_back == Paise::ZERO {
        // Anything less than charged is older than what we know: a charge is never taken back in silence.
        return (order.state.clone(), None);
    }
    match payment.fulfilment {
        Fulfilment::NotStarted | Fulfilment::Failed { .. } if went_back >= order.amount() => {
            (returned(Some(payment.clone()), order.amount(), at), None)
        }
        Fulfilment::NotStarted
        | Fulfilment::Failed { .. }
        | Fulfilment::InProgress { .. }
        | Fulfilment::Done { .. } => (order.state.clone(), Some(Attention::RefundedElsewhere)),
    }
}

fn refunding(
    order: &Order,
    payment: &Payment,
    refund: &Refund,
    seen: &Seen,
    at: OffsetDateTime,
) -> (State, Option<Attention>) {
    let ours = refund.current().and_then(|attempt| {
        seen.refunds.iter().find(|refund| refund.refund_id == attempt.refund_id.as_str())
    });
    let counted = ours.filter(|ours| ours.state.counts()).map_or(Paise::ZERO, |ours| ours.amount);
    let elsewhere = gone(seen, order.captured()).checked_sub(counted).unwrap_or(Paise::ZERO);
    if elsewhere >= order.captured() {
        let refund = Refund {
            attempts: refund.moved(RefundState::Failure).attempts,
            ..Refund::by_partner(order.captured(), at)
        };
        return (State::Refunded { payment: Some(payment.clone()), refund }, None);
    }
    let (state, alarm) = match ours {
        Some(ours) => advance(order, payment, refund, ours.state, at),
        None => (order.state.clone(), overdue(refund, at)),
    };
    let elsewhere = elsewhere.is_positive().then_some(Attention::RefundedElsewhere);
    (state, Attention::graver(alarm, elsewhere))
}

/// How much went back, by whoever's doing.
fn gone(seen: &Seen, all: Paise) -> Paise {
    match seen.payment {
        PaymentSeen::AutoRefunded => all.max(seen.refunded),
        PaymentSeen::Charged => seen.refunded,
        PaymentSeen::NotStarted
        | PaymentSeen::InProgress
        | PaymentSeen::AttemptFailed(_)
        | PaymentSeen::Unusual => Paise::ZERO,
    }
}

fn see_refund(order: &Order, seen: &RefundSeen, at: OffsetDateTime) -> (State, Option<Attention>) {
    match &order.state {
        State::Refunding { payment, refund }
            if refund.current().is_some_and(|attempt| attempt.refund_id.as_str() == seen.refund_id) =>
        {
            advance(order, payment, refund, seen.state, at)
        }
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunding { .. }
        | State::Refunded { .. } => (order.state.clone(), None),
    }
}

/// Moves the newest try of a refund on; a failed one is followed by another, a few times.
fn advance(
    order: &Order,
    payment: &Payment,
    refund: &Refund,
    seen: RefundState,
    at: OffsetDateTime,
) -> (State, Option<Attention>) {
    let payment = payment.clone();
    match (refund.state(), seen) {
        (_, RefundState::Success) => {
            let refund = refund.moved(RefundState::Success);
            (State::Refunded { payment: Some(payment), refund }, None)
        }
        (RefundState::Pending | RefundState::ManualReview, RefundState::Failure) => {
            if refund.attempts.len() < ATTEMPTS_MAX {
                (State::Refunding { payment, refund: refund.tried_anew(&order.order_id, at) }, None)
            } else {
                let refund = refund.moved(RefundState::Failure);
                (State::Refunding { payment, refund }, Some(Attention::RefundFailing))
            }
        }
        (RefundState::Pending, RefundState::ManualReview) => {
            let refund = refund.moved(RefundState::ManualReview);
            (State::Refunding { payment, refund }, Some(Attention::RefundOverdue))
        }
        (RefundState::Pending, RefundState::Pending) => (order.state.clone(), overdue(refund, at)),
        (RefundState::ManualReview, RefundState::Pending | RefundState::ManualReview)
        | (
            RefundState::Success | RefundState::Failure,
            RefundState::Pending | RefundState::ManualReview | RefundState::Failure,
        ) => (order.state.clone(), None),
    }
}

fn overdue(refund: &Refund, at: OffsetDateTime) -> Option<Attention> {
    (age(refund.demanded_at, at) >= REFUND_OVERDUE_AFTER).then_some(Attention::RefundOverdue)
}

fn on_refunding(state: &State, alarm: Attention) -> Option<Attention> {
    match state {
        State::Refunding { .. } => Some(alarm),
        State::Created
        | State::Pending { .. }
        | State::Failed(_)
        | State::Expired
        | State::Paid(_)
        | State::Refunded { .. } => None,
    }
}

/// An order whose outcome the partner still owes us always has a next look; one that was closed unpaid is
/// looked at for a week, since a late payment must never be lost.
pub(crate) fn next_look(order: &Order, state: &State, at: OffsetDateTime) -> Option<OffsetDateTime> {
    match state {
        State::Created | State::Pending { .. } => Some(next_check_for_ever(order.opened_at, at)),
        State::Failed(_) | State::Expired => next_check(order.opened_at, at),
        State::Refunding { refund, .. } => {
            let since = refund.current().map_or(refund.demanded_at, |attempt| attempt.requested_at);
            Some(next_check_for_ever(since, at))
        }
        State::Paid(_) | State::Refunded { .. } => None,
    }
}

/// What others hear when `order` comes to `state`: only when it got further than ever before.
fn news(order: &Order, state: &State) -> Option<Event> {
    if state.rank() <= order.state.rank() {
        return None;
    }
    let (order_id, user_id, kind) = (order.order_id.clone(), order.user_id, order.kind());
    let amount_paise = order.amount();
    match state {
        State::Paid(_) => Some(Event::OrderPaid { order_id, user_id, kind, amount_paise }),
        State::Failed(_) => Some(Event::OrderFailed { order_id, user_id, kind, amount_paise }),
        State::Expired => Some(Event::OrderExpired { order_id, user_id, kind, amount_paise }),
        State::Refunded { refund, .. } => {
            Some(Event::OrderRefunded { order_id, user_id, kind, amount_paise: refund.amount })
        }
        State::Created | State::Pending { .. } | State::Refunding { .. } => None,
    }
}

#[cfg(test)]
mod tests;
