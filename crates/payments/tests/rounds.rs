//! Work that comes round by the clock: what holds up a round, and what does not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use kernel::{Limit, OrderRef, StoreError, UserId};
use payments::{
    IdempotencyKey, Observation, OpenRequest, Payments, Ports, Purchase, UNFULFILLED_AFTER,
    testing::{MemoryPayments, MockOrderStore, MockPaymentGateway, OpenDoors},
};
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

const ASHA: UserId = UserId::new(Uuid::from_u128(1));

async fn opened(memory: &MemoryPayments, key: &str) -> OrderRef {
    let request = OpenRequest {
        user_id: ASHA,
        key: IdempotencyKey::parse(key).unwrap(),
        purchase: Purchase::wallet_topup(25_000).unwrap(),
    };
    memory.payments.open(&request).await.unwrap().order.order_id
}

fn ports(memory: &MemoryPayments) -> Ports {
    Ports {
        orders: memory.orders.clone(),
        finder: memory.orders.clone(),
        gateway: memory.gateway.clone(),
        admission: Arc::new(OpenDoors),
        inbox: memory.orders.clone(),
    }
}

#[tokio::test]
async fn an_order_that_contradicts_our_rules_holds_up_nobody() {
    let memory = MemoryPayments::default();
    let broken = opened(&memory, "broken").await;
    memory.clock.advance(Duration::seconds(1));
    let sound = opened(&memory, "sound").await;
    let sound = memory.payments.find_known(ASHA, &sound).await.unwrap();
    memory.clock.advance(Duration::seconds(5));
    let mut orders = MockOrderStore::new();
    let unreadable = broken.clone();
    orders.expect_find().returning(move |order_id| {
        let is_broken = *order_id == unreadable;
        if is_broken { Err(StoreError::Inconsistent("no word".into())) } else { Ok(Some(sound.clone())) }
    });
    orders.expect_record_look().times(1).returning(|_, _, _, _| Ok(()));
    let payments = Payments::new(Ports { orders: Arc::new(orders), ..ports(&memory) }, memory.env.clone());
    let round = payments.reconcile(Limit::DEFAULT).await.unwrap();
    assert_eq!((round.looked, round.unanswered), (1, 0));
    assert_eq!(round.unreadable.iter().map(|order| &order.order_id).collect::<Vec<_>>(), [&broken]);
    let next = memory.payments.reconcile(Limit::DEFAULT).await.unwrap();
    assert_eq!(next.looked, 1, "it is put off, and the other is due until its look is recorded");
    memory.clock.advance(Duration::HOUR);
    assert_eq!(memory.payments.reconcile(Limit::DEFAULT).await.unwrap().looked, 2, "but not for ever");
}

#[tokio::test]
async fn a_store_that_is_away_ends_the_round() {
    let memory = MemoryPayments::default();
    opened(&memory, "k").await;
    memory.clock.advance(Duration::seconds(5));
    let mut orders = MockOrderStore::new();
    orders.expect_find().times(1).returning(|_| Err(StoreError::Unavailable("down".into())));
    let payments = Payments::new(Ports { orders: Arc::new(orders), ..ports(&memory) }, memory.env.clone());
    assert!(matches!(payments.reconcile(Limit::DEFAULT).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_round_leaves_to_the_next_what_it_has_no_time_for() {
    let memory = MemoryPayments::default();
    for key in ["a", "b", "c", "d", "e"] {
        opened(&memory, key).await;
    }
    memory.clock.advance(Duration::seconds(5));
    let (mut slow, clock) = (MockPaymentGateway::new(), memory.clock.clone());
    slow.expect_status().returning(move |_, _, _| {
        clock.advance(Duration::seconds(15));
        Ok(Observation::NotFound)
    });
    let payments = Payments::new(Ports { gateway: Arc::new(slow), ..ports(&memory) }, memory.env.clone());
    assert_eq!(payments.reconcile(Limit::DEFAULT).await.unwrap().looked, 3);
    assert_eq!(payments.reconcile(Limit::parse(2).unwrap()).await.unwrap().looked, 2);
}

#[tokio::test]
async fn a_round_of_reminders_ends_in_time_too() {
    let memory = MemoryPayments::default();
    for key in ["a", "b", "c"] {
        let order_id = opened(&memory, key).await;
        memory.gateway.pay(&order_id);
        memory.payments.look(&order_id).await.unwrap();
    }
    memory.clock.advance(UNFULFILLED_AFTER);
    let (mut slow, clock) = (MockOrderStore::new(), memory.clock.clone());
    slow.expect_record_reminder().times(2).returning(move |_, _, _| {
        clock.advance(Duration::seconds(20));
        Ok(true)
    });
    let payments = Payments::new(Ports { orders: Arc::new(slow), ..ports(&memory) }, memory.env.clone());
    assert_eq!(payments.remind_unfulfilled(Limit::DEFAULT).await.unwrap(), 2);
}
