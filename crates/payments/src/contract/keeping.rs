//! What is recorded reads back, to its owner, in order.

#![expect(clippy::unwrap_used, reason = "a clause that cannot go on must say so and stop")]

use super::{Subject, asha, new_order, ravi, request, stage};
use crate::{
    Attention, Change, FailureReason, Fulfilment, Method, Order, Payment, Purchase, Refund, RefundCause,
    RefundState, Session, State, UNFULFILLED_AFTER,
    ports::{Recorded, Webhook},
    testing::START,
};
use kernel::{Limit, Masked, OrderRef, Paise};
use time::Duration;
use uuid::Uuid;

/// Recorded twice, an order stands as it was recorded first.
pub async fn an_order_stands_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let (first, second) = (new_order(asha(), "k", &stage.env), new_order(asha(), "k", &stage.env));
    assert_ne!(first.row_id, second.row_id);
    let orders = subject.orders();
    assert_eq!(orders.find(&first.order_id).await.unwrap(), None);
    assert_eq!(orders.record_order(&first).await.unwrap(), first);
    assert_eq!(orders.record_order(&second).await.unwrap(), first);
    assert_eq!(orders.find(&first.order_id).await.unwrap(), Some(first));
    let quoted = |method| Purchase::insurance(Uuid::from_u128(7), Paise::new(775_000), method).unwrap();
    for method in Method::ALL {
        let policy = Order { purchase: quoted(method), ..new_order(asha(), method.word(), &stage.env) };
        assert_eq!(orders.record_order(&policy).await.unwrap(), policy, "with what it is for");
    }
}

/// Recorded twice, a session stays the first, and sets until when its order can be paid.
pub async fn a_session_is_kept_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let orders = subject.orders();
    let order = orders.record_order(&new_order(asha(), "k", &stage.env)).await.unwrap();
    assert_eq!(orders.find_session(&order.order_id).await.unwrap(), None);
    let session = |token: &str, minutes| Session {
        sdk_payload: Masked::new(serde_json::json!({ "requestId": token, "payload": { "amount": "250.0" } })),
        payment_links: crate::PaymentLinks {
            web: Some("https://pay.example/1".to_owned()),
            ..Default::default()
        },
        expires_at: START.saturating_add(Duration::minutes(minutes)),
    };
    let (first, second) = (session("one", 20), session("two", 30));
    assert_eq!(orders.record_session(&order.order_id, &first).await.unwrap(), first);
    assert_eq!(orders.record_session(&order.order_id, &second).await.unwrap(), first);
    assert_eq!(orders.find_session(&order.order_id).await.unwrap(), Some(first.clone()));
    let expires_at = orders.find(&order.order_id).await.unwrap().unwrap().expires_at;
    assert_eq!(expires_at, first.expires_at);
    assert!(orders.record_session(&OrderRef::parse("NONE").unwrap(), &second).await.is_err());
}

/// Every state reads back as it was recorded.
pub async fn states_read_back(subject: &dyn Subject) {
    let stage = stage(subject);
    let orders = subject.orders();
    let at = START.saturating_add(Duration::seconds(1));
    let first = new_order(asha(), "k", &stage.env);
    let payment = |fulfilment| Payment { paid_at: at, fulfilment };
    let demand = Refund::demand(&first.order_id, Paise::new(25_000), RefundCause::FulfilmentFailed, at);
    let failed = payment(Fulfilment::Failed { at });
    let refunding = |refund: &Refund| State::Refunding { payment: failed.clone(), refund: refund.clone() };
    let states = [
        State::Pending { last_failure: None },
        State::Pending { last_failure: Some(FailureReason::Declined) },
        State::Failed(FailureReason::AuthorizationFailed),
        State::Expired,
        State::Paid(payment(Fulfilment::NotStarted)),
        State::Paid(payment(Fulfilment::InProgress { since: at })),
        State::Paid(payment(Fulfilment::Done { at })),
        refunding(&demand),
        refunding(&demand.moved(RefundState::ManualReview)),
        refunding(&demand.tried_anew(&first.order_id, at)),
        State::Refunded {
            payment: Some(failed.clone()),
            refund: demand.tried_anew(&first.order_id, at).moved(RefundState::Success),
        },
    ];
    let mut order = orders.record_order(&first).await.unwrap();
    for state in states {
        order = recorded(subject, &order, state).await;
    }
    let other = orders.record_order(&new_order(asha(), "returned", &stage.env)).await.unwrap();
    let refund = Refund::by_partner(other.amount(), at);
    recorded(subject, &other, State::Refunded { payment: None, refund }).await;
}

