//! The insurance stores on a real server keep the contract that every store must keep, and the database holds what it
//! says it holds.

use insurance::{
    Catalogue, Dependants, PlanType, PolicyState, Relationship, RelativePatch, Sale,
    contract::{self, Stores},
    ports::{Moved, PolicyChange},
    testing::{MemoryInsurer, START, offer, proposed, relative},
};
use kernel::{Env, Gender, MovableClock, OrderRef, SystemEntropy, UserId};
use postgres::{Postgres, testing::TestDatabase};
use sea_orm::ConnectionTrait as _;
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
        policies: Arc::new(postgres.policies()),
        finder: Arc::new(postgres.policies()),
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
async fn policies() {
    let (_database, _postgres, stores) = open().await;
    contract::policies(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_race() {
    let (_database, _postgres, stores) = open().await;
    contract::policies_race(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals() {
    let (_database, _postgres, stores) = open().await;
    contract::refusals(&stores).await;
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
    let patch = RelativePatch { gender: Some(Gender::Female), ..RelativePatch::default() };
    kept[1] = family.change(asha, kept[1].id, &patch).await.unwrap();
    family.remove(asha, kept[0].id).await.unwrap();
    assert_eq!(postgres.forget_dependants(START).await.unwrap(), 0, "not yet");
    let later = START + Duration::SECOND;
    assert_eq!(postgres.forget_dependants(later).await.unwrap(), 2, "one version and one dependant");
    assert_eq!(family.list(asha).await.unwrap(), kept[1..]);
    assert!(family.remove(asha, kept[0].id).await.is_err(), "nobody knows them any more");
}

#[tokio::test]
async fn the_database_keeps_a_family_together() {
    let (database, _postgres, stores) = open().await;
    let (family, asha) =
        (Dependants::new(stores.env.clone(), stores.dependants), UserId::generate(&stores.env));
    family.add(asha, relative("Kiran", Relationship::Child, date!(2016 - 07 - 30))).await.unwrap();
    let owner = database.open_as_owner().await;
    for (statement, refusal) in [
        ("UPDATE insurance_dependants SET version = version + 2", "goes from version 1 to the next"),
        ("UPDATE insurance_dependants SET version = version + 1", "foreign key"),
        ("DELETE FROM insurance_dependants", "is on the list"),
        ("DELETE FROM insurance_dependant_versions", "foreign key"),
        ("UPDATE insurance_dependant_versions SET content = 'x'", "permission denied"),
        ("UPDATE insurance_dependants SET user_id = id", "permission denied"),
    ] {
        let as_application = format!("SET ROLE aarokya_app; {statement}");
        let refused = owner.execute_unprepared(&as_application).await.unwrap_err().to_string();
        assert!(refused.contains(refusal), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn what_is_only_wanted_is_forgotten_in_time_and_what_was_paid_for_is_kept() {
    let (database, postgres, stores) = open().await;
    let insurer = Arc::new(MemoryInsurer::new(stores.env.clone()));
    insurer.publish([offer("NH-KEPT", PlanType::FamilyFloater)]);
    let catalogue = Catalogue::new(stores.env.clone(), stores.plans.clone(), insurer);
    catalogue.sync().await.unwrap();
    let plan = stores.plans.on_sale().await.unwrap().remove(0);
    let propose = async || {
        let policy = proposed(UserId::generate(&stores.env), plan.clone(), &stores.env);
        stores.policies.propose(&policy).await.unwrap()
    };
    let (wanted, bought) = (propose().await, propose().await);
    let sale = Sale { order: OrderRef::parse("KEPT1").unwrap(), paid_at: START };
    let state = PolicyState::Issuing(sale);
    let change = PolicyChange { policy_id: bought.id, version: 1, state, at: START };
    assert_eq!(stores.policies.record(&change).await.unwrap(), Moved::Done);
    assert_eq!(postgres.forget_proposals(wanted.price_until).await.unwrap(), 0, "not yet");
    assert_eq!(postgres.forget_proposals(wanted.price_until + Duration::SECOND).await.unwrap(), 1);
    assert!(stores.policies.find(wanted.user_id, wanted.id).await.unwrap().is_none());
    assert!(stores.policies.find(bought.user_id, bought.id).await.unwrap().is_some());

    propose().await;
    let owner = database.open_as_owner().await;
    for (statement, refusal) in [
        ("DELETE FROM insurance_policies", "was paid for and is kept"),
        ("UPDATE insurance_policies SET premium = 1", "permission denied"),
        ("UPDATE insurance_policies SET state = 'PROPOSED', version = version + 1", "cannot go from"),
        ("UPDATE insurance_policies SET state = 'ACTIVE', version = version + 1", "check constraint"),
        (
            "UPDATE insurance_policies SET state = 'ISSUE_FAILED', failure = 'REFUSED_BY_INSURER'",
            "counts its versions on",
        ),
        (
            "UPDATE insurance_policies SET state = 'ISSUE_FAILED', failure = 'REFUSED_BY_INSURER', \
             paid_at = now(), version = version + 1",
            "what became of policy",
        ),
        ("UPDATE insurance_policies SET content = 'x', version = version + 1", "cannot go from"),
        (
            "INSERT INTO insurance_sales (order_id, decided_at) VALUES ('NOTHING', now());
             UPDATE insurance_policies SET order_id = 'NOTHING', paid_at = now(), state = 'ISSUING', \
             version = version + 1 WHERE state = 'PROPOSED'",
            "foreign key",
        ),
        ("DELETE FROM insurance_sales", "permission denied"),
        ("UPDATE insurance_sales SET policy_id = NULL", "permission denied"),
    ] {
        let as_application = format!("SET ROLE aarokya_app; {statement}");
        let refused = owner.execute_unprepared(&as_application).await.unwrap_err().to_string();
        assert!(refused.contains(refusal), "{statement}: {refused}");
    }
}
