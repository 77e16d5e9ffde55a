//! A look that the partner does not answer says whether another follows by itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say so and stop")]

use kernel::{Fault as _, OrderRef, UserId};
use payments::{
    IdempotencyKey, LookError, OpenRequest, PaymentSeen, Purchase, Status, testing::MemoryPayments,
};
use time::Duration;
use uuid::Uuid;

async fn opened(memory: &MemoryPayments) -> OrderRef {
    let request = OpenRequest {
        user_id: UserId::new(Uuid::from_u128(1)),
        key: IdempotencyKey::parse("k").unwrap(),
        purchase: Purchase::wallet_topup(25_000).unwrap(),
    };
    memory.payments.open(&request).await.unwrap().order.order_id
}

/// Whether an unanswered look at the order says that another follows, and that this is true.
async fn follows(memory: &MemoryPayments, order_id: &OrderRef) -> bool {
    memory.gateway.go_away(true);
    let error = memory.payments.look(order_id).await.unwrap_err();
    memory.gateway.go_away(false);
    assert_eq!(error.entry().code, "PARTNER_UNAVAILABLE");
    let LookError::Gateway(unanswered) = &error else { panic!("{error:?}") };
    let (is_planned, next_look_at) = (error.is_planned(), unanswered.next_look_at);
    assert_eq!(is_planned, next_look_at.is_some());
    let user = UserId::new(Uuid::from_u128(1));
    let order = memory.payments.list(user, None, kernel::Limit::DEFAULT).await.unwrap().rows.pop().unwrap();
    assert_eq!(order.next_check_at, next_look_at);
    is_planned
}

#[tokio::test]
async fn while_the_outcome_is_awaited_a_look_follows() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    assert!(follows(&memory, &order_id).await);
    memory.gateway.pay(&order_id);
    memory.payments.look(&order_id).await.unwrap();
    memory.payments.fail_fulfilment(&order_id).await.unwrap();
    assert!(follows(&memory, &order_id).await, "a refund is awaited");
}

#[tokio::test]
async fn what_is_settled_is_looked_at_only_if_somebody_asks_again() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    memory.gateway.pay(&order_id);
    memory.payments.look(&order_id).await.unwrap();
    assert!(!follows(&memory, &order_id).await, "paid");
    // The hint that was not answered was about this.
    memory.gateway.make(&order_id, PaymentSeen::AutoRefunded);
    assert!(!follows(&memory, &order_id).await);
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Refunded);
    assert!(!follows(&memory, &order_id).await, "refunded");
}

#[tokio::test]
async fn what_ended_unpaid_is_looked_at_for_a_week() {
    let memory = MemoryPayments::default();
    let order_id = opened(&memory).await;
    memory.clock.advance(Duration::minutes(20));
    assert_eq!(memory.payments.look(&order_id).await.unwrap().status(), Status::Expired);
    assert!(follows(&memory, &order_id).await);
    memory.clock.advance(Duration::days(8));
    assert!(!follows(&memory, &order_id).await, "old");
}

#[tokio::test]
async fn other_failures_plan_nothing() {
    let memory = MemoryPayments::default();
    let unknown = OrderRef::parse("NOBODYS").unwrap();
    assert!(!memory.payments.look(&unknown).await.unwrap_err().is_planned());
    assert!(!LookError::Busy.is_planned());
}