async fn recorded(subject: &dyn Subject, order: &Order, state: State) -> Order {
    let next_check_at = state.status().is_open().then(|| START.saturating_add(Duration::hours(1)));
    let attention = Some(Attention::UnusualStatus);
    let change = Change {
        order_id: order.order_id.clone(),
        version: order.version,
        state,
        charged: None,
        attention,
        next_check_at,
        looked_at: Some(START.saturating_add(Duration::seconds(2))),
        at: START.saturating_add(Duration::seconds(3)),
        news: None,
    };
    assert_eq!(subject.orders().record_change(&change).await.unwrap(), Recorded::Done);
    let found = subject.orders().find(&order.order_id).await.unwrap().unwrap();
    assert_eq!(found, change.applied_to(order));
    found
}

/// Somebody else's order is not there.
pub async fn foreign_orders_are_not_there(subject: &dyn Subject) {
    let stage = stage(subject);
    let order = subject.orders().record_order(&new_order(asha(), "k", &stage.env)).await.unwrap();
    let finder = subject.finder();
    assert_eq!(finder.find_own(asha(), &order.order_id).await.unwrap(), Some(order.clone()));
    assert_eq!(finder.find_own(ravi(), &order.order_id).await.unwrap(), None);
    assert_eq!(finder.list_own(ravi(), None, Limit::DEFAULT).await.unwrap().rows, []);
}

/// Lists are newest first, in pages that neither repeat nor skip.
pub async fn lists_are_paged(subject: &dyn Subject) {
    let stage = stage(subject);
    let mut opened = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        opened.push(subject.orders().record_order(&new_order(asha(), key, &stage.env)).await.unwrap());
        subject.orders().record_order(&new_order(ravi(), key, &stage.env)).await.unwrap();
        stage.clock.advance(Duration::seconds(1));
    }
    opened.reverse();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = subject.finder().list_own(asha(), after, Limit::parse(2).unwrap()).await.unwrap();
        assert!(page.rows.len() <= 2);
        listed.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, opened);
}

/// What is due is found, most overdue first; a look puts it off, unless the order has moved on.
pub async fn due_orders_are_found(subject: &dyn Subject) {
    let stage = stage(subject);
    let orders = subject.orders();
    let first = orders.record_order(&new_order(asha(), "a", &stage.env)).await.unwrap();
    stage.clock.advance(Duration::seconds(2));
    let second = orders.record_order(&new_order(ravi(), "b", &stage.env)).await.unwrap();
    let due = async |at, limit| {
        let limit = Limit::parse(limit).unwrap();
        subject.finder().due(START.saturating_add(Duration::seconds(at)), limit).await.unwrap()
    };
    let (a, b) = (first.order_id.clone(), second.order_id.clone());
    assert_eq!(due(4, 9).await, []);
    assert_eq!(due(5, 9).await, std::slice::from_ref(&a));
    assert_eq!(due(7, 9).await, [a.clone(), b.clone()]);
    assert_eq!(due(7, 1).await, std::slice::from_ref(&a));
    let (looked, next) =
        (START.saturating_add(Duration::seconds(7)), START.saturating_add(Duration::hours(1)));
    orders.record_look(&a, first.version, Some(looked), Some(next)).await.unwrap();
    orders.record_look(&b, second.version.saturating_add(1), Some(looked), Some(next)).await.unwrap();
    assert_eq!(due(7, 9).await, [b]);
    let put_off = orders.find(&a).await.unwrap().unwrap();
    assert_eq!((put_off.looked_at, put_off.next_check_at), (Some(looked), Some(next)));
    assert_eq!(put_off.version, first.version, "a look changes nothing about the order");
    orders.record_look(&a, first.version, None, Some(next)).await.unwrap();
    assert_eq!(orders.find(&a).await.unwrap().unwrap().looked_at, Some(looked), "not forgotten");
    let put_off_until = async |seconds, until| {
        let at = |seconds| START.saturating_add(Duration::seconds(seconds));
        subject.finder().put_off(&second.order_id, at(seconds), at(until)).await.unwrap();
    };
    put_off_until(6, 9).await;
    assert_eq!(due(7, 9).await, std::slice::from_ref(&second.order_id), "it was not due then");
    put_off_until(7, 3_000).await;
    assert_eq!((due(7, 9).await, due(2_999, 9).await), (vec![], vec![]));
    let unaltered = orders.find(&second.order_id).await.unwrap().unwrap();
    assert_eq!(unaltered.version, second.version, "nor does putting it off");
    assert_eq!(due(3_000, 9).await, std::slice::from_ref(&second.order_id));
    subject.finder().put_off(&OrderRef::parse("NONE").unwrap(), START, START).await.unwrap();
    assert_eq!(subject.finder().list_for_operators(Limit::DEFAULT).await.unwrap(), []);
    let flagged = recorded(subject, &put_off, State::Pending { last_failure: None }).await;
    assert_eq!(subject.finder().list_for_operators(Limit::DEFAULT).await.unwrap(), [flagged]);
}

