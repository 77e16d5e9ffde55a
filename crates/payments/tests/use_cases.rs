//! What can be done with an order, from opening it to giving its money back, with everything in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use kernel::{Fault as _, Limit, OrderRef, Paise, StoreError, UserId};
use payments::{
    Attention, FindError, FulfilError, Fulfilment, Heard, IdempotencyKey, LookError, OpenError, OpenRequest,
    PaymentSeen, Payments, Ports, Purchase, RefundCause, RefundError, RefundState, Status, order_number,
    ports::{AdmissionError, GatewayError, Recorded},
    testing::{
        MemoryOrders, MemoryPayments, MockAdmission, MockOrderStore, MockPaymentGateway, OpenDoors, START,
    },
};
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

const ALL: Paise = Paise::new(25_000);

fn asha() -> UserId {
    UserId::new(Uuid::from_u128(1))
}

fn wish(key: &str) -> OpenRequest {
    OpenRequest {
        user_id: asha(),
        key: IdempotencyKey::parse(key).unwrap(),
        purchase: Purchase::wallet_topup(ALL.get()).unwrap(),
    }
}

async fn opened(memory: &MemoryPayments) -> OrderRef {
    memory.payments.open(&wish("k")).await.unwrap().order.order_id
}

async fn paid(memory: &MemoryPayments) -> OrderRef {
    let order_id = opened(memory).await;
    memory.gateway.pay(&order_id);
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Success);
    order_id
}

fn words(memory: &MemoryPayments) -> Vec<&'static str> {
    memory.orders.news().iter().map(|news| news.event.word()).collect()
}

#[tokio::test]
async fn a_topup_is_opened_paid_and_given() {
    let memory = MemoryPayments::default();
    let opened = memory.payments.open(&wish("k")).await.unwrap();
    assert_eq!((opened.order.status(), opened.order.amount()), (Status::Created, ALL));
    assert_eq!(opened.session.expires_at, START + Duration::minutes(15));
    let order_id = opened.order.order_id;
    memory.gateway.pay(&order_id);
    memory.clock.advance(Duration::seconds(3));
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Success);
    memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    let done = memory.payments.finish_fulfilment(&order_id).await.unwrap();
    assert!(matches!(done.fulfilment(), Fulfilment::Done { .. }));
    memory.payments.finish_fulfilment(&order_id).await.unwrap();
    let again = memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap_err();
    assert_eq!(again.entry().code, "ORDER_ALREADY_USED");
    assert_eq!(words(&memory), ["PAID"]);
}

#[tokio::test]
async fn a_key_names_one_purchase() {
    let memory = MemoryPayments::default();
    let first = memory.payments.open(&wish("k")).await.unwrap();
    assert_eq!(memory.payments.open(&wish("k")).await.unwrap(), first);
    let other = OpenRequest { purchase: Purchase::wallet_topup(100).unwrap(), ..wish("k") };
    let error = memory.payments.open(&other).await.unwrap_err();
    assert!(matches!(error, OpenError::KeyReused));
    assert_eq!(error.entry().code, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(error.details(), []);
    assert_ne!(memory.payments.open(&wish("l")).await.unwrap().order.order_id, first.order.order_id);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_number() {
    let memory = MemoryPayments::default();
    memory.gateway.be_silent(true);
    let error = memory.payments.open(&wish("k")).await.unwrap_err();
    assert_eq!(error.entry().code, "TIMEOUT");
    memory.gateway.be_silent(false);
    let opened = memory.payments.open(&wish("k")).await.unwrap();
    assert_eq!(opened.order.order_id, order_number(asha(), &wish("k").key));
    let listed = memory.payments.list(asha(), None, Limit::DEFAULT).await.unwrap();
    assert_eq!(listed.rows.len(), 1);
}

#[tokio::test]
async fn an_order_paid_under_a_session_we_never_saw_is_found_out() {
    let memory = MemoryPayments::default();
    memory.gateway.be_silent(true);
    memory.payments.open(&wish("k")).await.unwrap_err();
    memory.gateway.be_silent(false);
    let order_id = order_number(asha(), &wish("k").key);
    memory.gateway.pay(&order_id);
    let error = memory.payments.open(&wish("k")).await.unwrap_err();
    assert!(matches!(&error, OpenError::Closed { order_id: closed } if *closed == order_id));
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Success);
    assert!(matches!(memory.payments.open(&wish("k")).await, Err(OpenError::Closed { .. })));
}

#[tokio::test]
async fn a_partner_that_is_away_opens_nothing_and_loses_nothing() {
    let memory = MemoryPayments::default();
    memory.gateway.go_away(true);
    let error = memory.payments.open(&wish("k")).await.unwrap_err();
    assert_eq!(error.entry().code, "PARTNER_UNAVAILABLE");
    memory.clock.advance(Duration::minutes(16));
    let order_id = order_number(asha(), &wish("k").key);
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Created);
    memory.gateway.go_away(false);
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Expired);
    assert!(matches!(memory.payments.open(&wish("k")).await, Err(OpenError::Closed { .. })));
    assert_eq!(words(&memory), ["EXPIRED"]);
}

