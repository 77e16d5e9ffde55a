//! Orders, webhooks and news in memory, under the same rules as a real store.

use crate::{
    Change, Event, Fulfilment, Order, Refund, Session, State,
    ports::{OrderFinder, OrderStore, Recorded, Unfulfilled, Webhook, WebhookInbox},
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, News, OrderRef, Page, Paise, StoreError, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Orders in memory.
#[derive(Debug, Default)]
pub struct MemoryOrders {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    orders: BTreeMap<OrderRef, Order>,
    sessions: BTreeMap<OrderRef, Session>,
    effects: BTreeSet<(OrderRef, &'static str)>,
    news: Vec<News<Event>>,
    webhooks: BTreeMap<(&'static str, String), Webhook>,
    looks: Vec<OrderRef>,
    reminded: BTreeMap<OrderRef, OffsetDateTime>,
    asked: BTreeMap<OrderRef, OffsetDateTime>,
}

impl MemoryOrders {
    /// What others were told, oldest first.
    #[must_use]
    pub fn news(&self) -> Vec<News<Event>> {
        self.held().news.clone()
    }

    /// The looks that webhooks queued, oldest first.
    #[must_use]
    pub fn looks(&self) -> Vec<OrderRef> {
        self.held().looks.clone()
    }

    /// The order as it is held.
    #[must_use]
    pub fn held_order(&self, order_id: &OrderRef) -> Option<Order> {
        self.held().orders.get(order_id).cloned()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Since when a paid order waits for what it paid for, or since it was last reminded of.
    fn waits(&self, order: &Order) -> Option<OffsetDateTime> {
        let State::Paid(payment) = &order.state else { return None };
        let since = match payment.fulfilment {
            Fulfilment::NotStarted => payment.paid_at,
            Fulfilment::InProgress { since } => since,
            Fulfilment::Done { .. } | Fulfilment::Failed { .. } => return None,
        };
        Some(self.reminded.get(&order.order_id).copied().unwrap_or(since))
    }
}

/// Refuses what no version of an order may become.
fn check(order: &Order, change: &Change) -> Result<(), StoreError> {
    if change.state.rank() < order.state.rank() {
        return Err(StoreError::Inconsistent("a state was to be taken back".into()));
    }
    let captured = change.charged.unwrap_or(order.amount());
    if order.state.payment().is_some() && change.charged != order.charged {
        return Err(StoreError::Inconsistent("what was charged is known".into()));
    }
    if change.charged.is_some() && matches!(change.state, State::Paid(_)) {
        return Err(StoreError::Inconsistent("a wrong amount was to count as paid".into()));
    }
    let refund = change.state.refund();
    let sum = refund.map_or(Some(Paise::ZERO), committed);
    if sum.is_none_or(|sum| sum > captured) {
        return Err(StoreError::Inconsistent("more was to go back than was captured".into()));
    }
    Ok(())
}

/// The money of tries that may have gone; `None` if it does not even fit a number.
fn committed(refund: &Refund) -> Option<Paise> {
    let counting = refund.attempts.iter().filter(|attempt| attempt.state.counts());
    counting.into_iter().try_fold(Paise::ZERO, |sum, _| sum.checked_add(refund.amount))
}

#[async_trait]
impl OrderStore for MemoryOrders {
    async fn record_order(&self, order: &Order) -> Result<Order, StoreError> {
        let mut held = self.held();
        Ok(held.orders.entry(order.order_id.clone()).or_insert_with(|| order.clone()).clone())
    }

    async fn record_session(&self, order_id: &OrderRef, session: &Session) -> Result<Session, StoreError> {
        let mut held = self.held();
        let stands = held.sessions.entry(order_id.clone()).or_insert_with(|| session.clone()).clone();
        let order = held.orders.get_mut(order_id);
        order.ok_or_else(|| StoreError::Inconsistent("no such order".into()))?.expires_at = stands.expires_at;
        Ok(stands)
    }

    async fn record_change(&self, change: &Change) -> Result<Recorded, StoreError> {
        let mut held = self.held();
        let Some(order) = held.orders.get(&change.order_id) else { return Ok(Recorded::Stale) };
        if order.version != change.version {
            return Ok(Recorded::Stale);
        }
        check(order, change)?;
        let order = change.applied_to(order);
        if let Some(news) = &change.news {
            if !held.effects.insert((change.order_id.clone(), news.event.word())) {
                return Err(StoreError::Inconsistent("an event was to be told twice".into()));
            }
            held.news.push(news.clone());
        }
        held.orders.insert(change.order_id.clone(), order);
        Ok(Recorded::Done)
    }

    async fn record_look(
        &self,
        order_id: &OrderRef,
        version: i64,
        looked_at: Option<OffsetDateTime>,
        next_check_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(order) = held.orders.get_mut(order_id).filter(|order| order.version == version) {
            order.looked_at = order.looked_at.max(looked_at);
            order.next_check_at = next_check_at;
        }
        Ok(())
    }

    async fn record_reminder(
        &self,
        unfulfilled: &Unfulfilled,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        let waits = held.orders.get(&unfulfilled.order_id).and_then(|order| held.waits(order));
        if waits.is_none_or(|waits| waits > since) {
            return Ok(false);
        }
        held.reminded.insert(unfulfilled.order_id.clone(), at);
        held.news.push(unfulfilled.news.clone());
        Ok(true)
    }

    async fn find(&self, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        Ok(self.held().orders.get(order_id).cloned())
    }

    async fn find_session(&self, order_id: &OrderRef) -> Result<Option<Session>, StoreError> {
        Ok(self.held().sessions.get(order_id).cloned())
    }
}

#[async_trait]
impl OrderFinder for MemoryOrders {
    async fn find_own(&self, user_id: UserId, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        Ok(self.held().orders.get(order_id).filter(|order| order.user_id == user_id).cloned())
    }

    async fn list_own(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Order>, StoreError> {
        let held = self.held();
        let own = held.orders.values().filter(|order| order.user_id == user_id);
        let older = own.filter(|order| after.is_none_or(|after| order.row_id.uuid() < after.row()));
        let mut rows: Vec<Order> = older.cloned().collect();
        rows.sort_by_key(|order| std::cmp::Reverse(order.row_id));
        Ok(Page::cut(rows, limit, |order| order.row_id.uuid()))
    }

    async fn due(&self, at: OffsetDateTime, limit: Limit) -> Result<Vec<OrderRef>, StoreError> {
        let held = self.held();
        let due = held.orders.values().filter(|order| order.next_check_at.is_some_and(|next| next <= at));
        let mut due: Vec<&Order> = due.collect();
        due.sort_by_key(|order| order.next_check_at);
        Ok(due.into_iter().take(limit.rows()).map(|order| order.order_id.clone()).collect())
    }

    async fn claim_look(
        &self,
        order_id: &OrderRef,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        let Some(order) = held.orders.get(order_id) else { return Ok(false) };
        if order.looked_at.max(held.asked.get(order_id).copied()) >= Some(since) {
            return Ok(false);
        }
        held.asked.insert(order_id.clone(), at);
        Ok(true)
    }

    async fn put_off(
        &self,
        order_id: &OrderRef,
        at: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut held = self.held();
        let order = held.orders.get_mut(order_id);
        if let Some(order) = order.filter(|order| order.next_check_at.is_some_and(|next| next <= at)) {
            order.next_check_at = Some(until);
        }
        Ok(())
    }

    async fn unfulfilled(&self, since: OffsetDateTime, limit: Limit) -> Result<Vec<Unfulfilled>, StoreError> {
        let held = self.held();
        let mut waiting: Vec<_> = held
            .orders
            .values()
            .filter(|order| !order.is_stopped())
            .filter_map(|order| Some((held.waits(order).filter(|waits| *waits <= since)?, order)))
            .collect();
        waiting.sort_by_key(|(waits, order)| (*waits, order.order_id.clone()));
        let told = |order: &Order| {
            let news = held.news.iter().find(|news| match &news.event {
                Event::OrderPaid { order_id, .. } => *order_id == order.order_id,
                Event::OrderFailed { .. } | Event::OrderExpired { .. } | Event::OrderRefunded { .. } => false,
            })?;
            Some(Unfulfilled { order_id: order.order_id.clone(), news: news.clone() })
        };
        Ok(waiting.into_iter().filter_map(|(_, order)| told(order)).take(limit.rows()).collect())
    }

    async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError> {
        let held = self.held();
        let mut rows: Vec<Order> =
            held.orders.values().filter(|order| order.attention.is_some()).cloned().collect();
        rows.sort_by_key(|order| order.updated_at);
        rows.truncate(limit.rows());
        Ok(rows)
    }
}

#[async_trait]
impl WebhookInbox for MemoryOrders {
    async fn receive(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (webhook.partner, webhook.event_id.clone());
        if held.webhooks.contains_key(&key) {
            return Ok(false);
        }
        held.looks.extend(webhook.order_id.clone());
        held.webhooks.insert(key, webhook.clone());
        Ok(true)
    }
}
