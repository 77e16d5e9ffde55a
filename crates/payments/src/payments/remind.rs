//! Paid orders for which nothing was given are told of again, so that no payment is forgotten.

use super::Payments;
use kernel::{Limit, StoreError};
use time::Duration;

/// How long a paid order may wait for what it paid for before its news is told again, and again each time: longer
/// than a process that is at work on it takes.
pub const UNFULFILLED_AFTER: Duration = Duration::minutes(15);

impl Payments {
    /// Queues once more the news of orders that were paid [some time](UNFULFILLED_AFTER) ago and for which nothing
    /// was given, at most `limit` and until the round's time is up: whatever stopped the process that gives may be over. What it gives carries the
    /// order's number, so that nothing is given twice. Answers how many were queued; whoever runs this, and however
    /// many do, each is queued once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remind_unfulfilled(&self, limit: Limit) -> Result<usize, StoreError> {
        let (now, ends_at) = (self.env.now(), self.round_ends());
        let since = now.saturating_sub(UNFULFILLED_AFTER);
        let mut reminded = 0_usize;
        for unfulfilled in self.ports.finder.unfulfilled(since, limit).await? {
            if self.env.now() >= ends_at {
                break;
            }
            if self.ports.orders.record_reminder(&unfulfilled, since, now).await? {
                reminded = reminded.saturating_add(1);
            }
        }
        Ok(reminded)
    }
}
