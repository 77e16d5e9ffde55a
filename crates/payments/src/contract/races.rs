//! However many act at once, money moves once.

#![expect(clippy::unwrap_used, reason = "a clause that cannot go on must say so and stop")]

use super::{Subject, asha, request, stage, words};
use crate::{
    Attention, Change, Event, Fulfilment, Order, Payment, Refund, RefundCause, RefundState, State, Status,
    ports::Recorded, testing::START,
};
use futures::future::join_all;
use kernel::{Limit, News, Paise};
use time::Duration;
use uuid::Uuid;

/// Twenty taps on one button open one order with one session.
pub async fn opening_at_once_opens_one_order(subject: &dyn Subject) {
    let stage = stage(subject);
    let wish = request(asha(), "k");
    let opened = join_all((0..20).map(|_| stage.payments.open(&wish))).await;
    let opened: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    let first = opened.first().unwrap();
    assert!(opened.iter().all(|other| other.order.row_id == first.order.row_id));
    assert!(opened.iter().all(|other| other.session == first.session));
    assert_eq!(subject.finder().list_own(asha(), None, Limit::DEFAULT).await.unwrap().rows.len(), 1);
}

/// A hundred readers at once make one call, whether the partner answers it or not, and none of them is refused.
pub async fn readers_at_once_ask_the_partner_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let order_id = stage.payments.open(&request(asha(), "k")).await.unwrap().order.order_id;
    let read = async || {
        let read = join_all((0..100).map(|_| stage.payments.find(asha(), &order_id))).await;
        assert!(read.iter().all(Result::is_ok));
        stage.gateway.asked()
    };
    stage.clock.advance(Duration::seconds(1));
    assert_eq!(read().await, 1);
    stage.clock.advance(Duration::seconds(2));
    assert_eq!(read().await, 1, "the answer is still good");
    stage.gateway.be_silent(true);
    stage.clock.advance(Duration::seconds(1));
    assert_eq!(read().await, 2);
    stage.clock.advance(Duration::seconds(2));
    assert_eq!(read().await, 2, "nor is a silent partner pressed");
    stage.clock.advance(Duration::seconds(1));
    assert_eq!(read().await, 3);
    let claim = async |order_id| {
        let at = stage.env.now();
        subject.finder().claim_look(&order_id, at.saturating_sub(Duration::HOUR), at).await.unwrap()
    };
    stage.clock.advance(Duration::days(1));
    assert!(!claim(kernel::OrderRef::parse("NONE").unwrap()).await);
    assert!(claim(order_id).await);
}

/// One paid order, seen by twenty webhooks and twenty polls at once, is told as paid once.
pub async fn a_paid_order_is_told_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let order_id = stage.payments.open(&request(asha(), "k")).await.unwrap().order.order_id;
    stage.gateway.pay(&order_id);
    stage.clock.advance(Duration::seconds(5));
    let webhooks = join_all((0..20).map(|n| {
        let event_id = format!("evt_{n}");
        stage.payments.hear("juspay", event_id, Some(order_id.clone()), b"{}".to_vec())
    }))
    .await;
    assert!(webhooks.iter().all(Result::is_ok));
    let looks = subject.looks().await;
    assert_eq!(looks.len(), 20);
    let (heard, polled) = futures::future::join(
        join_all(looks.iter().map(|order_id| stage.payments.look(order_id))),
        join_all((0..20).map(|_| stage.payments.find(asha(), &order_id))),
    )
    .await;
    assert!(heard.iter().all(Result::is_ok) && polled.iter().all(Result::is_ok));
    let found = stage.payments.find(asha(), &order_id).await.unwrap();
    assert_eq!((found.status(), found.next_check_at), (Status::Success, None));
    let news = subject.news().await;
    assert_eq!(words(&news), ["PAID"]);
    let paid = Event::OrderPaid {
        order_id,
        user_id: asha(),
        kind: crate::Kind::WalletTopup,
        amount_paise: Paise::new(25_000),
    };
    assert_eq!(news.first().unwrap().event, paid);
}

