//! Each step in each state.

use super::*;
use crate::{FailureReason, IdempotencyKey, Purchase, testing::START};
use kernel::{Env, MovableClock, SeededEntropy, UserId};
use std::sync::Arc;
use uuid::Uuid;

const ALL: Paise = Paise::new(25_000);

fn order(state: State) -> Order {
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let key = IdempotencyKey::parse("k").unwrap();
    let purchase = Purchase::wallet_topup(ALL.get()).unwrap();
    Order { state, ..Order::open(UserId::new(Uuid::from_u128(1)), &key, purchase, &env) }
}

fn with(fulfilment: Fulfilment) -> Order {
    order(State::Paid(Payment { paid_at: START, fulfilment }))
}

const BEGUN: Fulfilment = Fulfilment::InProgress { since: START };
const DONE: Fulfilment = Fulfilment::Done { at: START };
const FAILED: Fulfilment = Fulfilment::Failed { at: START };

fn unpaid() -> [Order; 4] {
    [
        State::Created,
        State::Pending { last_failure: None },
        State::Failed(FailureReason::Declined),
        State::Expired,
    ]
    .map(order)
}

fn refunded() -> Order {
    order(State::Refunded { payment: None, refund: Refund::by_partner(ALL, START) })
}

#[test]
fn nothing_is_given_that_is_not_paid() {
    for order in unpaid().iter().chain([&refunded()]) {
        assert_eq!(begin_fulfilment(order, ALL, START), Err(StepRefusal::NotPaid));
        assert_eq!(finish_fulfilment(order, START), Err(StepRefusal::NotPaid));
    }
    for order in unpaid() {
        assert_eq!(fail_fulfilment(&order, START), Err(StepRefusal::NotPaid));
        assert_eq!(demand_refund(&order, ALL, RefundCause::Operator, START), Err(StepRefusal::NotPaid));
    }
}

#[test]
fn it_is_begun_once_for_its_price() {
    let begun = begin_fulfilment(&with(Fulfilment::NotStarted), ALL, START).unwrap().unwrap();
    assert_eq!(begun.state, with(BEGUN).state);
    assert_eq!(begin_fulfilment(&with(BEGUN), ALL, START), Ok(None));
    assert_eq!(begin_fulfilment(&with(DONE), ALL, START), Err(StepRefusal::AlreadyUsed));
    assert_eq!(begin_fulfilment(&with(FAILED), ALL, START), Err(StepRefusal::NotPaid));
    let dearer = Paise::new(25_001);
    assert_eq!(begin_fulfilment(&with(BEGUN), dearer, START), Err(StepRefusal::AmountMismatch));
    for attention in Attention::ALL {
        for fulfilment in [Fulfilment::NotStarted, BEGUN] {
            let order = Order { attention: Some(attention), ..with(fulfilment) };
            let stopped = begin_fulfilment(&order, ALL, START) == Err(StepRefusal::Stopped);
            assert_eq!(stopped, attention.stops_money());
        }
    }
}

#[test]
fn what_was_given_is_not_refunded_and_what_is_refunded_is_not_given() {
    assert_eq!(finish_fulfilment(&with(BEGUN), START).unwrap().unwrap().state, with(DONE).state);
    assert_eq!(finish_fulfilment(&with(DONE), START), Ok(None));
    assert_eq!(finish_fulfilment(&with(Fulfilment::NotStarted), START), Err(StepRefusal::Underway));
    assert_eq!(finish_fulfilment(&with(FAILED), START), Err(StepRefusal::NotPaid));
    assert_eq!(fail_fulfilment(&with(DONE), START), Err(StepRefusal::AlreadyUsed));
    for fulfilment in [Fulfilment::NotStarted, BEGUN, FAILED] {
        let state = fail_fulfilment(&with(fulfilment), START).unwrap().unwrap().state;
        assert!(matches!(state.payment().unwrap().fulfilment, Fulfilment::Failed { .. }));
        assert_eq!(state.refund().unwrap().amount, ALL);
        assert_eq!(fail_fulfilment(&order(state.clone()), START), Ok(None));
        assert_eq!(finish_fulfilment(&order(state), START), Err(StepRefusal::NotPaid));
    }
    assert_eq!(fail_fulfilment(&refunded(), START), Ok(None));
}

