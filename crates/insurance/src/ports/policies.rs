//! Where policies are kept.

use crate::{PlanId, Policy, PolicyId, PolicyState, QuoteId};
use async_trait::async_trait;
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use time::OffsetDateTime;

/// Keeps policies, and lets each be bought once.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PolicyStore: Send + Sync {
    /// Records a proposed policy and answers the policy that stands for its quote: this one, or the one recorded before.
    ///
    /// # Errors
    /// When the store fails.
    async fn propose(&self, policy: &Policy) -> Result<Policy, StoreError>;

    /// Records whom a proposed policy covers from now on, if it is still proposed and in the version before this; answers
    /// whether it was.
    ///
    /// # Errors
    /// When the store fails.
    async fn amend(&self, policy: &Policy) -> Result<bool, StoreError>;

    /// Records what became of a policy.
    ///
    /// # Errors
    /// When the store fails, or the state [may not follow](PolicyState::may_follow): then [`StoreError::Inconsistent`].
    async fn record(&self, change: &PolicyChange) -> Result<Moved, StoreError>;

    /// This person's policy of that id; somebody else's is not there.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, user_id: UserId, id: PolicyId) -> Result<Option<Policy>, StoreError>;

    /// The policy of this person's quote.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_by_quote(&self, user_id: UserId, quote_id: QuoteId) -> Result<Option<Policy>, StoreError>;

    /// The policy that this order paid for.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_by_order(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError>;

    /// Records that the order's payment buys no policy, ever, unless it has bought one; answers that one. Whichever of
    /// buying and refusing is recorded first stands.
    ///
    /// # Errors
    /// When the store fails.
    async fn refuse(&self, order: &OrderRef, at: OffsetDateTime) -> Result<Option<Policy>, StoreError>;
}

/// Finds policies for people.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PolicyFinder: Send + Sync {
    /// This person's [live](PolicyState::is_live) policy under that plan.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_live(&self, user_id: UserId, plan_id: PlanId) -> Result<Option<PolicyId>, StoreError>;

    /// This person's policies that were paid for, newest first.
    ///
    /// # Errors
    /// When the store fails.
    async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Policy>, StoreError>;
}

/// A change of a policy's state, decided on one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// Which policy.
    pub policy_id: PolicyId,
    /// The version this was decided on: recorded only while the policy is still at it.
    pub version: i64,
    /// Its state from now on.
    pub state: PolicyState,
    /// When this was decided.
    pub at: OffsetDateTime,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It is recorded.
    Done,
    /// The policy has moved on meanwhile, so nothing was recorded: load it and decide again.
    Stale,
    /// Nothing was recorded, since what the order buys is recorded already, or the person has another policy under the
    /// plan that is [live](PolicyState::is_live).
    Taken,
}
