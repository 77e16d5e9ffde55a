//! Where budgets are counted: shared by every instance, and there after a restart.

use crate::{Charge, Tally};
use async_trait::async_trait;
use kernel::StoreError;
use time::OffsetDateTime;

/// Keeps counters. Counting fails closed: who cannot count sends nothing.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// Spends every charge, or none if one of them is not allowed, as [`Charge::spend`] decides. Callers at
    /// the same time never spend more than is allowed.
    async fn spend(&self, charges: &[Charge], at: OffsetDateTime) -> Result<Spending, StoreError>;

    /// Gives back what [`spend`](Self::spend) took, as far as the counters' windows are still open.
    async fn give_back(&self, charges: &[Charge], at: OffsetDateTime) -> Result<(), StoreError>;
}

/// What became of an attempt to spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spending {
    /// All was spent: the counters after it, in the order of the charges.
    Granted(Vec<Tally>),
    /// Nothing was spent.
    Exhausted {
        /// The first charge that was not allowed, by its place in the list.
        index: usize,
        /// Its counter.
        tally: Tally,
    },
}
