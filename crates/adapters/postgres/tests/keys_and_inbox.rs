//! Kept answers and the inbox on a real server: what is taken once stays taken, what came twice is done once.

use kernel::{Env, MovableClock, SeededEntropy};
use postgres::{
    Postgres,
    idempotency::{Claim, Request, Seen},
    inbox::Webhook,
    queue::JobKind,
    testing::TestDatabase,
};
use sea_orm::{ConnectionTrait as _, Statement};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

fn env() -> Env {
    Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)))
}

fn request(key: &'static str, content: u8) -> Request<'static> {
    Request { caller: "asha", route: "POST /payments/session", key, fingerprint: [content; 32] }
}

async fn open() -> (TestDatabase, Postgres) {
    let database = TestDatabase::create().await;
    let postgres = database.open(&env()).await;
    (database, postgres)
}

/// Takes a key that must be free.
async fn taken(postgres: &Postgres, request: &Request<'_>, at: OffsetDateTime) -> Claim {
    match postgres.take_key(request, at).await.expect("the key is looked at") {
        Seen::New(claim) => Some(claim),
        Seen::Answered { .. } | Seen::Running | Seen::Reused => None,
    }
    .expect("the key is free")
}

#[tokio::test]
async fn an_answer_is_replayed_for_a_day() {
    let (_database, postgres) = open().await;
    let claim = taken(&postgres, &request("k", 1), START).await;
    assert_eq!(postgres.take_key(&request("k", 1), START).await.unwrap(), Seen::Running);
    postgres.keep_answer(&request("k", 1), claim, 201, b"{}").await.unwrap();
    let answered = Seen::Answered { status: 201, body: b"{}".to_vec() };
    assert_eq!(postgres.take_key(&request("k", 1), START).await.unwrap(), answered);
    assert_eq!(postgres.take_key(&request("k", 2), START).await.unwrap(), Seen::Reused);
    taken(&postgres, &request("other", 2), START).await;
    let next_day = START + Duration::hours(24);
    taken(&postgres, &request("k", 2), next_day).await;
    assert_eq!(postgres.forget_answers(next_day + Duration::days(2)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_key_left_behind_by_a_dead_program_is_free_again() {
    let (_database, postgres) = open().await;
    taken(&postgres, &request("k", 1), START).await;
    let soon = START + Duration::seconds(29);
    assert_eq!(postgres.take_key(&request("k", 1), soon).await.unwrap(), Seen::Running);
    let later = START + Duration::seconds(30);
    assert_eq!(postgres.take_key(&request("k", 2), later).await.unwrap(), Seen::Reused, "other content");
    let claim = taken(&postgres, &request("k", 1), later).await;
    postgres.release_key(&request("k", 1), claim).await.unwrap();
    taken(&postgres, &request("k", 2), later).await;
}

#[tokio::test]
async fn a_try_that_was_thought_dead_touches_nothing_of_its_successor() {
    let (_database, postgres) = open().await;
    let (request, later) = (request("k", 1), START + Duration::seconds(30));
    let slow = taken(&postgres, &request, START).await;
    let second = taken(&postgres, &request, later).await;
    postgres.release_key(&request, slow).await.unwrap();
    assert_eq!(postgres.take_key(&request, later).await.unwrap(), Seen::Running, "it was freed");
    postgres.keep_answer(&request, slow, 500, b"late").await.unwrap();
    assert_eq!(postgres.take_key(&request, later).await.unwrap(), Seen::Running, "it was filled");
    postgres.keep_answer(&request, second, 201, b"{}").await.unwrap();
    let answered = Seen::Answered { status: 201, body: b"{}".to_vec() };
    assert_eq!(postgres.take_key(&request, later).await.unwrap(), answered);
}

#[tokio::test]
async fn fifty_at_once_give_one_winner() {
    let (_database, postgres) = open().await;
    let request = request("k", 1);
    let tries = (0..50).map(|_| postgres.take_key(&request, START));
    let seen = futures::future::join_all(tries).await;
    let won = seen.iter().filter(|seen| matches!(seen, Ok(Seen::New(_)))).count();
    let waiting = seen.iter().filter(|seen| matches!(seen, Ok(Seen::Running))).count();
    assert_eq!((won, waiting), (1, 49));
}

#[tokio::test]
async fn a_webhook_delivered_twice_queues_one_job() {
    let (database, postgres) = open().await;
    let webhook = Webhook {
        partner: "juspay",
        event_id: "evt_V2_1",
        body: b"{}",
        job: Some((JobKind::Look, serde_json::json!({"order_id": "AAR0000001"}))),
        received_at: START,
    };
    assert!(postgres.receive(&webhook).await.unwrap());
    assert!(!postgres.receive(&webhook).await.unwrap());
    let nameless = Webhook { event_id: "evt_V2_2", job: None, ..webhook };
    assert!(postgres.receive(&nameless).await.unwrap());
    assert!(!postgres.receive(&nameless).await.unwrap());
    let owner = database.open_as_owner().await;
    let jobs = "SELECT count(*) AS jobs FROM graphile_worker._private_jobs";
    let row = owner
        .query_one_raw(Statement::from_string(sea_orm::DbBackend::Postgres, jobs))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.try_get::<i64>("", "jobs").unwrap(), 1);
    assert_eq!(postgres.forget_webhooks(START + Duration::SECOND).await.unwrap(), 2);
}
