//! The wallet stores on a real server keep the contract that every store must keep.

use kernel::{Env, MovableClock, SystemEntropy};
use postgres::{Postgres, testing::TestDatabase};
use std::sync::Arc;
use time::macros::datetime;
use wallet::contract::{self, Stores};

async fn open() -> (TestDatabase, Postgres, Stores) {
    let database = TestDatabase::create().await;
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let env = Env::new(clock.clone(), Arc::new(SystemEntropy));
    let postgres = database.open(&env).await;
    let stores = Stores {
        clock,
        env,
        wallets: Arc::new(postgres.wallets()),
        ledger: Arc::new(postgres.ledger()),
        loads: Arc::new(postgres.issuer_loads()),
        audit: Arc::new(postgres.ledger_audit()),
    };
    (database, postgres, stores)
}

#[tokio::test]
async fn provisioning() {
    let (_database, _postgres, stores) = open().await;
    contract::provisioning(&stores).await;
}

#[tokio::test]
async fn movements_and_corrections() {
    let (_database, _postgres, stores) = open().await;
    contract::movements(&stores).await;
    contract::corrections(&stores).await;
}

#[tokio::test]
async fn limits() {
    let (_database, _postgres, stores) = open().await;
    contract::limits(&stores).await;
}

#[tokio::test]
async fn races() {
    let (_database, _postgres, stores) = open().await;
    contract::races(&stores).await;
}

#[tokio::test]
async fn reading() {
    let (_database, _postgres, stores) = open().await;
    contract::reading(&stores).await;
}

#[tokio::test]
async fn loads() {
    let (_database, _postgres, stores) = open().await;
    contract::loads(&stores).await;
}
