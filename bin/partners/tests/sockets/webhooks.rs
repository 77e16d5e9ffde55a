//! Juspay's webhooks: credentials, timing, duplicates, disorder, disguises, retries, replays.

use partners::Partner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{World, session, world, world_with};

const CREDENTIALS: &str = "Basic YWFyb2t5YVNhbmRib3g6c2FuZGJveC1qdXNwYXktd2ViaG9vay1wYXNzd29yZA==";

async fn paid(world: &World, order_id: &str, body: Value) {
    world.session(order_id, "100").await;
    world.pay(order_id, body).await;
}

#[tokio::test]
async fn a_webhook_carries_the_order_and_the_credentials() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    let webhook = world.already_arrived().pop().expect("it came before the answer");
    assert_eq!((webhook.method.as_str(), webhook.uri.path()), ("POST", "/webhooks/juspay"));
    assert_eq!(webhook.headers["authorization"], CREDENTIALS);
    assert_eq!(webhook.headers["content-type"], "application/json");
    let body = webhook.json();
    assert_eq!(body["event_name"], "ORDER_SUCCEEDED");
    assert_eq!(body["date_created"], "2026-11-20T10:00:00Z");
    assert!(body["id"].as_str().unwrap().strip_prefix("evt_V2_").is_some_and(|hex| hex.len() == 32));
    assert_eq!(body["content"]["order"], world.order("AAR1").await);
}

#[tokio::test]
async fn a_failure_is_told_too() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "failure"})).await;
    let webhook = world.webhook().await;
    assert_eq!(webhook.event(), "ORDER_FAILED");
    let body = webhook.json();
    assert_eq!(body["content"]["order"]["status_id"], 27);
    assert_eq!(body["content"]["order"]["bank_error_message"], "Not sufficient funds");
}

#[tokio::test]
async fn transactions_are_told_when_switched_on() {
    let mut world = world_with(|config| config.juspay.sends_txn_events = true).await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    let events: Vec<_> = world.already_arrived();
    let names: Vec<_> = events.iter().map(crate::harness::Arrived::event).collect();
    assert_eq!(names, ["TXN_CREATED", "TXN_CHARGED", "ORDER_SUCCEEDED"]);
    let txn = &events[1].json()["content"]["txn"];
    assert_eq!((&txn["status_id"], &txn["txn_amount"]), (&json!(21), &json!(100)));
}

#[tokio::test]
async fn twice_means_the_same_id_twice() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "twice"})).await;
    let (first, second) = (world.webhook().await, world.webhook().await);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn none_means_none() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "none"})).await;
    paid(&world, "AAR2", json!({"outcome": "success", "webhook": "before"})).await;
    let arrived = world.already_arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].json()["content"]["order"]["order_id"], "AAR2");
}

#[tokio::test]
async fn an_order_can_have_a_webhook_address_of_its_own() {
    let mut world = world().await;
    let mut body = session("AAR1", "100");
    body["metadata"] = json!({"webhook_url": format!("{}/own", world.receiver)});
    world.juspay_post("/session").json(&body).send().await.unwrap();
    world.pay("AAR1", json!({"outcome": "success"})).await;
    assert_eq!(world.webhook().await.uri.path(), "/own");
}

#[tokio::test]
async fn anything_but_200_is_tried_again_on_the_schedule() {
    let mut world = world().await;
    world.answer_with(&[500, 202, 302]);
    paid(&world, "AAR1", json!({"outcome": "success"})).await;
    let mut bodies = Vec::new();
    for _ in 0..4 {
        bodies.push(world.webhook().await.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(world.already_arrived().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_followed_by_the_right_one() {
    let mut world = world().await;
    world.fault("juspay", json!({"kind": "bad_signature", "times": 1, "match": "webhook"})).await;
    world.answer_with(&[401]);
    paid(&world, "AAR1", json!({"outcome": "success"})).await;
    assert_ne!(world.webhook().await.headers["authorization"], CREDENTIALS);
    assert_eq!(world.webhook().await.headers["authorization"], CREDENTIALS);
}

#[tokio::test]
async fn duplicates_by_script() {
    let mut world = world().await;
    world.fault("juspay", json!({"kind": "duplicate", "match": "ORDER_SUCCEEDED", "times": 1})).await;
    paid(&world, "AAR1", json!({"outcome": "success"})).await;
    assert_eq!(world.webhook().await.body, world.webhook().await.body);
}

#[tokio::test]
async fn a_refund_can_be_told_in_the_wrong_order() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "none"})).await;
    world.fault("juspay", json!({"kind": "reorder", "match": "REFUND_INITIATED", "times": 1})).await;
    let form = [("unique_request_id", "R1"), ("amount", "10")];
    world.juspay_post("/orders/AAR1/refunds").form(&form).send().await.unwrap();
    let settle = "/partners/juspay/orders/AAR1/refunds/R1/settle";
    world.control(Method::POST, settle, json!({"status": "SUCCESS"})).await;
    let events = [world.webhook().await.event(), world.webhook().await.event()];
    assert_eq!(events, ["ORDER_REFUNDED", "REFUND_INITIATED"]);
}

