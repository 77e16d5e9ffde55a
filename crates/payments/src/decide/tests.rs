//! Every state under every observation, and any number of them in any order.

use super::*;
use crate::{Attempt, RefundCause, RefundId, testing::START};
use kernel::{Env, MovableClock, OrderRef, SeededEntropy, UserId};
use proptest::prelude::*;
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

fn order(state: State) -> Order {
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    let key = crate::IdempotencyKey::parse("k").unwrap();
    let purchase = crate::Purchase::wallet_topup(25_000).unwrap();
    Order { state, ..Order::open(UserId::new(Uuid::from_u128(1)), &key, purchase, &env) }
}

fn seen(payment: PaymentSeen) -> Seen {
    Seen {
        order_id: order(State::Created).order_id,
        merchant_is_ours: true,
        amount: Some(Paise::new(25_000)),
        currency: Some("INR".to_owned()),
        payment,
        refunded: Paise::ZERO,
        refunds: Vec::new(),
    }
}

fn refunded(amount: i64) -> Seen {
    Seen { refunded: Paise::new(amount), ..seen(PaymentSeen::Charged) }
}

fn payment(fulfilment: Fulfilment) -> Payment {
    Payment { paid_at: START, fulfilment }
}

fn refund(states: &[RefundState]) -> Refund {
    let order_id = order(State::Created).order_id;
    let attempts = states.iter().zip(1..).map(|(state, sequence)| Attempt {
        sequence,
        refund_id: RefundId::derive(&order_id, sequence),
        state: *state,
        requested_at: START,
    });
    Refund {
        amount: Paise::new(25_000),
        cause: RefundCause::FulfilmentFailed,
        demanded_at: START,
        attempts: attempts.collect(),
    }
}

fn refunding(states: &[RefundState]) -> State {
    State::Refunding { payment: payment(Fulfilment::Failed { at: START }), refund: refund(states) }
}

fn refund_seen(sequence: u16, state: RefundState) -> RefundSeen {
    let order_id = order(State::Created).order_id;
    let refund_id = RefundId::derive(&order_id, sequence).as_str().to_owned();
    RefundSeen { refund_id, amount: Paise::new(25_000), state }
}

fn listed(sequence: u16, state: RefundState) -> Seen {
    let refunded = if state.counts() { Paise::new(25_000) } else { Paise::ZERO };
    Seen { refunded, refunds: vec![refund_seen(sequence, state)], ..seen(PaymentSeen::Charged) }
}

fn states() -> Vec<State> {
    vec![
        State::Created,
        State::Pending { last_failure: None },
        State::Pending { last_failure: Some(FailureReason::Declined) },
        State::Failed(FailureReason::AuthorizationFailed),
        State::Expired,
        State::Paid(payment(Fulfilment::NotStarted)),
        State::Paid(payment(Fulfilment::InProgress { since: START })),
        State::Paid(payment(Fulfilment::Done { at: START })),
        State::Paid(payment(Fulfilment::Failed { at: START })),
        refunding(&[RefundState::Pending]),
        refunding(&[RefundState::ManualReview]),
        refunding(&[RefundState::Failure, RefundState::Failure, RefundState::Pending]),
        refunding(&[RefundState::Failure, RefundState::Failure, RefundState::Failure]),
        State::Refunded {
            payment: Some(payment(Fulfilment::Failed { at: START })),
            refund: refund(&[RefundState::Success]),
        },
        State::Refunded { payment: None, refund: Refund::by_partner(Paise::new(25_000), START) },
    ]
}

fn observations() -> Vec<Observation> {
    let mut all = vec![Observation::NotFound, Observation::RefundRefused];
    for payment in [
        PaymentSeen::NotStarted,
        PaymentSeen::InProgress,
        PaymentSeen::AttemptFailed(FailureReason::Declined),
        PaymentSeen::Charged,
        PaymentSeen::AutoRefunded,
        PaymentSeen::Unusual,
    ] {
        all.push(Observation::Seen(seen(payment)));
    }
    all.push(Observation::Seen(refunded(25_000)));
    all.push(Observation::Seen(refunded(100)));
    all.push(Observation::Seen(Seen { amount: Some(Paise::new(1)), ..seen(PaymentSeen::Charged) }));
    all.push(Observation::Seen(Seen { currency: None, ..seen(PaymentSeen::Charged) }));
    all.push(Observation::Seen(Seen { merchant_is_ours: false, ..seen(PaymentSeen::Charged) }));
    for state in RefundState::ALL {
        all.push(Observation::Refund(refund_seen(1, state)));
        all.push(Observation::Seen(listed(1, state)));
        all.push(Observation::Seen(listed(3, state)));
    }
    all
}

