//! The control plane itself: what it refuses, the journal, the inbox, starting and stopping.

use std::sync::Arc;

use kernel::MovableClock;
use partners::{Partner, Simulators, SimulatorsConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{START, session, world};

#[tokio::test]
async fn what_is_wrong_is_refused_clearly() {
    let world = world().await;
    world.session("AAR1", "1").await;
    for (path, body, status) in [
        ("/partners/paytm/faults", json!({"kind": "outage"}), 404),
        ("/partners/juspay/faults", json!({"kind": "explode"}), 400),
        ("/partners/juspay/faults", json!({"kind": "outage", "often": 1}), 400),
        ("/partners/juspay/faults", json!({}), 400),
        ("/partners/juspay/faults", json!({"kind": "status"}), 400),
        ("/partners/juspay/faults", json!({"kind": "status", "status": 200}), 400),
        ("/partners/juspay/faults", json!({"kind": "delay", "delay_ms": 999_999}), 400),
        ("/partners/juspay/orders/NOBODY/pay", json!({"outcome": "success"}), 404),
        ("/partners/juspay/orders/AAR1/pay", json!({"outcome": "maybe"}), 400),
        ("/partners/juspay/orders/AAR1/pay", json!({"outcome": "success", "webhook": "often"}), 400),
        ("/partners/juspay/orders/AAR1/pay", json!({"result": "success"}), 400),
        ("/partners/juspay/orders/AAR1/refunds/R1/settle", json!({"status": "PENDING"}), 400),
        ("/partners/juspay/orders/AAR1/refunds/R1/settle", json!({"status": "SUCCESS"}), 404),
        ("/partners/juspay/orders/NOBODY/refunds/R1/settle", json!({"status": "SUCCESS"}), 404),
        ("/partners/juspay/nothing", json!({}), 404),
    ] {
        let (answered, answer) = world.control(Method::POST, path, body.clone()).await;
        assert_eq!(answered, status, "{path} {body}");
        assert_eq!(answer["status_code"], status, "{path} {body}");
        assert!(answer["error"].is_string() && answer["message"].is_string());
    }
    for path in ["/partners/juspay/journal?since=soon", "/sms?phone=123"] {
        assert_eq!(world.control(Method::GET, path, Value::Null).await.0, 400, "{path}");
    }
}

#[tokio::test]
async fn scripts_are_listed_and_removed() {
    let world = world().await;
    world.fault("juspay", json!({"kind": "status", "status": 500, "times": 2, "match": "/session"})).await;
    let (_, body) = world.control(Method::GET, "/partners/juspay/faults", Value::Null).await;
    assert_eq!(body["data"], json!([{"kind": "status", "status": 500, "times": 2, "match": "/session"}]));
    world.juspay_post("/session").json(&session("A", "1")).send().await.unwrap();
    let (_, body) = world.control(Method::GET, "/partners/juspay/faults", Value::Null).await;
    assert_eq!(body["data"][0]["times"], 1);
    assert_eq!(world.simulators.clear_faults(Partner::Juspay), 1);
}

#[tokio::test]
async fn the_journal_numbers_exchanges_and_holds_no_secret() {
    let world = world().await;
    let request = world.juspay_post("/session").header("x-request-id", "req-1");
    request.json(&session("AAR1", "1")).send().await.unwrap();
    world.pay("AAR1", json!({"outcome": "success", "webhook": "before"})).await;
    let sid = "AC00000000000000000000000000000000";
    let path = format!("/2010-04-01/Accounts/{sid}/Messages.json");
    let form = [("To", "+919876543210"), ("From", "+1500"), ("Body", "402917 is your code")];
    let sms = world.client.post(world.url(Partner::Twilio, &path)).form(&form);
    sms.basic_auth(sid, Some("sandbox-twilio-auth-token")).send().await.unwrap();

    let (_, body) = world.control(Method::GET, "/partners/juspay/journal", Value::Null).await;
    assert_eq!(body["last_sequence"], 3);
    let lines: Vec<_> = body["data"].as_array().unwrap().iter().map(|entry| entry["line"].clone()).collect();
    assert_eq!(lines, ["POST /session", "webhook ORDER_SUCCEEDED"]);
    let first = &body["data"][0];
    assert_eq!((&first["sequence"], &first["status"]), (&json!(1), &json!(200)));
    assert_eq!((&first["request_id"], &first["direction"]), (&json!("req-1"), &json!("call")));
    assert_eq!(first["response"]["sdk_payload"]["payload"]["clientAuthToken"], "[masked]");
    assert_eq!(body["data"][1]["webhook_id"], body["data"][1]["request"]["id"]);
    let (_, later) = world.control(Method::GET, "/partners/juspay/journal?since=1", Value::Null).await;
    assert_eq!(later["data"].as_array().unwrap().len(), 1);

    let (_, twilio) = world.control(Method::GET, "/partners/twilio/journal", Value::Null).await;
    assert_eq!(twilio["data"][0]["sequence"], 3);
    let all = format!("{body}{twilio}");
    for secret in ["sandbox-juspay", "sandbox-twilio", "402917", "tkn_", "Basic"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first() {
    let world = world().await;
    world.session("AAR1", "1").await;
    world.session("AAR2", "12.50").await;
    let (_, body) = world.control(Method::GET, "/partners/juspay/orders", Value::Null).await;
    assert_eq!(body["data"][0]["order_id"], "AAR2");
    assert_eq!(body["data"][0]["amount"], 1_250);
    assert!(body["data"][0]["payment_page"].as_str().unwrap().ends_with("/payment-page"));
}

#[tokio::test]
async fn the_inbox_takes_a_phone_in_any_spelling() {
    let world = world().await;
    let sid = "AC00000000000000000000000000000000";
    let path = format!("/2010-04-01/Accounts/{sid}/Messages.json");
    for body in ["111111 first", "222222 second"] {
        let form = [("To", "+919876543210"), ("From", "+1500"), ("Body", body)];
        let request = world.client.post(world.url(Partner::Twilio, &path)).form(&form);
        request.basic_auth(sid, Some("sandbox-twilio-auth-token")).send().await.unwrap();
        world.advance_seconds(1);
    }
    for phone in ["9876543210", "+919876543210", "%2B91%2098765%2043210", "919876543210"] {
        let (_, body) = world.control(Method::GET, &format!("/sms?phone={phone}"), Value::Null).await;
        let codes: Vec<_> = body["data"].as_array().unwrap().iter().map(|sms| sms["otp"].clone()).collect();
        assert_eq!(codes, ["222222", "111111"], "{phone}");
    }
    let (_, none) = world.control(Method::GET, "/sms?phone=9876543211", Value::Null).await;
    assert_eq!(none["data"], json!([]));
    let (_, all) = world.control(Method::GET, "/sms", Value::Null).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn shutting_down_frees_the_ports_and_a_taken_port_is_told() {
    let clock = Arc::new(MovableClock::standing_at(START));
    let simulators = Simulators::start(SimulatorsConfig::sandbox(clock.clone())).await.unwrap();
    let url = simulators.base_url(Partner::Juspay);
    let mut config = SimulatorsConfig::sandbox(clock);
    config.listen.juspay = url.strip_prefix("http://").unwrap().parse().unwrap();
    let error = Simulators::start(config.clone()).await.unwrap_err();
    assert!(error.to_string().starts_with("juspay cannot listen on 127.0.0.1:"), "{error}");
    simulators.shutdown().await;
    let again = Simulators::start(config).await.unwrap();
    assert_eq!(again.base_url(Partner::Juspay), url);
}
