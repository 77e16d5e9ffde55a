//! What people and operators see of orders.

use super::{FindError, LookError, Payments};
use crate::{Order, schedule::age};
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use time::Duration;

/// How long the partner's last answer is good enough for a reader.
const FRESH_FOR_READERS: Duration = Duration::seconds(2);

impl Payments {
    /// This person's order. While its outcome is awaited, the partner is asked first, unless it was asked
    /// within the last two seconds, by however many readers; if it does not tell, the answer is what we know.
    ///
    /// # Errors
    /// When this person has no such order, or the store fails.
    pub async fn find(&self, user_id: UserId, order_id: &OrderRef) -> Result<Order, FindError> {
        let order = self.find_known(user_id, order_id).await?;
        if !order.status().is_open() || self.is_fresh(&order, FRESH_FOR_READERS) {
            return Ok(order);
        }
        let now = self.env.now();
        let since = now.saturating_sub(FRESH_FOR_READERS);
        if !self.ports.finder.claim_look(order_id, since, now).await? {
            return Ok(order);
        }
        match self.look_at(order.clone()).await {
            Ok(order) => Ok(order),
            Err(LookError::Store(error)) => Err(error.into()),
            Err(LookError::NotFound | LookError::Busy | LookError::Gateway(_)) => Ok(order),
        }
    }

    /// This person's order as we know it, without asking the partner.
    ///
    /// # Errors
    /// When this person has no such order, or the store fails.
    pub async fn find_known(&self, user_id: UserId, order_id: &OrderRef) -> Result<Order, FindError> {
        self.ports.finder.find_own(user_id, order_id).await?.ok_or(FindError::NotFound)
    }

    /// This person's orders, newest first, as we know them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Order>, StoreError> {
        self.ports.finder.list_own(user_id, after, limit).await
    }

    /// Orders that an operator has to look at, longest waiting first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError> {
        self.ports.finder.list_for_operators(limit).await
    }

    /// Whether the partner answered for the order within the last `span`.
    pub(super) fn is_fresh(&self, order: &Order, span: Duration) -> bool {
        order.looked_at.is_some_and(|looked_at| age(looked_at, self.env.now()) <= span)
    }
}
