//! Policies in memory, under the same rules as a real store.

use super::memory::lock;
use crate::{
    PlanId, Policy, PolicyId, PolicyState, QuoteId,
    ports::{Moved, PolicyChange, PolicyFinder, PolicyStore},
};
use async_trait::async_trait;
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};
use time::OffsetDateTime;

/// Policies in memory.
#[derive(Debug, Default)]
pub struct MemoryPolicies {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    policies: BTreeMap<PolicyId, Policy>,
    refused: BTreeSet<OrderRef>,
}

impl MemoryPolicies {
    /// Every policy's id, whoever's it is.
    #[must_use]
    pub fn ids(&self) -> Vec<PolicyId> {
        lock(&self.kept).policies.keys().copied().collect()
    }

    /// The policy that this order paid for, as it is kept.
    #[must_use]
    pub fn held_by(&self, order: &OrderRef) -> Option<Policy> {
        self.one(|policy| is_bought_by(policy, order))
    }

    fn one(&self, is_meant: impl Fn(&Policy) -> bool) -> Option<Policy> {
        lock(&self.kept).policies.values().find(|policy| is_meant(policy)).cloned()
    }
}

fn is_bought_by(policy: &Policy, order: &OrderRef) -> bool {
    policy.state.sale().is_some_and(|sale| sale.order == *order)
}

/// Whether the other policy leaves no room for this change of `policy`.
fn is_taken_by(other: &Policy, policy: &Policy, change: &PolicyChange) -> bool {
    let same_order = change.state.sale().is_some_and(|sale| is_bought_by(other, &sale.order));
    let same_plan = (other.user_id, other.plan.id) == (policy.user_id, policy.plan.id);
    other.id != policy.id && (same_order || same_plan && other.state.is_live() && change.state.is_live())
}

#[async_trait]
impl PolicyStore for MemoryPolicies {
    async fn propose(&self, policy: &Policy) -> Result<Policy, StoreError> {
        let policies = &mut lock(&self.kept).policies;
        if let Some(known) = policies.values().find(|known| known.quote_id == policy.quote_id) {
            return Ok(known.clone());
        }
        policies.insert(policy.id, policy.clone());
        Ok(policy.clone())
    }

    async fn amend(&self, policy: &Policy) -> Result<bool, StoreError> {
        let policies = &mut lock(&self.kept).policies;
        let stands = policies.get_mut(&policy.id).filter(|stands| {
            stands.state == PolicyState::Proposed && stands.version.saturating_add(1) == policy.version
        });
        Ok(stands.map(|stands| *stands = policy.clone()).is_some())
    }

    async fn record(&self, change: &PolicyChange) -> Result<Moved, StoreError> {
        let Kept { policies, refused } = &mut *lock(&self.kept);
        let Some(policy) = policies.get(&change.policy_id) else { return Ok(Moved::Stale) };
        if policy.version != change.version {
            return Ok(Moved::Stale);
        }
        let is_refused = change.state.sale().is_some_and(|sale| refused.contains(&sale.order));
        if is_refused || policies.values().any(|other| is_taken_by(other, policy, change)) {
            return Ok(Moved::Taken);
        }
        if !change.state.may_follow(&policy.state) {
            return Err(StoreError::Inconsistent("a policy was to go where it cannot".into()));
        }
        let policy = change.applied_to(policy);
        policies.insert(policy.id, policy);
        Ok(Moved::Done)
    }

    async fn find(&self, user_id: UserId, id: PolicyId) -> Result<Option<Policy>, StoreError> {
        Ok(self.one(|policy| policy.id == id && policy.user_id == user_id))
    }

    async fn find_by_quote(&self, user_id: UserId, quote_id: QuoteId) -> Result<Option<Policy>, StoreError> {
        Ok(self.one(|policy| policy.quote_id == quote_id && policy.user_id == user_id))
    }

    async fn find_by_order(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError> {
        Ok(self.one(|policy| is_bought_by(policy, order)))
    }

    async fn refuse(&self, order: &OrderRef, _at: OffsetDateTime) -> Result<Option<Policy>, StoreError> {
        let Kept { policies, refused } = &mut *lock(&self.kept);
        let bought = policies.values().find(|policy| is_bought_by(policy, order)).cloned();
        if bought.is_none() {
            refused.insert(order.clone());
        }
        Ok(bought)
    }
}

#[async_trait]
impl PolicyFinder for MemoryPolicies {
    async fn find_live(&self, user_id: UserId, plan_id: PlanId) -> Result<Option<PolicyId>, StoreError> {
        let is_meant = |policy: &Policy| {
            (policy.user_id, policy.plan.id) == (user_id, plan_id) && policy.state.is_live()
        };
        Ok(self.one(is_meant).map(|policy| policy.id))
    }

    async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Policy>, StoreError> {
        let policies = &lock(&self.kept).policies;
        let older = |policy: &&Policy| after.is_none_or(|after| policy.id.uuid() < after.row());
        let own = |policy: &&Policy| policy.user_id == user_id && policy.state.sale().is_some();
        let rows: Vec<Policy> = policies.values().rev().filter(own).filter(older).cloned().collect();
        Ok(Page::cut(rows, limit, |policy| policy.id.uuid()))
    }
}
