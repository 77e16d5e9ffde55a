//! The insurance stores on a real server keep the contract that every store must keep, and the database holds what it
//! says it holds.

use insurance::{
    Dependants, Relationship,
    contract::{self, Stores},
    testing::{START, relative},
};
use kernel::{Env, MovableClock, SystemEntropy, UserId};
use postgres::{Postgres, testing::TestDatabase};
use std::sync::Arc;
use time::{Duration, macros::date};

async fn open() -> (TestDatabase, Postgres, Stores) {
    let database = TestDatabase::create().await;
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SystemEntropy));
    let postgres = database.open(&env).await;
    let stores = Stores {
        env,
        plans: Arc::new(postgres.plans()),
        dependants: Arc::new(postgres.dependants()),
        quotes: Arc::new(postgres.quotes()),
    };
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

#[tokio::test]
async fn dependants() {
    let (_database, _postgres, stores) = open().await;
    contract::dependants(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dependants_race() {
    let (_database, _postgres, stores) = open().await;
    contract::dependants_race(&stores).await;
}

#[tokio::test]
async fn who_is_off_the_list_is_forgotten_in_time() {
    let (_database, postgres, stores) = open().await;
    let (family, asha) =
        (Dependants::new(stores.env.clone(), stores.dependants), UserId::generate(&stores.env));
    let mut kept = Vec::new();
    for name in ["Kiran", "Sunita"] {
        let relative = relative(name, Relationship::Child, date!(2016 - 07 - 30));
        kept.push(family.add(asha, relative).await.unwrap().0);
    }
    family.remove(asha, kept[0].id).await.unwrap();
    assert_eq!(postgres.forget_dependants(START).await.unwrap(), 0, "not yet");
    assert_eq!(postgres.forget_dependants(START + Duration::SECOND).await.unwrap(), 1);
    assert_eq!(family.list(asha).await.unwrap(), kept[1..]);
}
