//! Takes one step with an order: load, decide, record, and again if somebody was faster.

use super::{Payments, TRIES};
use crate::{Change, Decision, Order, StepRefusal, ports::Recorded};
use kernel::{OrderRef, StoreError};
use time::OffsetDateTime;

/// Why a step was not taken.
#[derive(Debug)]
pub(super) enum StepError {
    NotFound,
    Refused(StepRefusal),
    Busy,
    Store(StoreError),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Payments {
    /// The order after the step that `decide` decides on; unchanged if it decides that there is none to take.
    pub(super) async fn step(
        &self,
        order_id: &OrderRef,
        decide: impl Fn(&Order, OffsetDateTime) -> Result<Option<Decision>, StepRefusal> + Send + Sync,
    ) -> Result<Order, StepError> {
        for _ in 0..TRIES {
            let order = self.ports.orders.find(order_id).await?.ok_or(StepError::NotFound)?;
            let decided = decide(&order, self.env.now()).map_err(StepError::Refused)?;
            let Some(decision) = decided else { return Ok(order) };
            let change = Change::new(&order, decision, None, &self.env);
            match self.ports.orders.record_change(&change).await? {
                Recorded::Done => return Ok(change.applied_to(&order)),
                Recorded::Stale => {}
            }
        }
        Err(StepError::Busy)
    }
}
