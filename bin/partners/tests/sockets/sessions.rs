//! `POST /session` and who may call Juspay at all.

use partners::{Partner, RepeatedSession};
use serde_json::{Value, json};

use crate::harness::{answer, session, world, world_with};

#[tokio::test]
async fn a_session_has_everything_the_sdk_needs() {
    let world = world().await;
    let body = world.session("AAR0000001", "10").await;
    assert_eq!((&body["status"], &body["order_id"]), (&json!("NEW"), &json!("AAR0000001")));
    let id = body["id"].as_str().unwrap();
    assert!(id.strip_prefix("ordeh_").is_some_and(|hex| hex.len() == 32), "{id}");
    let page = format!("{}/orders/{id}/payment-page", world.simulators.base_url(Partner::Juspay));
    assert_eq!(body["payment_links"], json!({"web": page, "expiry": "2026-11-20T10:15:00Z"}));
    let sdk = &body["sdk_payload"];
    assert_eq!(sdk["service"], "in.juspay.hyperpay");
    assert_eq!(sdk["expiry"], "2026-11-20T10:15:00Z");
    assert_eq!(sdk["requestId"].as_str().unwrap().len(), 32);
    let payload = &sdk["payload"];
    assert!(payload["clientAuthToken"].as_str().unwrap().starts_with("tkn_"));
    for (key, value) in [
        ("amount", "10.0"),
        ("clientId", "aarokya"),
        ("merchantId", "aarokya"),
        ("orderId", "AAR0000001"),
        ("customerPhone", "9876543210"),
        ("firstName", "Asha"),
        ("service", "in.juspay.ec"),
        ("environment", "sandbox"),
        ("clientAuthTokenExpiry", "2026-11-20T10:15:00Z"),
        ("options.getUpiDeepLinks", "true"),
    ] {
        assert_eq!(payload[key], value, "{key}");
    }
    assert_eq!(payload.get("description"), None);
}

#[tokio::test]
async fn every_answer_has_a_response_id() {
    let world = world().await;
    let request = world.juspay_get("/orders/UNKNOWN1");
    let first = request.try_clone().unwrap().send().await.unwrap();
    let second = request.send().await.unwrap();
    assert_ne!(first.headers()["x-response-id"], second.headers()["x-response-id"]);
}

#[tokio::test]
async fn the_key_and_the_merchant_are_checked() {
    let world = world().await;
    let url = world.url(Partner::Juspay, "/session");
    let body = session("AAR1", "1");
    let call = || world.client.post(&url).json(&body);
    for request in [
        call().header("x-merchantid", "aarokya"),
        call().header("x-merchantid", "aarokya").basic_auth("wrong", Some("")),
        call().header("x-merchantid", "aarokya").basic_auth("sandbox-juspay-api-key", Some("password")),
        call().header("x-merchantid", "other").basic_auth("sandbox-juspay-api-key", Some("")),
    ] {
        let (status, body) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, 401);
        assert_eq!((&body["status"], &body["error_code"]), (&json!("error"), &json!("access_denied")));
        assert_eq!(body["error_info"]["code"], "UNAUTHORIZED");
        assert_eq!(
            body["error_info"]["developer_message"],
            "Invalid API Key. Please pass a valid and active api key."
        );
    }
    let request = call().basic_auth("sandbox-juspay-api-key", Some(""));
    let (status, body) = answer(request.send().await.unwrap()).await;
    assert_eq!((status, &body["error_info"]["code"]), (400, &json!("MISSING_MANDATORY_PARAMETER")));
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = world().await;
    let with = |key: &str, value: Value| {
        let mut body = session("AAR1", "1");
        body[key] = value;
        body
    };
    for (body, code, field) in [
        (with("order_id", json!("AAR-1")), "INVALID_INPUT", "order_id"),
        (with("order_id", json!("A".repeat(21))), "INVALID_INPUT", "order_id"),
        (with("order_id", json!("")), "MISSING_MANDATORY_PARAMETER", "order_id"),
        (with("customer_id", Value::Null), "MISSING_MANDATORY_PARAMETER", "customer_id"),
        (with("amount", json!("100.1532")), "INVALID_INPUT", "amount"),
        (with("amount", json!(100.1532)), "INVALID_INPUT", "amount"),
        (with("amount", json!("0")), "INVALID_INPUT", "amount"),
        (with("amount", json!("-5")), "INVALID_INPUT", "amount"),
        (with("action", json!("pay")), "INVALID_INPUT", "action"),
        (with("currency", json!("USD")), "INVALID_INPUT", "currency"),
        (with("return_url", json!("nowhere")), "INVALID_INPUT", "return_url"),
    ] {
        let (status, answer) = answer(world.juspay_post("/session").json(&body).send().await.unwrap()).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(answer["error_code"], "invalid_request_error");
        assert_eq!(answer["error_info"]["code"], code, "{body}");
        assert_eq!(answer["error_info"]["fields"][0]["field_name"], field);
    }
    let (status, _) = answer(world.juspay_post("/session").body("{").send().await.unwrap()).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn amounts_may_be_numbers_and_emails_empty() {
    let world = world().await;
    let mut body = session("AAR1", "1");
    body["amount"] = json!(1551.5);
    body["customer_email"] = json!("");
    let (status, answer) = answer(world.juspay_post("/session").json(&body).send().await.unwrap()).await;
    assert_eq!((status, &answer["sdk_payload"]["payload"]["amount"]), (200, &json!("1551.5")));
}

#[tokio::test]
async fn an_unpaid_order_gets_a_new_payload_and_a_paid_one_a_refusal() {
    let world = world().await;
    let first = world.session("AAR1", "100").await;
    world.advance_seconds(600);
    let again = world.session("AAR1", "100").await;
    assert_eq!(first["id"], again["id"]);
    let token = |body: &Value| body["sdk_payload"]["payload"]["clientAuthToken"].clone();
    assert_ne!(token(&first), token(&again));
    assert_eq!(again["sdk_payload"]["expiry"], "2026-11-20T10:25:00Z");

    let call = |amount| world.juspay_post("/session").json(&session("AAR1", amount)).send();
    let (status, body) = answer(call("101").await.unwrap()).await;
    assert_eq!((status, &body["error_info"]["code"]), (400, &json!("ALREADY_EXISTS")));

    world.pay("AAR1", json!({"outcome": "success", "webhook": "none"})).await;
    let (status, body) = answer(call("100").await.unwrap()).await;
    assert_eq!((status, &body["error_code"]), (400, &json!("invalid_request_error")));
}

#[tokio::test]
async fn a_repeated_session_can_be_refused() {
    let world = world_with(|config| config.juspay.repeated_session = RepeatedSession::Refused).await;
    world.session("AAR1", "100").await;
    let call = world.juspay_post("/session").json(&session("AAR1", "100"));
    assert_eq!(call.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let (one, two) = (world().await, world().await);
    let other = world_with(|config| config.seed = 2).await;
    // What a partner draws does not depend on what another did.
    one.client.get(one.url(Partner::Twilio, "/")).send().await.unwrap();
    let ids = [
        one.session("AAR1", "1").await["id"].clone(),
        two.session("AAR1", "1").await["id"].clone(),
        other.session("AAR1", "1").await["id"].clone(),
    ];
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