fn later(seconds: i64) -> OffsetDateTime {
    START.saturating_add(Duration::seconds(seconds))
}

#[test]
fn nothing_is_ever_taken_back_and_nothing_awaited_is_forgotten() {
    for state in states() {
        for observation in observations() {
            for seconds in [0, 10, 1_000, 90_000, 700_000, 9_000_000] {
                let order = order(state.clone());
                let decision = decide(&order, &observation, later(seconds));
                let told = format!("{state:?} {observation:?} {decision:?}");
                assert!(decision.state.rank() >= order.state.rank(), "{told}");
                let open = decision.state.status().is_open();
                assert!(!open || decision.next_check_at.is_some_and(|next| next > later(seconds)), "{told}");
                let moved_up = decision.state.rank() > order.state.rank();
                assert!(moved_up || decision.event.is_none(), "{told}");
                assert_eq!(decision.state.payment().is_some(), {
                    let became_paid = matches!(decision.state, State::Paid(_));
                    order.state.payment().is_some() || became_paid
                });
            }
        }
    }
}

#[test]
fn only_a_charge_that_is_ours_whole_and_unrefunded_pays() {
    for state in states().into_iter().filter(|state| state.rank() < 3) {
        for observation in observations() {
            let decision = decide(&order(state.clone()), &observation, later(10));
            let pays = observation == Observation::Seen(seen(PaymentSeen::Charged))
                // A refund that failed took nothing away.
                || observation == Observation::Seen(listed(1, RefundState::Failure))
                || observation == Observation::Seen(listed(3, RefundState::Failure));
            assert_eq!(matches!(decision.state, State::Paid(_)), pays, "{state:?} {observation:?}");
        }
    }
}

#[test]
fn the_time_to_pay_ends_with_the_session() {
    let decided = |state, payment, seconds| {
        decide(&order(state), &Observation::Seen(seen(payment)), later(seconds)).state
    };
    let failed = PaymentSeen::AttemptFailed(FailureReason::Declined);
    let pending = State::Pending { last_failure: Some(FailureReason::Declined) };
    assert_eq!(decided(State::Created, failed.clone(), 899), pending);
    assert_eq!(decided(pending.clone(), failed, 900), State::Failed(FailureReason::Declined));
    assert_eq!(decided(State::Created, PaymentSeen::NotStarted, 899), State::Created);
    assert_eq!(decided(State::Created, PaymentSeen::NotStarted, 900), State::Expired);
    let under_way = State::Pending { last_failure: None };
    assert_eq!(decided(pending.clone(), PaymentSeen::InProgress, 90_000), under_way, "banks take days");
    assert_eq!(decided(pending, PaymentSeen::InProgress, 7 * 86_400), State::Expired, "but not for ever");
    let unknown = decide(&order(State::Created), &Observation::NotFound, later(900));
    assert_eq!(unknown.state, State::Expired);
    assert!(matches!(unknown.event, Some(Event::OrderExpired { .. })));
}

#[test]
fn a_late_success_is_honoured_unless_the_partner_returned_it() {
    for state in [State::Failed(FailureReason::Declined), State::Expired] {
        let charged =
            decide(&order(state.clone()), &Observation::Seen(seen(PaymentSeen::Charged)), later(4_000));
        assert!(matches!(charged.event, Some(Event::OrderPaid { .. })));
        let returned = Observation::Seen(seen(PaymentSeen::AutoRefunded));
        let decision = decide(&order(state), &returned, later(4_000));
        assert!(matches!(decision.state, State::Refunded { payment: None, .. }));
        assert!(matches!(decision.event, Some(Event::OrderRefunded { .. })));
        let after = Order { state: decision.state.clone(), ..order(State::Created) };
        let charged = Observation::Seen(seen(PaymentSeen::Charged));
        assert_eq!(decide(&after, &charged, later(5_000)).state, decision.state, "never both");
    }
}

