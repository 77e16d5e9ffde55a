//! Fault scripts strike every partner alike.

use std::time::{Duration, Instant};

use partners::Partner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{answer, session, world};

#[tokio::test]
async fn a_dropped_call_has_no_effect_or_all_of_it() {
    let world = world().await;
    let call = |order| world.juspay_post("/session").json(&session(order, "1")).send();
    world.fault("juspay", json!({"kind": "drop_before", "match": "POST /session", "times": 1})).await;
    assert!(call("BEFORE").await.unwrap_err().is_request());
    assert_eq!(world.juspay_get("/orders/BEFORE").send().await.unwrap().status(), 404);
    world.fault("juspay", json!({"kind": "drop_after", "match": "POST /session", "times": 1})).await;
    assert!(call("AFTER").await.unwrap_err().is_request());
    assert_eq!(world.order("AFTER").await["status"], "NEW");
    assert_eq!(call("THEN").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_status_comes_in_the_partners_own_form() {
    let world = world().await;
    for (partner, name, field) in [
        (Partner::Juspay, "juspay", "error_code"),
        (Partner::Twilio, "twilio", "more_info"),
        (Partner::ValueFirst, "valuefirst", "MESSAGEACK"),
    ] {
        world.fault(name, json!({"kind": "status", "status": 502, "times": 2})).await;
        for _ in 0..2 {
            let response = world.client.post(world.url(partner, "/anything")).send().await.unwrap();
            let (status, body) = answer(response).await;
            assert_eq!(status, 502);
            assert!(body.get(field).is_some(), "{body}");
        }
        let response = world.client.post(world.url(partner, "/anything")).send().await.unwrap();
        assert_eq!(response.status(), 404);
    }
}

#[tokio::test]
async fn broken_json_after_the_effect() {
    let world = world().await;
    world.fault("juspay", json!({"kind": "malformed", "times": 1})).await;
    let response = world.juspay_post("/session").json(&session("AAR1", "1")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.json::<Value>().await.is_err());
    assert_eq!(world.order("AAR1").await["status"], "NEW");
}

#[tokio::test]
async fn a_delay_delays() {
    let world = world().await;
    world.fault("juspay", json!({"kind": "delay", "delay_ms": 60, "times": 1})).await;
    let before = Instant::now();
    world.session("AAR1", "1").await;
    assert!(before.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn an_outage_stops_calls_and_webhooks_until_it_is_over() {
    let mut world = world().await;
    world.session("AAR1", "100").await;
    world.fault("juspay", json!({"kind": "outage"})).await;
    let response = world.juspay_get("/orders/AAR1").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (503, &"text/html".parse().unwrap())
    );
    world.pay("AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    assert!(world.already_arrived().is_empty());
    let (status, body) = world.control(Method::DELETE, "/partners/juspay/faults", Value::Null).await;
    assert_eq!((status, body), (200, json!({"removed": 1})));
    assert_eq!(world.order("AAR1").await["status"], "CHARGED");
    let unsent = world.journal(Partner::Juspay).into_iter().find(|exchange| exchange.webhook_id.is_some());
    assert_eq!(unsent.unwrap().status, None);
}

#[tokio::test]
async fn undocumented_keys() {
    let world = world().await;
    world.fault("juspay", json!({"kind": "extra_keys"})).await;
    let body = world.session("AAR1", "1").await;
    assert!(body["x_undocumented"].is_object());
    assert_eq!(body["status"], "NEW");
}

#[tokio::test]
async fn other_partners_are_left_alone() {
    let world = world().await;
    world.fault("twilio", json!({"kind": "outage"})).await;
    world.session("AAR1", "1").await;
    assert_eq!(world.client.get(world.url(Partner::Twilio, "/")).send().await.unwrap().status(), 503);
}
