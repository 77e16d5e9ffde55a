//! A change to an order: the fact that is recorded, with its news, all or nothing.

use crate::{Attention, Decision, Event, Order, State};
use kernel::{Env, News, OrderRef, Paise};
use time::OffsetDateTime;

/// A change to an order's money, decided on one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which order.
    pub order_id: OrderRef,
    /// The version this was decided on: recorded only while the order is still at it.
    pub version: i64,
    /// Its state from now on, tries to refund included.
    pub state: State,
    /// What the partner charged, where that is not the amount.
    pub charged: Option<Paise>,
    /// Why an operator must look from now on.
    pub attention: Option<Attention>,
    /// When to ask the partner next.
    pub next_check_at: Option<OffsetDateTime>,
    /// When the partner answered, if this follows from its answer.
    pub looked_at: Option<OffsetDateTime>,
    /// When this was decided.
    pub at: OffsetDateTime,
    /// What others are to hear, once it is recorded.
    pub news: Option<News<Event>>,
}

impl Change {
    /// What `decision` changes about `order`; `looked_at` if it follows from the partner's answer.
    pub(crate) fn new(
        order: &Order,
        decision: Decision,
        looked_at: Option<OffsetDateTime>,
        env: &Env,
    ) -> Self {
        let at = env.now();
        Self {
            order_id: order.order_id.clone(),
            version: order.version,
            state: decision.state,
            charged: decision.charged,
            attention: decision.attention,
            next_check_at: decision.next_check_at,
            looked_at,
            at,
            news: decision.event.map(|event| News { id: env.new_uuid(), at, event }),
        }
    }

    /// The order once this is recorded.
    #[must_use]
    pub fn applied_to(&self, order: &Order) -> Order {
        Order {
            state: self.state.clone(),
            charged: self.charged,
            attention: self.attention,
            next_check_at: self.next_check_at,
            looked_at: self.looked_at.or(order.looked_at),
            updated_at: self.at,
            version: self.version.saturating_add(1),
            ..order.clone()
        }
    }
}