#[test]
fn a_refund_is_demanded_once_and_within_what_was_captured() {
    for wrong in [0, -1, 25_001, i64::MAX] {
        let demand = demand_refund(&with(FAILED), Paise::new(wrong), RefundCause::Operator, START);
        assert_eq!(demand, Err(StepRefusal::WrongAmount), "{wrong}");
    }
    for cause in RefundCause::ALL {
        assert!(matches!(demand_refund(&with(Fulfilment::NotStarted), ALL, cause, START), Ok(Some(_))));
        assert_eq!(demand_refund(&with(BEGUN), ALL, cause, START), Err(StepRefusal::Underway));
        let given = demand_refund(&with(DONE), ALL, cause, START);
        assert_eq!(given.is_ok(), cause == RefundCause::Cancelled, "{cause:?}");
    }
    let half = Paise::new(12_500);
    let state = demand_refund(&with(DONE), half, RefundCause::Cancelled, START).unwrap().unwrap().state;
    assert_eq!(demand_refund(&order(state.clone()), half, RefundCause::Cancelled, START), Ok(None));
    let more = demand_refund(&order(state), ALL, RefundCause::Cancelled, START);
    assert_eq!(more, Err(StepRefusal::WrongAmount));
}

#[test]
fn what_was_charged_wrongly_goes_back_whole_on_an_operators_word() {
    let charged = Paise::new(25_100);
    for unpaid in unpaid() {
        let order =
            Order { charged: Some(charged), attention: Some(Attention::AmountMismatch), ..unpaid.clone() };
        let demand = |amount, cause| demand_refund(&order, amount, cause, START);
        for wrong in [ALL, Paise::ZERO, Paise::new(25_101)] {
            assert_eq!(demand(wrong, RefundCause::Operator), Err(StepRefusal::WrongAmount));
        }
        for cause in [RefundCause::FulfilmentFailed, RefundCause::Cancelled, RefundCause::ByPartner] {
            assert_eq!(demand(charged, cause), Err(StepRefusal::NotPaid));
        }
        let decision = demand(charged, RefundCause::Operator).unwrap().unwrap();
        assert_eq!((decision.attention, decision.charged), (None, Some(charged)));
        let refunding = Order { state: decision.state, attention: None, charged: Some(charged), ..unpaid };
        assert_eq!(refunding.refund().unwrap().amount, charged);
        assert!(awaits_sending(&refunding));
        assert_eq!(begin_fulfilment(&refunding, ALL, START), Err(StepRefusal::NotPaid));
        assert_eq!(demand_refund(&refunding, charged, RefundCause::Operator, START), Ok(None));
        // For something else they have to look first.
        let foreign = Order { attention: Some(Attention::IdentityMismatch), ..order };
        let demand = demand_refund(&foreign, charged, RefundCause::Operator, START);
        assert_eq!(demand, Err(StepRefusal::NotPaid));
    }
}

#[test]
fn an_operator_frees_an_order() {
    assert_eq!(settle_attention(&with(DONE), START), None);
    let stopped = Order { attention: Some(Attention::AmountMismatch), ..order(State::Created) };
    let freed = settle_attention(&stopped, START).unwrap();
    assert_eq!((freed.state, freed.attention), (State::Created, None));
    let refund = Refund::demand(&stopped.order_id, ALL, RefundCause::Operator, START);
    let state = State::Refunding {
        payment: Payment { paid_at: START, fulfilment: FAILED },
        refund: refund.moved(RefundState::Failure),
    };
    let failing = Order { attention: Some(Attention::RefundFailing), ..order(state) };
    assert!(!awaits_sending(&failing));
    let freed = settle_attention(&failing, START).unwrap();
    assert_eq!(freed.state.refund().unwrap().attempts.len(), 2);
    assert!(awaits_sending(&Order { state: freed.state, attention: None, ..failing }));
}

#[test]
fn only_what_may_still_be_given_is_stopped() {
    for fulfilment in [Fulfilment::NotStarted, BEGUN] {
        let order = Order { attention: Some(Attention::UnusualStatus), ..with(fulfilment) };
        let decision = stop_fulfilment(&order, START).unwrap().unwrap();
        assert_eq!((&decision.state, decision.event), (&order.state, None));
        assert_eq!(decision.attention, Some(Attention::FulfilmentContradicted));
        let stopped = Order { attention: decision.attention, ..order };
        assert_eq!(begin_fulfilment(&stopped, ALL, START), Err(StepRefusal::Stopped));
        assert_eq!(stop_fulfilment(&stopped, START), Ok(None));
        let known = Order { attention: Some(Attention::RefundedElsewhere), ..stopped };
        assert_eq!(stop_fulfilment(&known, START), Ok(None), "an operator has to look already");
    }
    for given in [DONE, FAILED] {
        assert_eq!(stop_fulfilment(&with(given), START), Ok(None));
    }
    for other in unpaid().into_iter().chain([refunded()]) {
        assert_eq!(stop_fulfilment(&other, START), Err(StepRefusal::NotPaid));
    }
}