/// A change decided on an old version is refused whole, its news included.
pub async fn a_stale_change_is_refused(subject: &dyn Subject) {
    let order = paid_order(subject, "k").await;
    let mut stale = change(&order, State::Paid(order.state.payment().unwrap().clone()));
    stale.version = order.version.saturating_sub(1);
    stale.news = Some(News { id: Uuid::from_u128(1), at: START, event: expired(&order) });
    assert_eq!(subject.orders().record_change(&stale).await.unwrap(), Recorded::Stale);
    stale.order_id = kernel::OrderRef::parse("NONE").unwrap();
    assert_eq!(subject.orders().record_change(&stale).await.unwrap(), Recorded::Stale);
    assert_eq!(subject.orders().find(&order.order_id).await.unwrap(), Some(order));
    assert_eq!(words(&subject.news().await), ["PAID"]);
}

/// A second guard beside the version: no event of an order is told twice, and no state is taken back.
pub async fn an_event_is_never_told_twice(subject: &dyn Subject) {
    let order = paid_order(subject, "k").await;
    let told = subject.news().await.pop().unwrap();
    let mut again = change(&order, order.state.clone());
    again.news = Some(News { id: Uuid::from_u128(1), ..told });
    assert!(subject.orders().record_change(&again).await.is_err());
    for state in [State::Created, State::Pending { last_failure: None }, State::Expired] {
        let mut back = change(&order, state);
        back.next_check_at = Some(START);
        assert!(subject.orders().record_change(&back).await.is_err());
    }
    assert_eq!(subject.orders().find(&order.order_id).await.unwrap(), Some(order));
    assert_eq!(words(&subject.news().await), ["PAID"]);
}

/// Twenty demands at once send the money back once.
pub async fn refunding_at_once_refunds_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let order_id = stage.payments.open(&request(asha(), "k")).await.unwrap().order.order_id;
    stage.gateway.pay(&order_id);
    stage.payments.look(&order_id).await.unwrap();
    let demands = (0..20).map(|_| stage.payments.fail_fulfilment(&order_id));
    assert!(join_all(demands).await.iter().all(Result::is_ok));
    let numbers: Vec<_> = stage.gateway.refunds_asked().into_iter().map(|refund| refund.refund_id).collect();
    assert!(numbers.iter().all(|number| Some(number) == numbers.first()), "one number, however often asked");
    stage.gateway.refunds_become(RefundState::Success);
    let looks = (0..20).map(|_| stage.payments.look(&order_id));
    assert!(join_all(looks).await.iter().all(Result::is_ok));
    let order = subject.orders().find(&order_id).await.unwrap().unwrap();
    assert_eq!(order.status(), Status::Refunded);
    assert_eq!(order.refund().unwrap().attempts.len(), 1);
    assert_eq!(words(&subject.news().await), ["PAID", "REFUNDED"]);
}

/// What was paid for is given or the money goes back, whoever is faster; never both.
pub async fn giving_and_refunding_exclude_each_other(subject: &dyn Subject) {
    let stage = stage(subject);
    let order = paid_order(subject, "k").await;
    stage.payments.begin_fulfilment(&order.order_id, order.amount()).await.ok();
    let (given, failed) = futures::future::join(
        stage.payments.finish_fulfilment(&order.order_id),
        stage.payments.fail_fulfilment(&order.order_id),
    )
    .await;
    assert_ne!(given.is_ok(), failed.is_ok(), "exactly one of them");
    let order = subject.orders().find(&order.order_id).await.unwrap().unwrap();
    let was_given = matches!(order.fulfilment(), Fulfilment::Done { .. });
    assert_eq!(was_given, order.refund().is_none());
}