/// A paid order for which nothing is given is told of again after a while, by one of many and as it was told first;
/// not while an operator has to look, and not once it was given.
pub async fn what_waits_for_what_it_paid_for_is_told_again(subject: &dyn Subject) {
    let stage = stage(subject);
    let payments = &stage.payments;
    let mut paid = Vec::new();
    for key in ["waiting", "begun", "given", "stopped"] {
        let order_id = payments.open(&request(asha(), key)).await.unwrap().order.order_id;
        stage.gateway.pay(&order_id);
        payments.look(&order_id).await.unwrap();
        paid.push(order_id);
    }
    let [waiting, begun, given, stopped] = &paid[..] else { unreachable!("four orders were paid") };
    let told = subject.news().await;
    payments.open(&request(asha(), "unpaid")).await.unwrap();
    let remind = || payments.remind_unfulfilled(Limit::DEFAULT);
    let all = Paise::new(25_000);
    stage.clock.advance(Duration::minutes(5));
    for order_id in [begun, given] {
        payments.begin_fulfilment(order_id, all).await.unwrap();
    }
    payments.finish_fulfilment(given).await.unwrap();
    stage.gateway.alter(stopped, |seen| seen.refunded = Paise::new(1));
    payments.look(stopped).await.unwrap();
    stage.clock.advance(UNFULFILLED_AFTER.saturating_sub(Duration::seconds(301)));
    assert_eq!(remind().await.unwrap(), 0, "not before it is time");
    stage.clock.advance(Duration::SECOND);
    let reminded = futures::future::join_all((0..20).map(|_| remind())).await;
    assert_eq!(reminded.into_iter().map(Result::unwrap).sum::<usize>(), 1, "by one of many");
    let again = subject.news().await;
    assert_eq!(again.get(..4).unwrap(), told);
    assert_eq!(again.get(4..).unwrap(), told.get(..1).unwrap(), "as it was told first");
    stage.clock.advance(Duration::minutes(5));
    let since = stage.env.now().saturating_sub(UNFULFILLED_AFTER);
    let found = subject.finder().unfulfilled(since, Limit::DEFAULT).await.unwrap();
    assert_eq!(found.iter().map(|found| &found.order_id).collect::<Vec<_>>(), [begun]);
    assert_eq!(remind().await.unwrap(), 1, "what was begun and never finished");
    // What an operator has looked at is told of at once, and so is, later, what was told of in vain.
    stage.gateway.alter(stopped, |seen| seen.refunded = Paise::ZERO);
    payments.resolve(stopped).await.unwrap();
    assert_eq!(remind().await.unwrap(), 1);
    stage.clock.advance(UNFULFILLED_AFTER);
    assert_eq!(payments.remind_unfulfilled(Limit::parse(2).unwrap()).await.unwrap(), 2);
    assert_eq!(remind().await.unwrap(), 1);
    payments.begin_fulfilment(waiting, all).await.unwrap();
    payments.finish_fulfilment(waiting).await.unwrap();
    payments.fail_fulfilment(begun).await.unwrap();
    stage.clock.advance(Duration::days(1));
    let found = subject.finder().unfulfilled(stage.env.now(), Limit::DEFAULT).await.unwrap();
    assert_eq!(found.iter().map(|found| &found.order_id).collect::<Vec<_>>(), [stopped]);
}

/// A webhook is stored once and queues one look, if it names an order.
pub async fn a_webhook_is_heard_once(subject: &dyn Subject) {
    let stage = stage(subject);
    let opened = stage.payments.open(&request(asha(), "k")).await.unwrap();
    let webhook = Webhook {
        partner: "juspay",
        event_id: "evt_V2_1".to_owned(),
        order_id: Some(opened.order.order_id.clone()),
        body: b"{}".to_vec(),
        received_at: START,
    };
    let inbox = subject.inbox();
    let heard = futures::future::join_all((0..10).map(|_| inbox.receive(&webhook))).await;
    let new = heard.into_iter().filter(|heard| matches!(heard, Ok(true))).count();
    assert_eq!(new, 1);
    let nameless = Webhook { event_id: "evt_V2_2".to_owned(), order_id: None, ..webhook };
    assert!(inbox.receive(&nameless).await.unwrap());
    assert!(!inbox.receive(&nameless).await.unwrap());
    assert_eq!(subject.looks().await, [opened.order.order_id]);
}
