//! Scheduled work: what one part of it cannot do keeps nothing else from being done.

use postgres::queue::{JobKind, NewJob};
use serde_json::json;
use tests::TestApp;
use time::Duration;

async fn run(app: &TestApp, name: &str) {
    let payload = json!({ "name": name });
    let job = NewJob { kind: JobKind::Chore, payload, key: None, delay: Duration::ZERO };
    app.app.postgres.add_job(&job).await.expect("queued");
    app.settle().await;
}

async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    app.query(sql).await.iter().map(|row| row.try_get("", "text").expect("a text")).collect()
}

const LAST_ERROR: &str =
    "SELECT last_error AS text FROM graphile_worker._private_jobs WHERE last_error IS NOT NULL";
const DONE: &str = "SELECT name AS text FROM chores_done ORDER BY name";

#[tokio::test]
async fn what_cannot_be_forgotten_keeps_nothing_else() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    person.top_up_session("k", 50_000).await.expect(201);
    app.settle().await;
    app.advance(Duration::days(2)).await;
    app.query("REVOKE DELETE ON idempotency_keys FROM aarokya_app").await;
    run(&app, "forget_expired").await;
    assert_eq!(texts(&app, "SELECT row_id::text AS text FROM order_sessions").await, [""; 0]);
    assert_eq!(texts(&app, DONE).await, [""; 0], "not all of it was done");
    assert!(texts(&app, LAST_ERROR).await[0].contains("INTERNAL_ERROR"), "an operator sees it");
    app.query("GRANT DELETE ON idempotency_keys TO aarokya_app").await;
    app.advance(Duration::hours(1)).await;
    app.settle().await;
    assert_eq!(texts(&app, LAST_ERROR).await, [""; 0]);
    assert_eq!(texts(&app, DONE).await, ["forget_expired"]);
}

#[tokio::test]
async fn every_chore_that_was_done_is_noted() {
    let app = TestApp::start().await;
    let names =
        ["ask_after_loads", "check_ledger", "checkpoint_audit", "reconcile_orders", "remind_unfulfilled"];
    for name in names {
        run(&app, name).await;
    }
    run(&app, "no_such_chore").await;
    assert_eq!(texts(&app, DONE).await, names);
}
