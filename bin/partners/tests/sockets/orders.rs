//! Orders: their status, their attempts, what the clock does to them.

use reqwest::Method;
use serde_json::json;

use crate::harness::{answer, world, world_with};

#[tokio::test]
async fn a_new_order_has_no_transaction() {
    let world = world().await;
    world.session("AAR1", "1551.50").await;
    let order = world.order("AAR1").await;
    assert_eq!((&order["status"], &order["status_id"]), (&json!("NEW"), &json!(10)));
    assert_eq!(order["amount"], json!(1551.5));
    assert_eq!(order["currency"], "INR");
    assert_eq!(order["udf1"], "WALLET_TOPUP");
    assert_eq!(order["udf10"], "");
    assert_eq!(order["refunds"], json!([]));
    assert_eq!((order.get("txn_id"), order.get("txn_detail")), (None, None));
}

#[tokio::test]
async fn an_unknown_order_is_not_found() {
    for status in [404, 400] {
        let world = world_with(|config| config.juspay.unknown_order_status = status).await;
        let response = world.juspay_get("/orders/NOBODY").send().await.unwrap();
        let expected = json!({"status": "NOT_FOUND", "status_id": 40, "order_id": "NOBODY"});
        assert_eq!(answer(response).await, (status, expected));
    }
}

#[tokio::test]
async fn a_charged_order_tells_its_transaction() {
    let world = world().await;
    world.session("AAR1", "8").await;
    world.pay("AAR1", json!({"outcome": "success", "webhook": "none"})).await;
    let path = "/orders/AAR1?options.add_full_gateway_response=true";
    let (_, order) = answer(world.juspay_get(path).send().await.unwrap()).await;
    assert_eq!((&order["status"], &order["status_id"]), (&json!("CHARGED"), &json!(21)));
    assert_eq!(order["txn_id"], "aarokya-AAR1-1");
    assert_eq!(order["txn_detail"]["txn_amount"], json!(8));
    assert_eq!(order["txn_detail"]["status"], "CHARGED");
    assert_eq!(order["payment_gateway_response"]["resp_code"], "captured");
    assert!(order["payment_gateway_response"]["gateway_response"].is_object());
    assert_eq!(order["maximum_eligible_refund_amount"], json!(8));
    assert_eq!(order["refunded"], json!(false));
}

#[tokio::test]
async fn attempts_count_and_the_best_decides() {
    let world = world().await;
    world.session("AAR1", "8").await;
    let quiet = |outcome: &str| json!({"outcome": outcome, "webhook": "none"});
    assert_eq!(world.pay("AAR1", quiet("failure")).await["status"], "AUTHORIZATION_FAILED");
    let failed = world.order("AAR1").await;
    assert_eq!((&failed["status_id"], &failed["bank_error_code"]), (&json!(27), &json!("03")));
    assert_eq!(world.pay("AAR1", quiet("pending")).await["status_id"], 23);
    assert_eq!(world.order("AAR1").await["txn_id"], "aarokya-AAR1-2");
    assert_eq!(world.pay("AAR1", quiet("abandon")).await["status"], "AUTHENTICATION_FAILED");
    assert_eq!(world.pay("AAR1", quiet("success")).await["status"], "CHARGED");
    assert_eq!(world.order("AAR1").await["txn_id"], "aarokya-AAR1-3");
    let path = "/partners/juspay/orders/AAR1/pay";
    let (status, body) = world.control(Method::POST, path, quiet("failure")).await;
    assert_eq!((status, &body["error"]), (409, &json!("INVALID_STATE")));
}

