//! The in-memory stores keep the contract that every store must keep.

use insurance::{
    contract::{self, Stores},
    testing::{MemoryDependants, MemoryPlans, MemoryPolicies, MemoryQuotes, START},
};
use kernel::{Env, MovableClock, SeededEntropy};
use std::sync::Arc;

fn stores() -> Stores {
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(7)));
    let policies = Arc::new(MemoryPolicies::default());
    Stores {
        env,
        plans: Arc::new(MemoryPlans::default()),
        dependants: Arc::new(MemoryDependants::default()),
        quotes: Arc::new(MemoryQuotes::default()),
        policies: policies.clone(),
        finder: policies,
    }
}

#[tokio::test]
async fn plans() {
    contract::plans(&stores()).await;
}

#[tokio::test]
async fn races() {
    contract::races(&stores()).await;
}

#[tokio::test]
async fn late_news() {
    contract::late_news(&stores()).await;
}

#[tokio::test]
async fn quotes() {
    contract::quotes(&stores()).await;
}

#[tokio::test]
async fn dependants() {
    contract::dependants(&stores()).await;
}

#[tokio::test]
async fn dependants_race() {
    contract::dependants_race(&stores()).await;
}

#[tokio::test]
async fn policies() {
    contract::policies(&stores()).await;
}

#[tokio::test]
async fn policies_race() {
    contract::policies_race(&stores()).await;
}

#[tokio::test]
async fn refusals() {
    contract::refusals(&stores()).await;
}
