//! Asking the partner what became of an order, and taking its word in.

use super::{LookError, Payments, TRIES, Unanswered};
use crate::{
    Attempt, Change, Observation, Order,
    decide::{decide, next_look},
    ports::{GatewayError, Recorded, RefundRequest, Refusal},
    steps,
};
use kernel::{Limit, OrderRef, StoreError};
use time::{Duration, OffsetDateTime};

/// How long an order that cannot be read is left alone by the schedule.
const UNREADABLE_FOR: Duration = Duration::HOUR;

/// What a reconciliation came to.
#[derive(Debug, Default)]
pub struct Reconciliation {
    /// How many orders the partner answered for.
    pub looked: usize,
    /// How many it did not answer for; they are due again later.
    pub unanswered: usize,
    /// Orders that somebody must look at, since what the store holds of them contradicts our rules; they are put off.
    pub unreadable: Vec<Unreadable>,
}

/// An order that could not be looked at as it is.
#[derive(Debug)]
pub struct Unreadable {
    /// Which one.
    pub order_id: OrderRef,
    /// What of it contradicts our rules.
    pub cause: StoreError,
}

impl Payments {
    /// Asks the partner about the order and acts on its answer: what a webhook, a schedule or an operator
    /// makes us do. A refund that the partner does not know of is sent, again under its own number.
    ///
    /// # Errors
    /// When there is no such order, the partner does not tell, or the answer cannot be recorded;
    /// [`LookError::is_planned`] says whether a look follows by itself.
    pub async fn look(&self, order_id: &OrderRef) -> Result<Order, LookError> {
        let order = self.ports.orders.find(order_id).await?.ok_or(LookError::NotFound)?;
        self.look_at(order).await
    }

    /// Looks at orders that are due, at most `limit`. Whoever runs this, and however many do, the outcome is
    /// the same. It stops when the partner is not there, since the others are then due as well, and when its
    /// time is up; an order that contradicts our rules holds up nobody.
    ///
    /// # Errors
    /// When the store is not available.
    pub async fn reconcile(&self, limit: Limit) -> Result<Reconciliation, StoreError> {
        let ends_at = self.round_ends();
        let mut tally = Reconciliation::default();
        for order_id in self.ports.finder.due(self.env.now(), limit).await? {
            if self.env.now() >= ends_at {
                break;
            }
            match self.look(&order_id).await {
                Ok(_) => tally.looked = tally.looked.saturating_add(1),
                Err(LookError::Store(error @ StoreError::Unavailable(_))) => return Err(error),
                Err(LookError::Store(cause @ StoreError::Inconsistent(_))) => {
                    let now = self.env.now();
                    self.ports.finder.put_off(&order_id, now, now.saturating_add(UNREADABLE_FOR)).await?;
                    tally.unreadable.push(Unreadable { order_id, cause });
                }
                Err(LookError::Gateway(unanswered)) => {
                    tally.unanswered = tally.unanswered.saturating_add(1);
                    if let GatewayError::Unavailable(_) = unanswered.cause {
                        break;
                    }
                }
                Err(LookError::NotFound | LookError::Busy) => {
                    tally.unanswered = tally.unanswered.saturating_add(1);
                }
            }
        }
        Ok(tally)
    }

    /// An operator has looked: what stopped the order is gone, a refund given up is tried anew, and the
    /// partner is asked at once.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub async fn resolve(&self, order_id: &OrderRef) -> Result<Order, LookError> {
        for _ in 0..TRIES {
            let order = self.ports.orders.find(order_id).await?.ok_or(LookError::NotFound)?;
            let Some(decision) = steps::settle_attention(&order, self.env.now()) else {
                return self.look_at(order).await;
            };
            let change = Change::new(&order, decision, None, &self.env);
            match self.ports.orders.record_change(&change).await? {
                Recorded::Done => return self.look_at(change.applied_to(&order)).await,
                Recorded::Stale => {}
            }
        }
        Err(LookError::Busy)
    }

    pub(super) async fn look_at(&self, order: Order) -> Result<Order, LookError> {
        let observation =
            match self.ports.gateway.status(&order.order_id, order.user_id, order.method()).await {
                Ok(observation) => observation,
                Err(cause) => {
                    let next_look_at = self.postpone(&order).await?;
                    return Err(Unanswered { cause, next_look_at }.into());
                }
            };
        let order = self.observe(order, &observation).await?;
        match steps::awaits_sending(&order).then(|| unlisted(&order, &observation)).flatten() {
            Some(attempt) => self.send_refund(order, &attempt).await,
            None => Ok(order),
        }
    }

    /// Sends the newest try of the order's refund. What became of it, if the partner does not tell, is asked
    /// at the next look; nothing is sent twice, since the partner knows the number.
    pub(super) async fn send_refund(&self, order: Order, attempt: &Attempt) -> Result<Order, LookError> {
        let Some(refund) = order.refund() else { return Ok(order) };
        let request = RefundRequest {
            order_id: order.order_id.clone(),
            user_id: order.user_id,
            method: order.method(),
            refund_id: attempt.refund_id.clone(),
            amount: refund.amount,
        };
        match self.ports.gateway.refund(&request).await {
            Ok(seen) => self.observe(order, &Observation::Refund(seen)).await,
            Err(GatewayError::Refused(Refusal::Rejected { .. }) | GatewayError::Declined { .. }) => {
                self.observe(order, &Observation::RefundRefused).await
            }
            Err(
                GatewayError::Refused(Refusal::Repeated)
                | GatewayError::Unknown(_)
                | GatewayError::Unavailable(_),
            ) => Ok(order),
        }
    }

    async fn observe(&self, mut order: Order, observation: &Observation) -> Result<Order, LookError> {
        for _ in 0..TRIES {
            let now = self.env.now();
            let decision = decide(&order, observation, now);
            if !decision.changes(&order) {
                let next = decision.next_check_at;
                self.ports.orders.record_look(&order.order_id, order.version, Some(now), next).await?;
                return Ok(Order { looked_at: Some(now), next_check_at: next, ..order });
            }
            let change = Change::new(&order, decision, Some(now), &self.env);
            match self.ports.orders.record_change(&change).await? {
                Recorded::Done => return Ok(change.applied_to(&order)),
                Recorded::Stale => {
                    let found = self.ports.orders.find(&order.order_id).await?;
                    order = found.ok_or(LookError::NotFound)?;
                }
            }
        }
        Err(LookError::Busy)
    }

    /// The partner did not tell: ask again when the schedule says so. Answers when that is, by the order as it
    /// stands now: others may have moved it to where no look follows.
    async fn postpone(&self, order: &Order) -> Result<Option<OffsetDateTime>, StoreError> {
        let next = next_look(order, &order.state, self.env.now());
        self.ports.orders.record_look(&order.order_id, order.version, None, next).await?;
        let stands = self.ports.orders.find(&order.order_id).await?;
        Ok(stands.and_then(|order| order.next_check_at))
    }
}

/// The newest try of the order's refund, if the partner does not list it.
fn unlisted(order: &Order, observation: &Observation) -> Option<Attempt> {
    let attempt = order.refund()?.current()?;
    let listed = match observation {
        Observation::Seen(seen) => {
            seen.refunds.iter().any(|refund| refund.refund_id == attempt.refund_id.as_str())
        }
        Observation::NotFound | Observation::Refund(_) | Observation::RefundRefused => false,
    };
    (!listed).then(|| attempt.clone())
}