#[tokio::test]
async fn an_order_has_at_most_25_attempts() {
    let world = world().await;
    world.session("AAR1", "8").await;
    for _ in 0..25 {
        world.pay("AAR1", json!({"outcome": "failure", "webhook": "none"})).await;
    }
    let path = "/partners/juspay/orders/AAR1/pay";
    let (status, _) = world.control(Method::POST, path, json!({"outcome": "success"})).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn leaving_an_untouched_order_leaves_it_new() {
    let world = world().await;
    world.session("AAR1", "8").await;
    assert_eq!(world.pay("AAR1", json!({"outcome": "abandon"})).await["status"], "NEW");
}

#[tokio::test]
async fn without_an_outcome_the_amount_decides() {
    let world = world().await;
    for (order, amount, status) in [
        ("LOW", "499.99", "CHARGED"),
        ("MIDDLE", "500", "AUTHORIZATION_FAILED"),
        ("BELOW", "699.99", "AUTHORIZATION_FAILED"),
        ("HIGH", "700", "PENDING_VBV"),
    ] {
        world.session(order, amount).await;
        assert_eq!(world.pay(order, json!({"webhook": "none"})).await["status"], status, "{amount}");
    }
    world.advance_seconds(10);
    assert_eq!(world.order("HIGH").await["status"], "AUTHORIZING");
    world.advance_seconds(20);
    assert_eq!(world.order("HIGH").await["status"], "CHARGED");
}

#[tokio::test]
async fn the_clock_charges_a_pending_order_and_tells_unasked() {
    let mut world = world().await;
    world.session("AAR1", "700").await;
    world.pay("AAR1", json!({})).await;
    world.clock.advance(time::Duration::seconds(30));
    let webhook = world.webhook().await;
    assert_eq!(webhook.event(), "ORDER_SUCCEEDED");
    assert_eq!(world.order("AAR1").await["last_updated"], "2026-11-20T10:00:30Z");
}

#[tokio::test]
async fn an_expired_link_leaves_the_order_new_and_only_a_late_success_follows() {
    let world = world().await;
    world.session("AAR1", "100").await;
    world.advance_seconds(15 * 60);
    assert_eq!(world.order("AAR1").await["status"], "NEW");
    let path = "/partners/juspay/orders/AAR1/pay";
    let (status, body) = world.control(Method::POST, path, json!({"outcome": "success"})).await;
    assert_eq!((status, &body["error"]), (409, &json!("INVALID_STATE")));
    let late = world.pay("AAR1", json!({"outcome": "late_success", "webhook": "none"})).await;
    assert_eq!(late["status"], "CHARGED");
}

#[tokio::test]
async fn a_late_success_is_refunded_by_juspay_when_so_switched() {
    let mut world = world_with(|config| config.juspay.auto_refund_late_success = true).await;
    world.session("AAR1", "100").await;
    let late = world.pay("AAR1", json!({"outcome": "late_success", "webhook": "before"})).await;
    assert_eq!((&late["status"], &late["status_id"]), (&json!("AUTO_REFUNDED"), &json!(36)));
    let webhook = world.webhook().await;
    assert_eq!(webhook.event(), "AUTO_REFUND_SUCCEEDED");
    let order = &webhook.json()["content"]["order"];
    assert_eq!((&order["refunded"], &order["amount_refunded"]), (&json!(true), &json!(100)));
    assert_eq!(order["refunds"][0]["initiated_by"], "AUTO_REFUNDED");
    assert!(order["refunds"][0]["unique_request_id"].as_str().unwrap().starts_with("AR"));
}

#[tokio::test]
async fn orders_without_the_sdk() {
    let world = world().await;
    let form = [("order_id", "AAR1"), ("amount", "12.50"), ("options.get_client_auth_token", "true")];
    let (status, body) = answer(world.juspay_post("/orders").form(&form).send().await.unwrap()).await;
    assert_eq!((status, &body["status"], &body["status_id"]), (200, &json!("NEW"), &json!(10)));
    assert_eq!(body["juspay"]["client_auth_token_expiry"], "2026-11-20T10:15:00Z");
    // An older response version.
    let old = world
        .client
        .post(world.url(partners::Partner::Juspay, "/orders"))
        .basic_auth("sandbox-juspay-api-key", Some(""))
        .header("x-merchantid", "aarokya")
        .form(&form);
    let (_, body) = answer(old.send().await.unwrap()).await;
    assert_eq!((&body["status"], &body["status_id"]), (&json!("CREATED"), &json!(1)));
    for form in [[("order_id", "A-1"), ("amount", "1")], [("order_id", "A1"), ("amount", "1.234")]] {
        let response = world.juspay_post("/orders").form(&form).send().await.unwrap();
        assert_eq!(response.status(), 400);
    }
}
