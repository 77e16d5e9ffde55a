//! Where plans are kept, every version of them.

use crate::{Plan, PlanId};
use async_trait::async_trait;
use kernel::StoreError;
use time::OffsetDateTime;

/// Keeps plans. A version that was recorded is never changed, so that a quote under it stays what it was.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PlanStore: Send + Sync {
    /// The newest version of every plan that is sold, by sum insured, base premium and code.
    ///
    /// # Errors
    /// When the store fails.
    async fn on_sale(&self) -> Result<Vec<Plan>, StoreError>;

    /// The newest version of every plan there ever was, with whether it is sold.
    ///
    /// # Errors
    /// When the store fails.
    async fn newest(&self) -> Result<Vec<(Plan, bool)>, StoreError>;

    /// The newest version of the plan, if it is sold.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_on_sale(&self, plan_id: PlanId) -> Result<Option<Plan>, StoreError>;

    /// A version of the plan, sold or not.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_version(&self, plan_id: PlanId, version: u32) -> Result<Option<Plan>, StoreError>;

    /// Records new versions, which are sold from then on, and plans that are sold again or no longer: all or nothing.
    ///
    /// # Errors
    /// When the store fails.
    async fn record_change(&self, change: &CatalogueChange) -> Result<Recorded, StoreError>;
}

/// What changes in the catalogue at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueChange {
    /// New versions, of new plans (version 1) or known ones.
    pub versions: Vec<Plan>,
    /// Known plans that are sold again, in the version they had.
    pub resumed: Vec<PlanId>,
    /// Plans that are sold no longer.
    pub withdrawn: Vec<PlanId>,
    /// Since when that is known: no later than the insurer was asked.
    pub at: OffsetDateTime,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded.
    Done,
    /// Somebody else recorded one of these versions, or another plan of the same code, or knew later of one of these
    /// plans; nothing was recorded: ask and decide again.
    Stale,
}
