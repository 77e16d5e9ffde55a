//! The insurance stores on a real server keep the contract that every store must keep, and the database holds what it
//! says it holds.

use insurance::{
    contract::{self, Stores},
    testing::START,
};
use kernel::{Env, MovableClock, SystemEntropy};
use postgres::{Postgres, testing::TestDatabase};
use std::sync::Arc;

async fn open() -> (TestDatabase, Postgres, Stores) {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SystemEntropy));
    let postgres = database.open(&env).await;
    let stores = Stores { env, plans: Arc::new(postgres.plans()), quotes: Arc::new(postgres.quotes()) };
    (database, postgres, stores)
}

#[tokio::test]
async fn plans() {
    let (_database, _postgres, stores) = open().await;
    contract::plans(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn races() {
    let (_database, _postgres, stores) = open().await;
    contract::races(&stores).await;
}

#[tokio::test]
async fn late_news() {
    let (_database, _postgres, stores) = open().await;
    contract::late_news(&stores).await;
}

#[tokio::test]
async fn quotes() {
    let (_database, _postgres, stores) = open().await;
    contract::quotes(&stores).await;
}
