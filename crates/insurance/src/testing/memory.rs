//! Everything in memory, and the hands to move it.

use super::START;
use crate::{
    Catalogue, Plan, PlanId, Quote, QuoteId, QuotePorts, Quotes, RateCard,
    ports::{
        CatalogueChange, DirectoryError, HolderDirectory, KnownHolder, Offer, PlanSource, PlanStore,
        QuoteStore, Recorded, SourceError,
    },
};
use async_trait::async_trait;
use kernel::{Env, MovableClock, SeededEntropy, StoreError, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plans in memory.
#[derive(Debug, Default)]
pub struct MemoryPlans {
    /// Every version of each plan, oldest first, and whether it is sold.
    plans: Mutex<BTreeMap<PlanId, (Vec<Plan>, bool)>>,
}

impl MemoryPlans {
    fn newest_of(plans: &BTreeMap<PlanId, (Vec<Plan>, bool)>) -> impl Iterator<Item = (Plan, bool)> {
        plans.values().filter_map(|(versions, on_sale)| Some((versions.last()?.clone(), *on_sale)))
    }
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
        let found = plans.get(&plan_id).filter(|(_, on_sale)| *on_sale);
        Ok(found.and_then(|(versions, _)| versions.last().cloned()))
    }

    async fn find_version(&self, plan_id: PlanId, version: u32) -> Result<Option<Plan>, StoreError> {
        let plans = lock(&self.plans);
        let versions = plans.get(&plan_id).map(|(versions, _)| versions.as_slice()).unwrap_or_default();
        Ok(versions.iter().find(|plan| plan.version == version).cloned())
    }

    async fn record_change(&self, change: &CatalogueChange) -> Result<Recorded, StoreError> {
        let mut kept = lock(&self.plans);
        let mut plans = kept.clone();
        for plan in &change.versions {
            let taken = plans.values().any(|(versions, _)| {
                versions.first().is_some_and(|other| other.code == plan.code && other.id != plan.id)
            });
            let (versions, on_sale) = plans.entry(plan.id).or_default();
            let last = versions.last().map_or(0, |last| last.version);
            if taken || plan.version != last.saturating_add(1) {
                return Ok(Recorded::Stale);
            }
            versions.push(plan.clone());
            *on_sale = true;
        }
        let resumed = change.resumed.iter().map(|id| (id, true));
        for (id, sell) in resumed.chain(change.withdrawn.iter().map(|id| (id, false))) {
            match plans.get_mut(id).filter(|(_, on_sale)| *on_sale != sell) {
                Some((_, on_sale)) => *on_sale = sell,
                None => return Ok(Recorded::Stale),
            }
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

/// An insurer that publishes what it is told to.
#[derive(Debug, Default)]
pub struct MemoryInsurer {
    offers: Mutex<Vec<Offer>>,
}

impl MemoryInsurer {
    /// Publishes these plans and no others.
    pub fn publish(&self, offers: impl IntoIterator<Item = Offer>) {
        *lock(&self.offers) = offers.into_iter().collect();
    }
}

#[async_trait]
impl PlanSource for MemoryInsurer {
    async fn offers(&self) -> Result<Vec<Offer>, SourceError> {
        Ok(lock(&self.offers).clone())
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
    /// Prices.
    pub quotes: Quotes,
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
        let (plans, insurer) = (Arc::new(MemoryPlans::default()), Arc::new(MemoryInsurer::default()));
        let people = Arc::new(MemoryPeople::default());
        let ports = QuotePorts {
            plans: plans.clone(),
            quotes: Arc::new(MemoryQuotes::default()),
            holders: people.clone(),
        };
        Self {
            catalogue: Catalogue::new(env.clone(), plans, insurer.clone()),
            quotes: Quotes::new(env.clone(), RateCard::CURRENT, ports),
            insurer,
            people,
            clock,
            env,
        }
    }
}
