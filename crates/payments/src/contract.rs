//! What every implementation of the storage ports must do, the races included. Run on the in-memory ports and
//! on every real store.

mod keeping;
mod races;

pub use keeping::{
    a_session_is_kept_once, a_webhook_is_heard_once, an_order_stands_once, due_orders_are_found,
    foreign_orders_are_not_there, lists_are_paged, states_read_back,
    what_waits_for_what_it_paid_for_is_told_again,
};
pub use races::{
    a_paid_order_is_told_once, a_refund_never_exceeds_what_was_captured, a_stale_change_is_refused,
    a_wrong_amount_only_ever_goes_back, an_event_is_never_told_twice,
    giving_and_refunding_exclude_each_other, opening_at_once_opens_one_order,
    readers_at_once_ask_the_partner_once, refunding_at_once_refunds_once,
};

use crate::{
    Event, IdempotencyKey, OpenRequest, Order, Payments, Ports, Purchase,
    ports::{OrderFinder, OrderStore, WebhookInbox},
    testing::{MemoryGateway, OpenDoors, START},
};
use async_trait::async_trait;
use kernel::{Env, MovableClock, News, OrderRef, SeededEntropy, UserId};
use std::sync::Arc;
use uuid::Uuid;

/// A store under test, empty at first, and eyes to see what it queued.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Keeps orders.
    fn orders(&self) -> Arc<dyn OrderStore>;
    /// Finds the same orders.
    fn finder(&self) -> Arc<dyn OrderFinder>;
    /// Keeps webhooks.
    fn inbox(&self) -> Arc<dyn WebhookInbox>;
    /// The news that is queued.
    async fn news(&self) -> Vec<News<Event>>;
    /// The looks that are queued.
    async fn looks(&self) -> Vec<OrderRef>;
}

/// Runs every clause, each on a store of its own made by `fresh`.
pub async fn all<S: Subject>(fresh: impl AsyncFn() -> S) {
    an_order_stands_once(&fresh().await).await;
    a_session_is_kept_once(&fresh().await).await;
    states_read_back(&fresh().await).await;
    foreign_orders_are_not_there(&fresh().await).await;
    lists_are_paged(&fresh().await).await;
    due_orders_are_found(&fresh().await).await;
    what_waits_for_what_it_paid_for_is_told_again(&fresh().await).await;
    a_webhook_is_heard_once(&fresh().await).await;
    a_stale_change_is_refused(&fresh().await).await;
    an_event_is_never_told_twice(&fresh().await).await;
    readers_at_once_ask_the_partner_once(&fresh().await).await;
    opening_at_once_opens_one_order(&fresh().await).await;
    a_paid_order_is_told_once(&fresh().await).await;
    refunding_at_once_refunds_once(&fresh().await).await;
    giving_and_refunding_exclude_each_other(&fresh().await).await;
    a_refund_never_exceeds_what_was_captured(&fresh().await).await;
    a_wrong_amount_only_ever_goes_back(&fresh().await).await;
}

/// A service over the store under test and a partner in memory.
struct Stage {
    payments: Payments,
    gateway: Arc<MemoryGateway>,
    clock: Arc<MovableClock>,
    env: Env,
}

fn stage(subject: &dyn Subject) -> Stage {
    let clock = Arc::new(MovableClock::standing_at(START));
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
    let gateway = Arc::new(MemoryGateway::new(env.clone()));
    let ports = Ports {
        orders: subject.orders(),
        finder: subject.finder(),
        gateway: gateway.clone(),
        admission: Arc::new(OpenDoors),
        inbox: subject.inbox(),
    };
    Stage { payments: Payments::new(ports, env.clone()), gateway, clock, env }
}

fn asha() -> UserId {
    UserId::new(Uuid::from_u128(0xa5a))
}

fn ravi() -> UserId {
    UserId::new(Uuid::from_u128(0x7a71))
}

#[expect(clippy::unwrap_used, reason = "the key and the amount written here are fit")]
fn request(user_id: UserId, key: &str) -> OpenRequest {
    OpenRequest {
        user_id,
        key: IdempotencyKey::parse(key).unwrap(),
        purchase: Purchase::wallet_topup(25_000).unwrap(),
    }
}

fn new_order(user_id: UserId, key: &str, env: &Env) -> Order {
    let request = request(user_id, key);
    Order::open(user_id, &request.key, request.purchase, env)
}

fn words(news: &[News<Event>]) -> Vec<&'static str> {
    news.iter().map(|news| news.event.word()).collect()
}