#[tokio::test]
async fn a_refused_purchase_opens_nothing() {
    let orders = Arc::new(MemoryOrders::default());
    let mut admission = MockAdmission::new();
    admission.expect_admit().returning(|_, _| {
        let entry = kernel::catalogue::LIMIT_EXCEEDED;
        Err(AdmissionError::Refused { entry, details: vec![("room", 100.into())] })
    });
    let memory = MemoryPayments::default();
    let ports = Ports {
        orders: orders.clone(),
        finder: orders.clone(),
        gateway: Arc::new(MockPaymentGateway::new()),
        admission: Arc::new(admission),
        inbox: orders.clone(),
    };
    let error = Payments::new(ports, memory.env.clone()).open(&wish("k")).await.unwrap_err();
    assert_eq!((error.entry().code, error.details()), ("LIMIT_EXCEEDED", vec![("room", 100.into())]));
    assert!(matches!(
        memory.payments.find(asha(), &order_number(asha(), &wish("k").key)).await,
        Err(FindError::NotFound)
    ));
}

#[tokio::test]
async fn a_reader_asks_the_partner_at_most_every_two_seconds_and_never_waits_in_vain() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    for _ in 0..3 {
        memory.payments.find(asha(), &order_id).await.unwrap();
    }
    assert_eq!(memory.gateway.asked(), 1);
    memory.clock.advance(Duration::seconds(3));
    memory.gateway.be_silent(true);
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Created);
    memory.gateway.be_silent(false);
    memory.gateway.pay(&order_id);
    memory.clock.advance(Duration::seconds(3));
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Success);
    let asked = memory.gateway.asked();
    memory.clock.advance(Duration::hours(1));
    memory.payments.find(asha(), &order_id).await.unwrap();
    assert_eq!(memory.gateway.asked(), asked, "what is settled is not asked about");
    let ravi = UserId::new(Uuid::from_u128(2));
    let foreign = memory.payments.find(ravi, &order_id).await.unwrap_err();
    assert_eq!(foreign.entry().code, "ORDER_NOT_FOUND");
}

#[tokio::test]
async fn a_webhook_only_makes_us_look() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    let hear = |event: &str, order_id: &OrderRef| {
        memory.payments.hear("juspay", event.to_owned(), Some(order_id.clone()), b"{}".to_vec())
    };
    assert_eq!(hear("evt_1", &order_id).await.unwrap(), Heard::New);
    assert_eq!(hear("evt_1", &order_id).await.unwrap(), Heard::Repeated);
    assert_eq!(memory.orders.looks(), std::slice::from_ref(&order_id));
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Created);
    let unknown = OrderRef::parse("NOBODYS").unwrap();
    assert_eq!(hear("evt_2", &unknown).await.unwrap(), Heard::New);
    assert!(matches!(memory.payments.look(&unknown).await, Err(LookError::NotFound)));
}

#[tokio::test]
async fn reconciliation_settles_what_nobody_told_us_of() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    memory.gateway.pay(&order_id);
    let reconcile = async || {
        let round = memory.payments.reconcile(Limit::DEFAULT).await.unwrap();
        (round.looked, round.unanswered)
    };
    assert_eq!(reconcile().await, (0, 0), "nothing is due yet");
    memory.clock.advance(Duration::seconds(5));
    memory.gateway.go_away(true);
    assert_eq!(reconcile().await, (0, 1));
    memory.gateway.go_away(false);
    assert_eq!(reconcile().await, (0, 0), "put off");
    memory.clock.advance(Duration::seconds(10));
    assert_eq!(reconcile().await, (1, 0));
    assert_eq!(words(&memory), ["PAID"]);
    memory.clock.advance(Duration::days(30));
    assert_eq!(reconcile().await, (0, 0), "settled for good");
}

#[tokio::test]
async fn a_late_success_after_expiry_is_honoured() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    memory.clock.advance(Duration::minutes(20));
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Expired);
    memory.gateway.pay(&order_id);
    memory.clock.advance(Duration::hours(1));
    memory.payments.reconcile(Limit::DEFAULT).await.unwrap();
    assert_eq!(memory.payments.find(asha(), &order_id).await.unwrap().status(), Status::Success);
    assert_eq!(words(&memory), ["EXPIRED", "PAID"]);
}

