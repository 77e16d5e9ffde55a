//! Everything in memory, and the hands to move it.

use super::{MemoryDependants, MemoryInsurer, MemoryPolicies, START};
use crate::{
    Catalogue, Dependants, Plan, PlanId, Policies, PolicyPorts, ProposalPorts, Proposals, Quote, QuoteId,
    QuotePorts, Quotes, RateCard,
    ports::{CatalogueChange, DirectoryError, HolderDirectory, KnownHolder, PlanStore, QuoteStore, Recorded},
};
use async_trait::async_trait;
use kernel::{Env, MovableClock, SeededEntropy, StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plans in memory.
#[derive(Debug, Default)]
pub struct MemoryPlans {
    plans: Mutex<BTreeMap<PlanId, Kept>>,
}

/// A plan as it is kept.
#[derive(Debug, Clone)]
struct Kept {
    /// Every version of it, oldest first.
    versions: Vec<Plan>,
    on_sale: bool,
    changed_at: OffsetDateTime,
}

impl MemoryPlans {
    fn newest_of(plans: &BTreeMap<PlanId, Kept>) -> impl Iterator<Item = (Plan, bool)> {
        plans.values().filter_map(|kept| Some((kept.versions.last()?.clone(), kept.on_sale)))
    }
}

/// Records all of a change, or answers `None`.
fn apply(plans: &mut BTreeMap<PlanId, Kept>, change: &CatalogueChange) -> Option<()> {
    let at = change.at;
    for plan in &change.versions {
        if plan.version == 1 {
            let taken = plans.values().any(|kept| kept.versions.iter().any(|other| other.code == plan.code));
            let first = Kept { versions: vec![plan.clone()], on_sale: true, changed_at: at };
            (!taken && plans.insert(plan.id, first).is_none()).then_some(())?;
            continue;
        }
        let kept = plans.get_mut(&plan.id).filter(|kept| kept.changed_at <= at)?;
        let next = kept.versions.last()?.version.saturating_add(1);
        (plan.version == next).then(|| kept.versions.push(plan.clone()))?;
        (kept.on_sale, kept.changed_at) = (true, at);
    }
    let resumed = change.resumed.iter().map(|id| (id, true));
    for (id, on_sale) in resumed.chain(change.withdrawn.iter().map(|id| (id, false))) {
        let kept = plans.get_mut(id).filter(|kept| kept.on_sale != on_sale && kept.changed_at <= at)?;
        (kept.on_sale, kept.changed_at) = (on_sale, at);
    }
    Some(())
}

#[async_trait]
impl PlanStore for MemoryPlans {
    async fn on_sale(&self) -> Result<Vec<Plan>, StoreError> {
        let plans = lock(&self.plans);
        let mut plans: Vec<Plan> =
            Self::newest_of(&plans).filter_map(|(plan, on_sale)| on_sale.then_some(plan)).collect();
        plans.sort_by(|one, other| {
            let key = |plan: &Plan| (plan.terms.sum_insured, plan.terms.base_premium, plan.code.clone());
            key(one).cmp(&key(other))
        });
        Ok(plans)
    }

    async fn newest(&self) -> Result<Vec<(Plan, bool)>, StoreError> {
        Ok(Self::newest_of(&lock(&self.plans)).collect())
    }

    async fn find_on_sale(&self, plan_id: PlanId) -> Result<Option<Plan>, StoreError> {
        let plans = lock(&self.plans);
        let kept = plans.get(&plan_id).filter(|kept| kept.on_sale);
        Ok(kept.and_then(|kept| kept.versions.last().cloned()))
    }

    async fn find_version(&self, plan_id: PlanId, version: u32) -> Result<Option<Plan>, StoreError> {
        let plans = lock(&self.plans);
        let versions = plans.get(&plan_id).map(|kept| kept.versions.as_slice()).unwrap_or_default();
        Ok(versions.iter().find(|plan| plan.version == version).cloned())
    }

    async fn record_change(&self, change: &CatalogueChange) -> Result<Recorded, StoreError> {
        let mut kept = lock(&self.plans);
        let mut plans = kept.clone();
        if apply(&mut plans, change).is_none() {
            return Ok(Recorded::Stale);
        }
        *kept = plans;
        Ok(Recorded::Done)
    }
}

/// Quotes in memory.
#[derive(Debug, Default)]
pub struct MemoryQuotes {
    quotes: Mutex<Vec<Quote>>,
}

#[async_trait]
impl QuoteStore for MemoryQuotes {
    async fn record(&self, quote: &Quote) -> Result<(), StoreError> {
        lock(&self.quotes).push(quote.clone());
        Ok(())
    }

    async fn find(&self, user_id: UserId, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        let quotes = lock(&self.quotes);
        Ok(quotes.iter().find(|quote| quote.id == id && quote.user_id == user_id).cloned())
    }
}

/// People of whom nothing is known until it is told.
#[derive(Debug, Default)]
pub struct MemoryPeople {
    known: Mutex<BTreeMap<UserId, KnownHolder>>,
}

impl MemoryPeople {
    /// Tells what is known of somebody from now on.
    pub fn tell(&self, user_id: UserId, known: KnownHolder) {
        lock(&self.known).insert(user_id, known);
    }
}

#[async_trait]
impl HolderDirectory for MemoryPeople {
    async fn holder(&self, user_id: UserId) -> Result<KnownHolder, DirectoryError> {
        Ok(lock(&self.known).get(&user_id).cloned().unwrap_or_default())
    }
}

/// The services with everything in memory.
#[derive(Debug, Clone)]
pub struct MemoryCover {
    /// Plans on sale.
    pub catalogue: Catalogue,
    /// The families people told us about.
    pub dependants: Dependants,
    /// Prices.
    pub quotes: Quotes,
    /// Wishes for cover.
    pub proposals: Proposals,
    /// What wishes ask of the world.
    pub proposal_ports: ProposalPorts,
    /// What became of them.
    pub policies: Policies,
    /// The insurer.
    pub insurer: Arc<MemoryInsurer>,
    /// What is known of people.
    pub people: Arc<MemoryPeople>,
    /// The clock.
    pub clock: Arc<MovableClock>,
    /// Clock and randomness.
    pub env: Env,
}

impl Default for MemoryCover {
    fn default() -> Self {
        let clock = Arc::new(MovableClock::standing_at(START));
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        Self::new(clock, env)
    }
}

impl MemoryCover {
    /// The services by a clock that others go by as well; `env` tells its time.
    #[must_use]
    pub fn new(clock: Arc<MovableClock>, env: Env) -> Self {
        let (plans, insurer) = (Arc::new(MemoryPlans::default()), Arc::new(MemoryInsurer::new(env.clone())));
        let people = Arc::new(MemoryPeople::default());
        let (dependants, quotes) = (Arc::new(MemoryDependants::default()), Arc::new(MemoryQuotes::default()));
        let policies = Arc::new(MemoryPolicies::default());
        let ports = QuotePorts {
            plans: plans.clone(),
            quotes: quotes.clone(),
            dependants: dependants.clone(),
            holders: people.clone(),
        };
        let policy_ports =
            PolicyPorts { policies: policies.clone(), finder: policies.clone(), issuer: insurer.clone() };
        let proposal_ports = ProposalPorts {
            policies,
            quotes,
            plans: plans.clone(),
            dependants: dependants.clone(),
            holders: people.clone(),
        };
        Self {
            catalogue: Catalogue::new(env.clone(), plans, insurer.clone()),
            dependants: Dependants::new(env.clone(), dependants),
            quotes: Quotes::new(env.clone(), RateCard::CURRENT, ports),
            proposals: Proposals::new(env.clone(), proposal_ports.clone()),
            proposal_ports,
            policies: Policies::new(env.clone(), policy_ports),
            insurer,
            people,
            clock,
            env,
        }
    }
}
