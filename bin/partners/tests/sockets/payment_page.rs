//! The payment page, as a browser sees it.

use partners::Partner;
use reqwest::Response;
use serde_json::json;
use url::Url;

use crate::harness::{World, world, world_with};

async fn open(world: &World, order_id: &str, amount: &str) -> (String, Response) {
    let body = world.session(order_id, amount).await;
    let page = body["payment_links"]["web"].as_str().unwrap().to_owned();
    let response = world.client.get(&page).send().await.unwrap();
    (page, response)
}

async fn press(world: &World, page: &str, outcome: &str) -> Response {
    world.client.post(page).form(&[("outcome", outcome)]).send().await.unwrap()
}

#[tokio::test]
async fn the_page_shows_the_payment_and_its_buttons() {
    let world = world().await;
    let (_, response) = open(&world, "AAR1", "1250").await;
    assert_eq!(response.status(), 200);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(policy.contains("form-action 'self' https://app.aarokya.example;"), "{policy}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let html = response.text().await.unwrap();
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    for part in [
        "name=\"viewport\"",
        "<h1>Payment</h1>",
        "<dd id=\"merchant\">aarokya</dd>",
        "<dd id=\"order\">AAR1</dd>",
        "₹1,250.00",
        "id=\"upi\"",
        "id=\"pay\"",
        "id=\"fail\"",
        "id=\"pending\"",
        "id=\"abandon\"",
        "<form method=\"post\">",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // Works offline: nothing from elsewhere, and no script at all.
    assert!(!html.contains("<script") && !html.contains("http"), "{html}");
    let style = world.client.get(world.url(Partner::Juspay, "/payment-page.css")).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn each_button_ends_as_it_says_and_leads_back_signed() {
    let world = world().await;
    for (order, outcome, status) in [
        ("AAR0000001", "success", "CHARGED"),
        ("AAR0000002", "failure", "AUTHORIZATION_FAILED"),
        ("AAR0000003", "pending", "PENDING_VBV"),
        ("AAR0000004", "abandon", "NEW"),
        ("AAR0000005", "upi", "CHARGED"),
    ] {
        let (page, _) = open(&world, order, "10").await;
        let response = press(&world, &page, outcome).await;
        assert_eq!(response.status(), 302);
        let location = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        assert_eq!(location.path(), "/paid");
        let value = |key: &str| location.query_pairs().find(|(name, _)| name == key).unwrap().1.into_owned();
        assert_eq!((value("order_id"), value("status")), (order.to_owned(), status.to_owned()));
        assert_eq!(value("signature_algorithm"), "HMAC-SHA256");
        // Encoded twice: after one decoding it still is.
        assert!(value("signature").ends_with("%3D"), "{location}");
        assert_eq!(world.order(order).await["status"], status);
    }
}

#[tokio::test]
async fn the_signature_on_the_address_is_the_known_one() {
    let world = world_with(|config| config.juspay.response_key = "E4AE0FDD0C8A4F3A9C7D".into()).await;
    let (page, _) = open(&world, "AAR0000001", "10").await;
    let response = press(&world, &page, "success").await;
    assert_eq!(
        response.headers()["location"],
        "https://app.aarokya.example/paid?order_id=AAR0000001&status=CHARGED&status_id=21\
         &signature=MPCmlvzdq5ky7zyVBaE3x21QcApGN2Aw%252BYM%252FHXIw%252F1s%253D\
         &signature_algorithm=HMAC-SHA256"
    );
}

#[tokio::test]
async fn a_bad_signature_can_be_asked_for() {
    let world = world().await;
    let (page, _) = open(&world, "AAR1", "10").await;
    world.fault("juspay", json!({"kind": "bad_signature", "match": "return_url", "times": 1})).await;
    let forged = press(&world, &page, "failure").await.headers()["location"].clone();
    let sound = press(&world, &page, "failure").await.headers()["location"].clone();
    assert_ne!(forged, sound);
}

#[tokio::test]
async fn a_paid_an_expired_and_an_unknown_page() {
    let world = world().await;
    let (page, _) = open(&world, "AAR1", "10").await;
    assert_eq!(press(&world, &page, "nonsense").await.status(), 400);
    press(&world, &page, "success").await;
    let html = world.client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("This order is paid.") && !html.contains("<form"), "{html}");
    assert_eq!(press(&world, &page, "failure").await.status(), 409);

    let (page, _) = open(&world, "AAR2", "10").await;
    world.advance_seconds(15 * 60);
    assert_eq!(world.client.get(&page).send().await.unwrap().status(), 410);
    assert_eq!(press(&world, &page, "success").await.status(), 410);
    assert_eq!(world.order("AAR2").await["status"], "NEW");

    let nobody = world.url(Partner::Juspay, "/orders/ordeh_0/payment-page");
    assert_eq!(world.client.get(&nobody).send().await.unwrap().status(), 404);
    assert_eq!(press(&world, &nobody, "success").await.status(), 404);
}

#[tokio::test]
async fn a_failed_attempt_can_be_tried_again() {
    let world = world().await;
    let (page, _) = open(&world, "AAR1", "10").await;
    press(&world, &page, "failure").await;
    let html = world.client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("The last attempt failed."), "{html}");
    press(&world, &page, "success").await;
    assert_eq!(world.order("AAR1").await["txn_id"], "aarokya-AAR1-2");
}

#[tokio::test]
async fn the_page_can_stand_under_a_public_address() {
    let world = world_with(|config| {
        config.juspay.public_url = Some("https://pay.aarokya.example/".parse().unwrap());
    })
    .await;
    let body = world.session("AAR1", "1").await;
    let page = body["payment_links"]["web"].as_str().unwrap();
    assert!(page.starts_with("https://pay.aarokya.example/orders/ordeh_"), "{page}");
}