#[tokio::test]
async fn nothing_is_given_for_money_that_the_partner_returned_meanwhile() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.gateway.make(&order_id, PaymentSeen::AutoRefunded);
    memory.clock.advance(Duration::minutes(11));
    let error = memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap_err();
    assert!(matches!(error, FulfilError::NotPaid));
    assert_eq!(words(&memory), ["PAID", "REFUNDED"]);
    assert_eq!(memory.gateway.refunds_asked(), [], "and it is not returned twice");
}

#[tokio::test]
async fn an_old_answer_is_not_good_enough_to_give_on() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.clock.advance(Duration::minutes(11));
    memory.gateway.be_silent(true);
    let error = memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap_err();
    assert_eq!(error.entry().code, "TIMEOUT");
    memory.gateway.be_silent(false);
    memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    let dearer = memory.payments.begin_fulfilment(&order_id, Paise::new(25_001)).await.unwrap_err();
    assert_eq!(dearer.entry().code, "AMOUNT_MISMATCH");
}

#[tokio::test]
async fn what_can_never_be_given_is_refunded() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    let order = memory.payments.fail_fulfilment(&order_id).await.unwrap();
    assert_eq!(order.status(), Status::RefundPending);
    memory.payments.fail_fulfilment(&order_id).await.unwrap();
    memory.gateway.refunds_become(RefundState::Success);
    memory.clock.advance(Duration::seconds(5));
    memory.payments.reconcile(Limit::DEFAULT).await.unwrap();
    let order = memory.payments.find(asha(), &order_id).await.unwrap();
    assert_eq!((order.status(), order.refund().unwrap().state()), (Status::Refunded, RefundState::Success));
    let seen = memory.gateway.refunds_asked();
    assert!(seen.iter().all(|refund| refund.refund_id == seen[0].refund_id));
    assert_eq!(words(&memory), ["PAID", "REFUNDED"]);
    let used = memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap_err();
    assert_eq!(used.entry().code, "ORDER_NOT_PAID");
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_asked_about_and_never_sent_twice() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.gateway.be_silent(true);
    let order = memory.payments.fail_fulfilment(&order_id).await.unwrap();
    assert_eq!(order.status(), Status::RefundPending);
    memory.gateway.be_silent(false);
    memory.gateway.refunds_become(RefundState::Success);
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Refunded);
    assert_eq!(memory.gateway.refunds_asked().len(), 1);
}

#[tokio::test]
async fn a_refund_that_never_reached_the_partner_is_sent_under_the_same_number() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.gateway.go_away(true);
    let order = memory.payments.fail_fulfilment(&order_id).await.unwrap();
    let number = order.refund().unwrap().current().unwrap().refund_id.clone();
    memory.gateway.go_away(false);
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::RefundPending);
    let asked: Vec<_> = memory.gateway.refunds_asked().into_iter().map(|refund| refund.refund_id).collect();
    assert_eq!(asked, [number]);
}

#[tokio::test]
async fn a_failed_refund_is_tried_anew_and_at_last_handed_to_an_operator() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.gateway.refunds_become(RefundState::Failure);
    memory.payments.fail_fulfilment(&order_id).await.unwrap();
    for _ in 0..4 {
        memory.clock.advance(Duration::seconds(10));
        memory.payments.look(&order_id).await.unwrap();
    }
    let order = memory.payments.find(asha(), &order_id).await.unwrap();
    assert_eq!(order.attention, Some(Attention::RefundFailing));
    assert_eq!(memory.payments.list_for_operators(Limit::DEFAULT).await.unwrap(), [order]);
    let numbers: std::collections::BTreeSet<String> =
        memory.gateway.refunds_asked().iter().map(|refund| refund.refund_id.to_string()).collect();
    assert_eq!(numbers.len(), 3, "a new number each time");
    memory.gateway.refunds_become(RefundState::Success);
    let order = memory.payments.resolve(&order_id).await.unwrap();
    assert_eq!((order.status(), order.attention), (Status::Refunded, None));
}

#[tokio::test]
async fn a_refused_refund_waits_for_an_operator() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.gateway.alter(&order_id, |seen| seen.amount = Some(Paise::new(1)));
    let order = memory.payments.fail_fulfilment(&order_id).await.unwrap();
    assert_eq!(order.attention, Some(Attention::RefundRefused));
    let asked = memory.gateway.refunds_asked().len();
    memory.payments.look(&order_id).await.unwrap();
    assert_eq!(memory.gateway.refunds_asked().len(), asked, "not sent again before somebody looked");
    memory.gateway.alter(&order_id, |seen| seen.amount = Some(ALL));
    assert_eq!(memory.payments.resolve(&order_id).await.unwrap().attention, None);
    assert_eq!(memory.gateway.refunds_asked().len(), asked + 1);
}

