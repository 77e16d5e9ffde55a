//! Paying over the wire: what happens once, however often it is told, and what goes wrong with the partner.

use futures::future::join_all;
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, TestApp};
use time::Duration;

/// Delivers a webhook as Juspay does.
async fn deliver(app: &TestApp, event: &Value) -> tests::Answer {
    let request = app
        .request(Method::POST, "/webhooks/juspay")
        .basic_auth("aarokyaSandbox", Some("sandbox-juspay-webhook-password"));
    app.send(request.json(event)).await
}

fn event(id: &str, order_id: &str, amount: Value) -> Value {
    json!({
        "id": id, "event_name": "ORDER_SUCCEEDED", "date_created": "2026-01-15T12:00:00Z",
        "content": { "order": {
            "order_id": order_id, "status": "CHARGED", "status_id": 21, "amount": amount, "currency": "INR",
        }},
    })
}

async fn order_of(person: &Person<'_>, order_id: &str) -> Value {
    person.get(&format!("/payments/orders/{order_id}")).await.expect(200).json
}

#[tokio::test]
async fn twenty_webhooks_and_twenty_polls_credit_once() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::None)).await.unwrap();
    app.advance(Duration::seconds(3)).await;
    let events: Vec<_> = (0..20).map(|n| event(&format!("evt_{n}"), &order_id, json!(500))).collect();
    let webhooks = join_all(events.iter().map(|event| deliver(&app, event)));
    let path = format!("/payments/orders/{order_id}");
    let polls = join_all((0..20).map(|_| person.get(&path)));
    let (webhooks, polls) = futures::join!(webhooks, polls);
    assert_eq!(polls[0].header("x-ratelimit-limit"), "1800");
    webhooks.into_iter().chain(polls).for_each(|answer| drop(answer.expect(200)));
    app.settle().await;
    assert_eq!(person.balance().await, 50_000);
    assert_eq!(order_of(&person, &order_id).await["fulfilment"], "DONE");
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn a_retry_that_is_answered_from_memory_costs_its_caller_nothing() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let first = person.top_up_session("a-key", 50_000).await.expect(201);
    assert_eq!(first.header("x-ratelimit-remaining"), "59");
    for _ in 0..70 {
        person.top_up_session("a-key", 50_000).await.expect(201);
    }
    let second = person.top_up_session("another-key", 60_000).await.expect(201);
    assert_eq!(second.header("x-ratelimit-remaining"), "58");
}

#[tokio::test]
async fn a_repeated_request_is_answered_and_not_done_again() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let first = person.top_up_session("same-key", 50_000).await.expect(201);
    let again = person.top_up_session("same-key", 50_000).await.expect(201);
    assert_eq!((first.text, again.header("idempotency-replayed")), (again.text.clone(), "true".to_owned()));
    person.top_up_session("same-key", 60_000).await.expect_error(409, "IDEMPOTENCY_KEY_REUSED");
    let parallel = join_all((0..20).map(|_| person.top_up_session("parallel", 70_000))).await;
    let numbers: std::collections::BTreeSet<_> =
        parallel.iter().filter(|answer| answer.status == 201).map(|answer| answer.text("order_id")).collect();
    assert_eq!(numbers.len(), 1);
    let busy = parallel.into_iter().filter(|answer| answer.status != 201);
    busy.for_each(|answer| drop(answer.expect_error(409, "REQUEST_IN_PROGRESS")));
    let orders = person.get("/payments/orders").await.expect(200);
    assert_eq!(orders.json["data"].as_array().unwrap().len(), 2);
    app.advance(Duration::hours(25)).await;
    let next_day = person.top_up_session("same-key", 50_000).await;
    assert_ne!(next_day.status, 201, "the key belongs to its order for ever: {}", next_day.text);
}

#[tokio::test]
async fn webhooks_are_believed_only_as_far_as_they_deserve() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");

    let claim = event("evt_claim", &order_id, json!(500));
    let nobody = app.request(Method::POST, "/webhooks/juspay").json(&claim);
    app.send(nobody).await.expect_error(401, "INVALID_SIGNATURE");
    for (user, password) in
        [("aarokyaSandbox", "wrong"), ("wrong", "sandbox-juspay-webhook-password"), ("", "")]
    {
        let request = app.request(Method::POST, "/webhooks/juspay").basic_auth(user, Some(password));
        app.send(request.json(&claim)).await.expect_error(401, "INVALID_SIGNATURE");
    }
    let broken = app
        .request(Method::POST, "/webhooks/juspay")
        .basic_auth("aarokyaSandbox", Some("sandbox-juspay-webhook-password"))
        .header("content-type", "application/json")
        .body("{");
    app.send(broken).await.expect_error(400, "MALFORMED_JSON");

    // Says CHARGED, but Juspay itself does not: nothing moves.
    deliver(&app, &claim).await.expect(200);
    deliver(&app, &claim).await.expect(200);
    deliver(&app, &event("evt_unknown", "NOSUCHORDER", json!(500))).await.expect(200);
    deliver(&app, &event("evt_strings", &order_id, json!("500.00"))).await.expect(200);
    deliver(&app, &event("evt_masked", &order_id, json!("FILTERED"))).await.expect(200);
    let mut odd = event("evt_odd", &order_id, json!(null));
    odd["content"]["order"]["surprise"] = json!([{ "deep": true }]);
    deliver(&app, &odd).await.expect(200);
    app.settle().await;
    assert_eq!(person.balance().await, 0);
    assert_eq!(order_of(&person, &order_id).await["status"], "CREATED");
}

