//! Where orders are kept. Each method is one transaction, and the news of a fact is part of it.

use crate::{Change, Event, Order, Session};
use async_trait::async_trait;
use kernel::{Cursor, Limit, News, OrderRef, Page, StoreError, UserId};
use time::OffsetDateTime;

/// What became of a fact that was decided on one version of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded, its news with it.
    Done,
    /// The order has moved on meanwhile, so nothing was recorded: load it and decide again.
    Stale,
}

/// A paid order for which nothing was given yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfulfilled {
    /// Which one.
    pub order_id: OrderRef,
    /// The news that it was paid, as it was told.
    pub news: News<Event>,
}

/// Keeps orders, and lets money move by one door only.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Records a new order and answers the order that stands under its number: this one, or the one recorded
    /// before, whose content may be another.
    ///
    /// # Errors
    /// When the store fails.
    async fn record_order(&self, order: &Order) -> Result<Order, StoreError>;

    /// Records the session in which the order can be paid, and with it until when; answers the session that
    /// stands: this one, or the one recorded before.
    ///
    /// # Errors
    /// When the store fails or has no such order.
    async fn record_session(&self, order_id: &OrderRef, session: &Session) -> Result<Session, StoreError>;

    /// Records a change of the order's money with its tries to refund and its news. Refuses, whatever the
    /// versions say, to send back more than was captured, to take a state back, and to tell one event twice.
    ///
    /// # Errors
    /// When the store fails, or the change breaks one of those rules: then [`StoreError::Inconsistent`].
    async fn record_change(&self, change: &Change) -> Result<Recorded, StoreError>;

    /// Records that the order was looked at in `version` at `at` and nothing had changed, and when to look
    /// next. If the order has moved on, nothing is recorded and nothing is lost.
    ///
    /// # Errors
    /// When the store fails.
    async fn record_look(
        &self,
        order_id: &OrderRef,
        version: i64,
        looked_at: Option<OffsetDateTime>,
        next_check_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError>;

    /// Queues the news that an order was paid once more, just as it was told, if the order still waits for what it
    /// paid for and was last reminded of, or paid, or begun, no later than `since`; answers whether it was queued.
    ///
    /// # Errors
    /// When the store fails.
    async fn record_reminder(
        &self,
        unfulfilled: &Unfulfilled,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// The order of that number, whoever's it is.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, order_id: &OrderRef) -> Result<Option<Order>, StoreError>;

    /// The session recorded for the order.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_session(&self, order_id: &OrderRef) -> Result<Option<Session>, StoreError>;
}

/// Finds orders, for people and for the work that is due, and says whose turn it is to do it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait OrderFinder: Send + Sync {
    /// The order of that number if it is this person's; somebody else's is not there.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_own(&self, user_id: UserId, order_id: &OrderRef) -> Result<Option<Order>, StoreError>;

    /// This person's orders, newest first.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_own(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Order>, StoreError>;

    /// Orders whose next look is due at `at`, most overdue first, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    async fn due(&self, at: OffsetDateTime, limit: Limit) -> Result<Vec<OrderRef>, StoreError>;

    /// Takes the turn to ask the partner about the order at `at`, for a reader: nobody else's turn is after `since`, and
    /// the partner has not answered for it since. Answers whether the turn is theirs; of many who ask at once, one's is.
    /// It is used up whatever the partner does.
    ///
    /// # Errors
    /// When the store fails.
    async fn claim_look(
        &self,
        order_id: &OrderRef,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Puts the order off until `until` if its look is still due at `at`, whatever its row holds: for one that cannot
    /// be looked at as it is.
    ///
    /// # Errors
    /// When the store fails.
    async fn put_off(
        &self,
        order_id: &OrderRef,
        at: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Paid orders for which nothing was given although they were last reminded of, or paid, or begun, no later
    /// than `since`; longest waiting first, at most `limit`. Those that an operator has to look at
    /// [before anything may be given](Order::is_stopped) are left out, and told to the log is one that contradicts our
    /// rules: it holds up nobody else.
    ///
    /// # Errors
    /// When the store fails.
    async fn unfulfilled(&self, since: OffsetDateTime, limit: Limit) -> Result<Vec<Unfulfilled>, StoreError>;

    /// Orders an operator has to look at, longest waiting first, at most `limit`; one that contradicts our rules is
    /// left out and told to the log.
    ///
    /// # Errors
    /// When the store fails.
    async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError>;
}