/// No sequence of tries sends back more than was captured, whatever the versions say.
pub async fn a_refund_never_exceeds_what_was_captured(subject: &dyn Subject) {
    let order = paid_order(subject, "k").await;
    let payment = order.state.payment().unwrap().clone();
    let more = order.amount().checked_add(Paise::new(1)).unwrap();
    let at = order.updated_at;
    let refunding = |refund| {
        let mut change = change(&order, State::Refunding { payment: payment.clone(), refund });
        change.next_check_at = Some(START);
        change
    };
    let exceeding = refunding(Refund::demand(&order.order_id, more, RefundCause::Operator, at));
    assert!(subject.orders().record_change(&exceeding).await.is_err());
    // Two tries that may both have gone: the first is not known to have failed.
    let mut twice = Refund::demand(&order.order_id, order.amount(), RefundCause::Operator, at)
        .tried_anew(&order.order_id, at);
    twice.attempts.first_mut().unwrap().state = RefundState::Pending;
    assert!(subject.orders().record_change(&refunding(twice)).await.is_err());
    assert_eq!(subject.orders().find(&order.order_id).await.unwrap(), Some(order.clone()));
    let once = Refund::demand(&order.order_id, order.amount(), RefundCause::Operator, at);
    let again = once.tried_anew(&order.order_id, at);
    assert_eq!(subject.orders().record_change(&refunding(once)).await.unwrap(), Recorded::Done);
    let mut change = refunding(again);
    change.version = change.version.saturating_add(1);
    assert_eq!(subject.orders().record_change(&change).await.unwrap(), Recorded::Done);
}

async fn paid_order(subject: &dyn Subject, key: &str) -> Order {
    let stage = stage(subject);
    let order_id = stage.payments.open(&request(asha(), key)).await.unwrap().order.order_id;
    stage.gateway.pay(&order_id);
    stage.payments.look(&order_id).await.unwrap();
    subject.orders().find(&order_id).await.unwrap().unwrap()
}

/// What was charged wrongly never counts as paid, and goes back once and whole, however many ask for it.
pub async fn a_wrong_amount_only_ever_goes_back(subject: &dyn Subject) {
    let stage = stage(subject);
    for (key, charged) in [("less", Paise::new(24_900)), ("more", Paise::new(25_100))] {
        let order_id = stage.payments.open(&request(asha(), key)).await.unwrap().order.order_id;
        stage.gateway.pay(&order_id);
        stage.gateway.alter(&order_id, |seen| seen.amount = Some(charged));
        let order = stage.payments.look(&order_id).await.unwrap();
        assert_eq!(subject.orders().find(&order_id).await.unwrap().as_ref(), Some(&order), "it reads back");
        assert_eq!((order.attention, order.charged), (Some(Attention::AmountMismatch), Some(charged)));
        let mut paid =
            change(&order, State::Paid(Payment { paid_at: START, fulfilment: Fulfilment::NotStarted }));
        paid.next_check_at = None;
        assert!(subject.orders().record_change(&paid).await.is_err(), "a wrong amount pays nothing");
        let refund = |amount| stage.payments.refund(&order_id, amount, RefundCause::Operator);
        assert!(refund(order.amount()).await.is_err());
        let refunds = join_all((0..20).map(|_| refund(charged))).await;
        assert!(refunds.iter().all(Result::is_ok), "{refunds:?}");
        stage.gateway.refunds_become(RefundState::Success);
        let order = stage.payments.look(&order_id).await.unwrap();
        assert_eq!((order.status(), order.attention), (Status::Refunded, None));
        let refund = order.refund().unwrap();
        assert_eq!((refund.amount, refund.attempts.len()), (charged, 1));
        assert_eq!(subject.orders().find(&order_id).await.unwrap(), Some(order));
    }
    assert_eq!(words(&subject.news().await), ["REFUNDED", "REFUNDED"]);
}

fn change(order: &Order, state: State) -> Change {
    Change {
        order_id: order.order_id.clone(),
        version: order.version,
        state,
        charged: order.charged,
        attention: order.attention,
        next_check_at: order.next_check_at,
        looked_at: order.looked_at,
        at: order.updated_at,
        news: None,
    }
}

fn expired(order: &Order) -> Event {
    Event::OrderExpired {
        order_id: order.order_id.clone(),
        user_id: order.user_id,
        kind: order.kind(),
        amount_paise: order.amount(),
    }
}