#[tokio::test]
async fn a_cancellation_refunds_what_was_given_and_nothing_else_does() {
    let memory = MemoryPayments::default();
    let order_id = paid(&memory).await;
    memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    let refund = |amount, cause| memory.payments.refund(&order_id, Paise::new(amount), cause);
    assert!(matches!(refund(1_000, RefundCause::Cancelled).await, Err(RefundError::Underway)));
    memory.payments.finish_fulfilment(&order_id).await.unwrap();
    assert!(matches!(refund(1_000, RefundCause::Operator).await, Err(RefundError::AlreadyUsed)));
    assert!(matches!(refund(25_001, RefundCause::Cancelled).await, Err(RefundError::WrongAmount)));
    let order = refund(1_000, RefundCause::Cancelled).await.unwrap();
    assert_eq!(order.refund().unwrap().amount, Paise::new(1_000));
    refund(1_000, RefundCause::Cancelled).await.unwrap();
    assert_eq!(memory.gateway.refunds_asked().iter().map(|refund| refund.amount.get()).max(), Some(1_000));
}

#[tokio::test]
async fn a_mismatch_waits_for_an_operator() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    memory.gateway.pay(&order_id);
    memory.gateway.alter(&order_id, |seen| seen.amount = Some(Paise::new(24_900)));
    let order = memory.payments.look(&order_id).await.unwrap();
    assert_eq!((order.status(), order.attention), (Status::Pending, Some(Attention::AmountMismatch)));
    memory.gateway.alter(&order_id, |seen| seen.amount = Some(ALL));
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Pending);
    assert_eq!(words(&memory), [""; 0]);
    assert_eq!(memory.payments.resolve(&order_id).await.unwrap().status(), Status::Success);
}

#[tokio::test]
async fn an_order_that_keeps_moving_is_given_up_after_a_few_tries() {
    let memory = MemoryPayments::default();
    let order = memory.payments.open(&wish("k")).await.unwrap().order;
    memory.gateway.pay(&order.order_id);
    let mut orders = MockOrderStore::new();
    orders.expect_find().returning(move |_| Ok(Some(order.clone())));
    orders.expect_record_change().times(4).returning(|_| Ok(Recorded::Stale));
    let ports = Ports {
        orders: Arc::new(orders),
        finder: memory.orders.clone(),
        gateway: memory.gateway.clone(),
        admission: Arc::new(OpenDoors),
        inbox: memory.orders.clone(),
    };
    let payments = Payments::new(ports, memory.env.clone());
    let order_id = order_number(asha(), &wish("k").key);
    let error = payments.look(&order_id).await.unwrap_err();
    assert_eq!(error.entry().code, "SERVICE_UNAVAILABLE");
}

#[tokio::test]
async fn a_store_that_fails_is_told_as_such() {
    let mut orders = MockOrderStore::new();
    orders.expect_find().returning(|_| Err(StoreError::Unavailable("down".into())));
    let memory = MemoryPayments::default();
    let ports = Ports {
        orders: Arc::new(orders),
        finder: memory.orders.clone(),
        gateway: memory.gateway.clone(),
        admission: Arc::new(OpenDoors),
        inbox: memory.orders.clone(),
    };
    let payments = Payments::new(ports, memory.env.clone());
    let order_id = OrderRef::parse("AAR1").unwrap();
    assert_eq!(payments.open(&wish("k")).await.unwrap_err().entry().code, "SERVICE_UNAVAILABLE");
    assert_eq!(payments.look(&order_id).await.unwrap_err().entry().code, "SERVICE_UNAVAILABLE");
    assert_eq!(payments.fail_fulfilment(&order_id).await.unwrap_err().entry().code, "SERVICE_UNAVAILABLE");
    let refund = payments.refund(&order_id, ALL, RefundCause::Operator).await.unwrap_err();
    assert_eq!(refund.entry().code, "SERVICE_UNAVAILABLE");
}

#[test]
fn a_gateway_fault_says_who_must_act() {
    let cause = || "cause".into();
    assert_eq!(GatewayError::Unknown(cause()).entry().code, "TIMEOUT");
    assert_eq!(GatewayError::Unavailable(cause()).entry().code, "PARTNER_UNAVAILABLE");
    let rejected = payments::ports::Refusal::Rejected { code: "x".to_owned() };
    assert_eq!(GatewayError::Refused(rejected).entry().code, "PARTNER_ERROR");
}