#[tokio::test]
async fn odd_webhooks_of_the_real_thing_still_lead_to_one_credit() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    for (n, amount) in [131_312, 131_313, 131_314, 131_315].into_iter().enumerate() {
        let before = person.balance().await;
        person.top_up(&format!("k{n}"), amount).await;
        // A refused delivery is made good by the next, or by the schedule.
        app.advance(Duration::minutes(1)).await;
        app.settle().await;
        assert_eq!(person.balance().await, before + amount, "amount {amount}");
    }
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_the_schedule() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 131_311).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::Success), None).await.unwrap();
    app.advance(Duration::minutes(1)).await;
    app.settle().await;
    assert_eq!(person.balance().await, 131_311);
}

#[tokio::test]
async fn what_was_charged_must_be_what_was_ordered() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    // Another amount, another currency, another order's number: an operator must look.
    for amount in [131_306, 131_318, 131_319] {
        let order_id =
            person.top_up_session(&format!("k{amount}"), amount).await.expect(201).text("order_id");
        app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await.unwrap();
        app.settle().await;
        let order = order_of(&person, &order_id).await;
        assert_ne!(order["status"], "SUCCESS", "{amount}: {order}");
        assert_eq!(person.balance().await, 0, "{amount}");
    }
}

#[tokio::test]
async fn a_failed_payment_can_be_tried_again_and_then_expires() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::Failure), Some(WebhookTiming::Before)).await.unwrap();
    app.settle().await;
    assert_eq!(order_of(&person, &order_id).await["status"], "PENDING", "the payer may try again");
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await.unwrap();
    app.settle().await;
    assert_eq!(order_of(&person, &order_id).await["status"], "SUCCESS");

    let abandoned = person.top_up_session("k2", 50_000).await.expect(201).text("order_id");
    app.advance(Duration::minutes(30)).await;
    app.settle().await;
    assert_eq!(order_of(&person, &abandoned).await["status"], "EXPIRED");
    assert_eq!(person.balance().await, 50_000);
}

#[tokio::test]
async fn a_late_success_is_honoured() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::LateSuccess), None).await.unwrap();
    app.advance(Duration::minutes(20)).await;
    app.settle().await;
    app.advance(Duration::hours(2)).await;
    app.settle().await;
    assert_eq!(order_of(&person, &order_id).await["status"], "SUCCESS");
    assert_eq!(person.balance().await, 50_000);
}

#[tokio::test]
async fn a_late_success_that_juspay_refunds_itself_is_not_given_too() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 131_325).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::LateSuccess), None).await.unwrap();
    app.advance(Duration::minutes(20)).await;
    app.settle().await;
    app.advance(Duration::hours(2)).await;
    app.settle().await;
    let order = order_of(&person, &order_id).await;
    assert_eq!(
        (&order["status"], &order["fulfilment"]),
        (&json!("REFUNDED"), &json!("NOT_STARTED")),
        "{order}"
    );
    assert_eq!(order["refund"]["amount"], 131_325);
    assert_eq!(person.balance().await, 0);
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn what_the_wallet_cannot_take_is_paid_back() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    // Each fits by itself; together they break the month's limit of ₹10,000.
    let first = person.top_up_session("k1", 700_000).await.expect(201).text("order_id");
    let second = person.top_up_session("k2", 700_000).await.expect(201).text("order_id");
    for order_id in [&first, &second] {
        app.simulators.pay(order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await.unwrap();
    }
    app.settle().await;
    for _ in 0..6 {
        app.advance(Duration::minutes(1)).await;
        app.settle().await;
    }
    assert_eq!(person.balance().await, 700_000);
    let (first, second) = (order_of(&person, &first).await, order_of(&person, &second).await);
    let refunded = if first["status"] == "SUCCESS" { &second } else { &first };
    assert_eq!(
        (&refunded["status"], &refunded["fulfilment"]),
        (&json!("REFUNDED"), &json!("FAILED")),
        "{refunded}"
    );
    assert_eq!(refunded["refund"]["amount"], 700_000);
    let refused = person.top_up_session("k3", 700_000).await.expect_error(422, "LIMIT_EXCEEDED");
    assert!(refused.json["details"]["limit"].is_string(), "{}", refused.text);
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn wallets_that_are_hard_to_open() {
    let app = TestApp::start().await;
    let stubborn = Person::sign_in(&app, "9000000012").await;
    stubborn.wallet_completed().await;

    let hopeless = Person::sign_in(&app, "9000000011").await;
    for _ in 0..20 {
        app.settle().await;
        app.advance(Duration::minutes(11)).await;
    }
    let wallet = hopeless.get("/wallet").await.expect(200);
    assert_eq!(
        (wallet.text("wallet_status"), wallet.json["transcorp_wallet_id"].clone()),
        ("FAILED".to_owned(), Value::Null)
    );
    hopeless.top_up_session("k", 50_000).await.expect_error(409, "WALLET_NOT_READY");

    let blocked = Person::sign_in(&app, "9000000013").await;
    blocked.wallet_completed().await;
    assert_eq!(blocked.get("/wallet").await.text("wallet_status_transcorp"), "BLOCKED");
    blocked.top_up_session("k", 50_000).await.expect_error(409, "WALLET_NOT_READY");
}
