//! The magic amounts, each as the table says.

use partners::MAGIC_VALUES;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::{World, answer, session, world, world_with};

async fn open(world: &World, order_id: &str, amount: &str) -> reqwest::Result<Response> {
    world.juspay_post("/session").json(&session(order_id, amount)).send().await
}

#[tokio::test]
async fn the_table_is_served() {
    let world = world().await;
    let (status, body) = world.control(Method::GET, "/partners/magic", Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(body["data"].as_array().unwrap().len(), MAGIC_VALUES.len());
    assert_eq!(
        body["data"][0],
        json!({
            "value": "1313.01", "amount_paise": 131_301, "partner": "juspay",
            "happens": "Juspay answers 500 to /session", "error_code": "TIMEOUT",
        })
    );
}

#[tokio::test]
async fn sessions_that_go_wrong() {
    let world = world_with(|config| config.slow_for = std::time::Duration::from_millis(80)).await;
    for (amount, status) in [("1313.01", 500), ("1313.02", 429), ("1313.23", 400)] {
        assert_eq!(open(&world, "REFUSED", amount).await.unwrap().status(), status, "{amount}");
    }
    assert_eq!(world.juspay_get("/orders/REFUSED").send().await.unwrap().status(), 404);

    let broken = open(&world, "BROKEN", "1313.03").await.unwrap();
    assert_eq!(broken.status(), 200);
    assert!(broken.json::<Value>().await.is_err());
    assert_eq!(world.order("BROKEN").await["status"], "NEW");

    let before = std::time::Instant::now();
    assert_eq!(open(&world, "SLOW", "1313.04").await.unwrap().status(), 200);
    assert!(before.elapsed() >= std::time::Duration::from_millis(80));

    assert!(open(&world, "LOST", "1313.05").await.unwrap_err().is_request());
    assert_eq!(world.order("LOST").await["status"], "NEW");
    assert_eq!(open(&world, "LOST", "1313.05").await.unwrap().status(), 200);
}

#[tokio::test]
async fn orders_that_tell_something_else() {
    let world = world().await;
    for (order, amount, key, value) in [
        ("AMOUNT", "1313.06", "amount", json!(1312.06)),
        ("CURRENCY", "1313.18", "currency", json!("USD")),
        ("NUMBER", "1313.19", "order_id", json!("AARNOTYOURS")),
    ] {
        world.session(order, amount).await;
        world.pay(order, json!({"webhook": "none"})).await;
        let told = world.order(order).await;
        assert_eq!((&told["status"], &told[key]), (&json!("CHARGED"), &value), "{order}");
    }
}

#[tokio::test]
async fn payments_that_go_their_own_way() {
    let world = world().await;
    let pay = async |order: &str| world.pay(order, json!({"webhook": "none"})).await["status"].clone();
    world.session("DECLINED", "1313.09").await;
    assert_eq!([pay("DECLINED").await, pay("DECLINED").await], ["AUTHORIZATION_FAILED"; 2]);
    world.session("SECOND", "1313.20").await;
    assert_eq!([pay("SECOND").await, pay("SECOND").await], ["AUTHORIZATION_FAILED", "CHARGED"]);
    world.session("LONG", "1313.10").await;
    world.session("LATE", "1313.17").await;
    assert_eq!([pay("LONG").await, pay("LATE").await], ["PENDING_VBV"; 2]);
    world.advance_seconds(10 * 60);
    assert_eq!(world.order("LONG").await["status"], "CHARGED");
    assert_eq!(world.order("LATE").await["status"], "AUTHORIZING");
    world.advance_seconds(6 * 60);
    assert_eq!(world.order("LATE").await["status"], "CHARGED");
}

#[tokio::test]
async fn a_late_success_by_amount_follows_the_switch() {
    let world = world_with(|config| config.juspay.auto_refund_late_success = true).await;
    world.session("LATE", "1313.17").await;
    world.pay("LATE", json!({})).await;
    world.advance_seconds(20 * 60);
    assert_eq!(world.order("LATE").await["status"], "AUTO_REFUNDED");
}

#[tokio::test]
async fn an_order_status_that_fails_at_first() {
    let world = world().await;
    world.session("AAR1", "1313.16").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(world.juspay_get("/orders/AAR1").send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [500, 500, 500, 200]);
}

#[tokio::test]
async fn webhooks_that_are_strange() {
    let mut world = world().await;
    world.session("NEVER", "1313.11").await;
    world.pay("NEVER", json!({})).await;
    world.session("TWICE", "1313.12").await;
    world.pay("TWICE", json!({})).await;
    let (first, second) = (world.webhook().await, world.webhook().await);
    assert_eq!(first.body, second.body);
    assert_eq!(first.json()["content"]["order"]["order_id"], "TWICE");

    world.answer_with(&[401]);
    world.session("FORGED", "1313.13").await;
    world.pay("FORGED", json!({})).await;
    let (forged, sound) = (world.webhook().await, world.webhook().await);
    assert_ne!(forged.headers["authorization"], sound.headers["authorization"]);
    assert_eq!(forged.body, sound.body);

    world.session("FILTERED", "1313.14").await;
    world.pay("FILTERED", json!({})).await;
    assert_eq!(world.webhook().await.json()["content"]["order"]["customer_phone"], "FILTERED");
    world.session("STRINGS", "1313.15").await;
    world.pay("STRINGS", json!({})).await;
    assert_eq!(world.webhook().await.json()["content"]["order"]["amount"], "1313.15");
}

#[tokio::test]
async fn refunds_that_are_strange() {
    let world = world().await;
    let form = [("unique_request_id", "R1")];
    let refund =
        async |order: &str| world.juspay_post(&format!("/orders/{order}/refunds")).form(&form).send().await;
    for (order, amount) in [("ERRS", "1313.21"), ("DROPS", "1313.22"), ("STUCK", "1313.24")] {
        world.session(order, amount).await;
        world.pay(order, json!({"webhook": "none"})).await;
    }
    assert_eq!(refund("ERRS").await.unwrap().status(), 500);
    assert_eq!(world.order("ERRS").await["refunds"], json!([]));
    assert_eq!(refund("ERRS").await.unwrap().status(), 200);

    assert!(refund("DROPS").await.unwrap_err().is_request());
    let (status, body) = answer(refund("DROPS").await.unwrap()).await;
    assert_eq!((status, &body["error_code"]), (400, &json!("duplicate.call")));
    assert_eq!(world.order("DROPS").await["refunds"][0]["unique_request_id"], "R1");

    refund("STUCK").await.unwrap();
    world.advance_seconds(24 * 60 * 60);
    assert_eq!(world.order("STUCK").await["refunds"][0]["status"], "PENDING");
    let path = "/partners/juspay/orders/STUCK/refunds/R1/settle";
    world.control(Method::POST, path, json!({"status": "FAILURE"})).await;
    assert_eq!(world.order("STUCK").await["refunds"][0]["status"], "FAILURE");
}