#[tokio::test]
async fn a_held_webhook_leaves_with_the_clock() {
    let mut world = world().await;
    world.fault("juspay", json!({"kind": "reorder", "times": 1})).await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    assert!(world.already_arrived().is_empty());
    paid(&world, "AAR2", json!({"outcome": "success", "webhook": "before"})).await;
    let numbers: Vec<_> = world
        .already_arrived()
        .iter()
        .map(|webhook| webhook.json()["content"]["order"]["order_id"].clone())
        .collect();
    assert_eq!(numbers, ["AAR2", "AAR1"]);

    world.fault("juspay", json!({"kind": "reorder", "times": 1})).await;
    paid(&world, "AAR3", json!({"outcome": "success", "webhook": "before"})).await;
    world.advance_seconds(5);
    assert_eq!(world.webhook().await.json()["content"]["order"]["order_id"], "AAR3");
}

#[tokio::test]
async fn fields_may_be_filtered_and_numbers_strings() {
    let mut world = world().await;
    world.fault("juspay", json!({"kind": "filtered", "times": 1})).await;
    world.fault("juspay", json!({"kind": "strings", "times": 1})).await;
    paid(&world, "AAR1", json!({"outcome": "success"})).await;
    let body = world.webhook().await.json();
    let order = &body["content"]["order"];
    for key in ["customer_id", "customer_email", "customer_phone", "udf1", "maximum_eligible_refund_amount"] {
        assert_eq!(order[key], "FILTERED", "{key}");
    }
    assert_eq!((&order["amount"], &order["status_id"]), (&json!("100"), &json!("21")));
    assert_eq!(order["refunded"], "false");
}

#[tokio::test]
async fn a_webhook_can_be_replayed() {
    let mut world = world().await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    let original = world.webhook().await;
    let id = original.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/partners/juspay/webhooks/{id}/replay");

    world.answer_with(&[200, 500]);
    let (status, body) = world.control(Method::POST, &path, json!({"times": 2})).await;
    assert_eq!((status, &body["answered"]), (200, &json!([200, 500])));
    assert_eq!(world.already_arrived().len(), 2);

    let (status, body) = world.control(Method::POST, &path, json!({"delay_seconds": 3_600})).await;
    assert_eq!((status, &body["due_at"]), (200, &json!("2026-11-20T11:00:00Z")));
    world.advance_seconds(3_599);
    assert!(world.already_arrived().is_empty());
    world.advance_seconds(1);
    assert_eq!(world.webhook().await.body, original.body);

    for (path, body, status) in [
        (path.as_str(), json!({"times": 0}), 400),
        (path.as_str(), json!({"times": 51}), 400),
        (path.as_str(), json!({"delay_seconds": -1}), 400),
        (path.as_str(), json!({"often": 1}), 400),
        ("/partners/juspay/webhooks/evt_V2_0/replay", json!({}), 404),
        ("/partners/twilio/webhooks/evt_V2_0/replay", json!({}), 404),
    ] {
        assert_eq!(world.control(Method::POST, path, body).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn the_address_can_be_told_later() {
    let mut world = world_with(|config| config.juspay.webhook_url = None).await;
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    assert!(world.already_arrived().is_empty());
    world.simulators.send_juspay_webhooks_to(format!("{}/later", world.receiver).parse().unwrap());
    paid(&world, "AAR2", json!({"outcome": "success", "webhook": "before"})).await;
    assert_eq!(world.webhook().await.uri.path(), "/later");
}

#[tokio::test]
async fn every_try_is_in_the_journal() {
    let mut world = world().await;
    world.answer_with(&[503]);
    paid(&world, "AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    world.webhook().await;
    world.webhook().await;
    // The second try is journaled after it was answered; the next exchange comes later still.
    paid(&world, "AAR2", json!({"outcome": "success", "webhook": "before"})).await;
    let tries: Vec<_> = world
        .journal(Partner::Juspay)
        .into_iter()
        .filter(|exchange| exchange.line == "webhook ORDER_SUCCEEDED")
        .map(|exchange| exchange.status)
        .collect();
    assert!(tries.contains(&Some(503)) && tries.contains(&Some(200)), "{tries:?}");
}