#[test]
fn a_mismatch_has_no_effect_and_calls_an_operator() {
    let charged = || seen(PaymentSeen::Charged);
    let other = OrderRef::parse("OTHER").unwrap();
    for (seen, attention) in [
        (Seen { amount: Some(Paise::new(24_999)), ..charged() }, Attention::AmountMismatch),
        (Seen { amount: None, ..charged() }, Attention::AmountMismatch),
        (Seen { currency: Some("USD".to_owned()), ..charged() }, Attention::CurrencyMismatch),
        (Seen { currency: None, ..charged() }, Attention::CurrencyMismatch),
        (Seen { order_id: other, ..charged() }, Attention::IdentityMismatch),
        (Seen { merchant_is_ours: false, ..charged() }, Attention::IdentityMismatch),
        (refunded(100), Attention::RefundedElsewhere),
    ] {
        let decision = decide(&order(State::Created), &Observation::Seen(seen), later(10));
        assert_eq!((decision.attention, decision.event.is_none()), (Some(attention), true));
        assert!(decision.state.status().is_open());
        let stopped = Order { attention: Some(attention), ..order(decision.state) };
        let right = decide(&stopped, &Observation::Seen(charged()), later(20));
        assert!(!matches!(right.state, State::Paid(_)), "only once an operator has looked");
        assert_eq!(right.attention, Some(attention));
    }
}

#[test]
fn a_wrong_amount_that_went_back_needs_nobody() {
    for (charged, went_back) in [(24_900, 24_900), (25_100, 25_100), (24_900, 25_000)] {
        let mut seen = refunded(went_back);
        seen.amount = Some(Paise::new(charged));
        for state in [State::Created, State::Pending { last_failure: None }, State::Expired] {
            let decision = decide(&order(state), &Observation::Seen(seen.clone()), later(10));
            assert_eq!((decision.attention, decision.charged), (None, Some(Paise::new(charged))));
            let Some(Event::OrderRefunded { amount_paise, .. }) = decision.event else {
                panic!("{:?}", decision.state)
            };
            assert_eq!(amount_paise, Paise::new(charged));
        }
    }
    let mut partly = refunded(24_899);
    partly.amount = Some(Paise::new(24_900));
    let decision = decide(&order(State::Created), &Observation::Seen(partly), later(10));
    assert_eq!(decision.attention, Some(Attention::AmountMismatch));
    assert_eq!(decision.charged, Some(Paise::new(24_900)));
}

#[test]
fn what_was_charged_is_known_only_while_it_is_wrong() {
    let wrong = Seen { amount: Some(Paise::new(24_900)), ..seen(PaymentSeen::Charged) };
    let mismatched = decide(&order(State::Created), &Observation::Seen(wrong.clone()), later(10));
    let stopped = Order {
        state: mismatched.state,
        charged: mismatched.charged,
        attention: mismatched.attention,
        ..order(State::Created)
    };
    assert_eq!(decide(&stopped, &Observation::NotFound, later(11)).charged, Some(Paise::new(24_900)));
    let right = decide(&stopped, &Observation::Seen(seen(PaymentSeen::Charged)), later(12));
    assert_eq!((right.charged, right.attention), (None, Some(Attention::AmountMismatch)));
    let paid = order(State::Paid(payment(Fulfilment::NotStarted)));
    assert_eq!(decide(&paid, &Observation::Seen(wrong), later(13)).charged, None, "what is paid is paid");
    let foreign = Seen { amount: Some(Paise::new(1)), currency: None, ..seen(PaymentSeen::Charged) };
    let decision = decide(&order(State::Created), &Observation::Seen(foreign), later(10));
    assert_eq!((decision.charged, decision.attention), (None, Some(Attention::CurrencyMismatch)));
}

#[test]
fn money_that_went_back_elsewhere_stops_what_is_being_given() {
    let auto = Observation::Seen(seen(PaymentSeen::AutoRefunded));
    let not_started = order(State::Paid(payment(Fulfilment::NotStarted)));
    assert!(matches!(decide(&not_started, &auto, later(10)).state, State::Refunded { payment: Some(_), .. }));
    let partly = decide(&not_started, &Observation::Seen(refunded(100)), later(10));
    assert_eq!(partly.attention, Some(Attention::RefundedElsewhere));
    for fulfilment in [Fulfilment::InProgress { since: START }, Fulfilment::Done { at: START }] {
        let order = order(State::Paid(payment(fulfilment)));
        let decision = decide(&order, &auto, later(10));
        assert_eq!(decision.state, order.state);
        assert_eq!(decision.attention, Some(Attention::RefundedElsewhere));
    }
}

