//! The in-memory stores keep the contract that every store must keep.

use kernel::{Env, MovableClock, SeededEntropy};
use std::sync::Arc;
use time::macros::datetime;
use wallet::{
    contract::{self, Stores},
    testing::InMemoryBooks,
};

fn stores() -> Stores {
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
    let books = Arc::new(InMemoryBooks::new());
    Stores { clock, env, wallets: books.clone(), ledger: books.clone(), loads: books.clone(), audit: books }
}

#[tokio::test]
async fn provisioning() {
    contract::provisioning(&stores()).await;
}

#[tokio::test]
async fn movements() {
    contract::movements(&stores()).await;
}

#[tokio::test]
async fn limits() {
    contract::limits(&stores()).await;
}

#[tokio::test]
async fn corrections() {
    contract::corrections(&stores()).await;
}

#[tokio::test]
async fn races() {
    contract::races(&stores()).await;
}

#[tokio::test]
async fn reading() {
    contract::reading(&stores()).await;
}

#[tokio::test]
async fn loads() {
    contract::loads(&stores()).await;
}

#[tokio::test]
async fn all_suites_may_share_one_set_of_stores() {
    let stores = stores();
    contract::provisioning(&stores).await;
    contract::movements(&stores).await;
    contract::corrections(&stores).await;
    contract::races(&stores).await;
    contract::loads(&stores).await;
    contract::limits(&stores).await;
    contract::reading(&stores).await;
}
