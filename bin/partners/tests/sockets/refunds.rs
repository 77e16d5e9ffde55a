//! Refunds: every listed error, and how they end.

use serde_json::{Value, json};

use crate::harness::{World, answer, world};

async fn refund(world: &World, order_id: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let path = format!("/orders/{order_id}/refunds");
    answer(world.juspay_post(&path).form(form).send().await.unwrap()).await
}

async fn charged(world: &World, order_id: &str, amount: &str) {
    world.session(order_id, amount).await;
    world.pay(order_id, json!({"outcome": "success", "webhook": "none"})).await;
}

#[tokio::test]
async fn a_refund_waits_is_handed_over_and_succeeds() {
    let mut world = world().await;
    charged(&world, "AAR1", "100").await;
    let (status, order) = refund(&world, "AAR1", &[("unique_request_id", "R1"), ("amount", "40.50")]).await;
    assert_eq!(status, 200);
    assert_eq!((&order["status"], &order["amount_refunded"]), (&json!("CHARGED"), &json!(40.5)));
    let first = &order["refunds"][0];
    assert_eq!((&first["status"], &first["sent_to_gateway"]), (&json!("PENDING"), &json!(false)));
    assert_eq!((&first["ref"], &first["initiated_by"]), (&Value::Null, &json!("API")));
    assert_eq!(world.webhook().await.event(), "REFUND_INITIATED");

    world.advance_seconds(2);
    let order = world.order("AAR1").await;
    assert_eq!(order["refunds"][0]["sent_to_gateway"], json!(true));
    assert_eq!(order["refunds"][0]["status"], "PENDING");

    world.advance_seconds(3);
    let order = world.order("AAR1").await;
    let settled = &order["refunds"][0];
    assert_eq!((&settled["status"], &settled["error_code"]), (&json!("SUCCESS"), &json!("processed")));
    assert!(settled["ref"].as_str().unwrap().starts_with("rfnd_"));
    assert_eq!(order["refunded"], json!(false));
    let webhook = world.webhook().await;
    assert_eq!(webhook.event(), "ORDER_REFUNDED");
    assert_eq!(webhook.json()["content"]["order"]["refunds"][0]["status"], "SUCCESS");

    refund(&world, "AAR1", &[("unique_request_id", "R2")]).await;
    world.advance_seconds(5);
    let order = world.order("AAR1").await;
    assert_eq!((&order["refunded"], &order["amount_refunded"]), (&json!(true), &json!(100)));
    assert_eq!((&order["status"], &order["status_id"]), (&json!("CHARGED"), &json!(21)));
}

#[tokio::test]
async fn every_listed_error() {
    let world = world().await;
    charged(&world, "AAR1", "100").await;
    world.session("UNPAID", "100").await;
    assert_eq!(refund(&world, "AAR1", &[("unique_request_id", "R1"), ("amount", "60")]).await.0, 200);
    for (order, form, code, message) in [
        (
            "AAR1",
            &[("unique_request_id", "R1"), ("amount", "60")][..],
            "duplicate.call",
            "A refund call was already completed with this unique_request_id for the order.",
        ),
        (
            "AAR1",
            &[("unique_request_id", "R2"), ("amount", "60")],
            "duplicate.call",
            "A refund call was already processing with this amount for the order.",
        ),
        (
            "AAR1",
            &[("unique_request_id", "R3"), ("amount", "40.01")],
            "invalid.amount.exceeded",
            "Refund amount exceeds the refundable amount.",
        ),
        ("AAR1", &[("unique_request_id", "R4"), ("amount", "0")], "invalid amount", "Amount is invalid."),
        ("AAR1", &[("unique_request_id", "R4"), ("amount", "1.001")], "invalid amount", "Amount is invalid."),
        ("AAR1", &[("amount", "1")], "Mandatory fields are missing", "Mandatory fields are missing"),
        (
            "UNPAID",
            &[("unique_request_id", "R5"), ("amount", "1")],
            "invalid.order.not_successful",
            "Cannot process unsuccessful order.",
        ),
    ] {
        let (status, body) = refund(&world, order, form).await;
        assert_eq!(status, 400, "{form:?}");
        assert_eq!(
            (&body["error_code"], &body["error_message"]),
            (&json!(code), &json!(message)),
            "{form:?}"
        );
    }
    let (status, body) = refund(&world, "NOBODY", &[("unique_request_id", "R6")]).await;
    assert_eq!((status, body), (400, json!({"status": "NOT_FOUND", "status_id": 40, "order_id": "NOBODY"})));
    // The slip is over after a few seconds, and then the sum decides.
    world.advance_seconds(5);
    let (_, body) = refund(&world, "AAR1", &[("unique_request_id", "R7"), ("amount", "60")]).await;
    assert_eq!(body["error_code"], "invalid.amount.exceeded");
}

#[tokio::test]
async fn the_slip_answers_its_status_as_text() {
    let world = world().await;
    charged(&world, "AAR1", "100").await;
    refund(&world, "AAR1", &[("unique_request_id", "R1"), ("amount", "10")]).await;
    let (_, slip) = refund(&world, "AAR1", &[("unique_request_id", "R2"), ("amount", "10")]).await;
    let (_, again) = refund(&world, "AAR1", &[("unique_request_id", "R1"), ("amount", "10")]).await;
    assert_eq!((&slip["status_id"], &again["status_id"]), (&json!("-1"), &json!(-1)));
}

#[tokio::test]
async fn a_failed_refund_gives_the_amount_free_again() {
    let mut world = world().await;
    charged(&world, "AAR1", "1313.07").await;
    refund(&world, "AAR1", &[("unique_request_id", "R1")]).await;
    assert_eq!(world.webhook().await.event(), "REFUND_INITIATED");
    world.advance_seconds(5);
    let order = world.order("AAR1").await;
    assert_eq!((&order["refunds"][0]["status"], &order["amount_refunded"]), (&json!("FAILURE"), &json!(0)));
    assert_eq!(world.webhook().await.event(), "ORDER_REFUND_FAILED");
    assert_eq!(refund(&world, "AAR1", &[("unique_request_id", "R2")]).await.0, 200);
}

#[tokio::test]
async fn a_doubtful_refund_is_told_in_strings() {
    let mut world = world().await;
    charged(&world, "AAR1", "1313.08").await;
    refund(&world, "AAR1", &[("unique_request_id", "R1")]).await;
    world.webhook().await;
    world.advance_seconds(5);
    let webhook = world.webhook().await;
    assert_eq!(webhook.event(), "REFUND_MANUAL_REVIEW_NEEDED");
    let order = &webhook.json()["content"]["order"];
    assert_eq!((&order["status_id"], &order["amount"]), (&json!("21"), &json!("1313.08")));
    assert_eq!(order["refunds"][0]["status"], "MANUAL_REVIEW");
}

#[tokio::test]
async fn refunds_by_transaction() {
    let world = world().await;
    charged(&world, "AAR1", "100").await;
    let form = [("unique_request_id", "R1"), ("amount", "10"), ("txn_id", "aarokya-AAR1-1")];
    let (status, body) = answer(world.juspay_post("/refunds").form(&form).send().await.unwrap()).await;
    assert_eq!((status, &body["status"], &body["amount"]), (200, &json!("PENDING"), &json!(10)));
    assert_eq!((&body["order_id"], &body["txn_id"]), (&json!("AAR1"), &json!("aarokya-AAR1-1")));
    let (status, _) = answer(world.juspay_post("/refunds").form(&form[..2]).send().await.unwrap()).await;
    assert_eq!(status, 400);
}