#[test]
fn a_refund_is_tried_anew_under_a_new_number_a_few_times() {
    let order_id = order(State::Created).order_id;
    let mut state = refunding(&[RefundState::Pending]);
    for sequence in [1, 2] {
        let failed = Observation::Seen(listed(sequence, RefundState::Failure));
        state = decide(&order(state), &failed, START).state;
        let refund = state.refund().unwrap();
        let current = refund.current().unwrap();
        assert_eq!(current.refund_id, RefundId::derive(&order_id, sequence + 1));
        assert_eq!(current.state, RefundState::Pending);
    }
    let given_up = decide(&order(state), &Observation::Refund(refund_seen(3, RefundState::Failure)), START);
    assert_eq!(given_up.attention, Some(Attention::RefundFailing));
    assert_eq!(given_up.state.status(), crate::Status::RefundPending);
    let at_last = Observation::Seen(listed(3, RefundState::Success));
    let decision = decide(&order(given_up.state), &at_last, later(9));
    assert!(matches!(decision.event, Some(Event::OrderRefunded { .. })));
}

#[test]
fn a_refund_that_takes_too_long_calls_an_operator() {
    let pending = order(refunding(&[RefundState::Pending]));
    let listed_pending = Observation::Seen(listed(1, RefundState::Pending));
    assert_eq!(decide(&pending, &listed_pending, later(9 * 86_400)).attention, None);
    let overdue = decide(&pending, &listed_pending, later(10 * 86_400));
    assert_eq!(overdue.attention, Some(Attention::RefundOverdue));
    let review = decide(&pending, &Observation::Seen(listed(1, RefundState::ManualReview)), later(9));
    assert_eq!(review.attention, Some(Attention::RefundOverdue));
    let refused = decide(&pending, &Observation::RefundRefused, later(9));
    assert_eq!((refused.attention, refused.state), (Some(Attention::RefundRefused), pending.state));
}

#[test]
fn a_refund_made_elsewhere_ends_ours() {
    let mut seen = listed(1, RefundState::Failure);
    seen.refunded = Paise::new(25_000);
    let decision = decide(&order(refunding(&[RefundState::Pending])), &Observation::Seen(seen), later(9));
    let State::Refunded { refund, .. } = decision.state else { panic!("{:?}", decision.state) };
    assert_eq!(
        (refund.cause, refund.current().unwrap().state),
        (RefundCause::ByPartner, RefundState::Failure)
    );
}

/// What a partner says over the life of a payment that succeeds in the end, in the order it says it.
fn life() -> Vec<Observation> {
    [
        PaymentSeen::NotStarted,
        PaymentSeen::InProgress,
        PaymentSeen::AttemptFailed(FailureReason::AuthorizationFailed),
        PaymentSeen::InProgress,
        PaymentSeen::Charged,
        PaymentSeen::Charged,
    ]
    .map(seen)
    .map(Observation::Seen)
    .to_vec()
}

fn any_observations() -> impl Strategy<Value = Vec<(Observation, i64)>> {
    let one = proptest::sample::select(observations());
    proptest::collection::vec((one, 0_i64..1_000_000), 0..40)
}

proptest! {
    #[test]
    fn a_success_is_told_once_however_its_news_is_shuffled_and_doubled(
        shuffled in Just([life(), life(), life()].concat()).prop_shuffle(),
        times in proptest::collection::vec(0_i64..700_000, 18),
    ) {
        let mut order = order(State::Created);
        let mut told = Vec::new();
        for (observation, seconds) in shuffled.iter().zip(times) {
            let decision = decide(&order, observation, later(seconds));
            told.extend(decision.event.as_ref().map(Event::word));
            order = Order { state: decision.state, attention: decision.attention, ..order };
        }
        prop_assert!(matches!(order.state, State::Paid(_)));
        prop_assert_eq!(told.iter().filter(|word| **word == "PAID").count(), 1);
        prop_assert_eq!(order.attention, None);
    }

    #[test]
    fn whatever_is_seen_each_event_is_told_once_and_paying_stays_paid(observed in any_observations()) {
        let mut order = order(State::Created);
        let mut told = Vec::new();
        for (observation, seconds) in observed {
            let decision = decide(&order, &observation, later(seconds));
            prop_assert!(decision.state.rank() >= order.state.rank());
            told.extend(decision.event.as_ref().map(Event::word));
            order = Order { state: decision.state, attention: decision.attention, ..order };
        }
        let count = told.len();
        told.sort_unstable();
        told.dedup();
        prop_assert_eq!(told.len(), count);
    }
}
