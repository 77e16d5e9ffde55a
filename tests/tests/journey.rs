//! The main journey: a phone number becomes a person with a funded wallet, and signs out.

use reqwest::Method;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn from_phone_number_to_funded_wallet() {
    let app = TestApp::start().await;
    let phone = app.new_phone();

    let triggered = app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    assert_eq!(triggered.json["otp"], "123456");
    assert_eq!(triggered.number("expires_at"), app.now().unix_timestamp() + 600);
    assert_eq!(triggered.number("resend_after"), 30);
    let sms = app.get(&format!("/sandbox/sms?phone={phone}")).await.expect(200);
    assert!(sms.text.contains("123456 is your Aarokya code"), "{}", sms.text);

    let person = tests::Person::sign_in_again(&app, &phone).await;
    let profile = person.get("/user/profile").await.expect(200);
    assert_eq!(profile.json["profile_complete"], false);
    let names = json!({ "first_name": "Asha", "last_name": "Devi" });
    let profile = person.patch("/user/profile", &names).await.expect(200);
    assert_eq!(profile.json["profile_complete"], true);

    let wallet_id = person.wallet_completed().await;
    assert!(wallet_id.starts_with("wlm_"), "{wallet_id}");
    let session = person.top_up_session("first-top-up", 50_000).await.expect(201);
    assert_eq!((session.number("amount"), session.text("status")), (50_000, "CREATED".to_owned()));
    assert_eq!(session.json["sdk_payload"]["service"], "in.juspay.hyperpay");

    let order_id = session.text("order_id");
    let pay = format!("/sandbox/partners/juspay/orders/{order_id}/pay");
    app.post(&pay, &json!({ "outcome": "success", "webhook": "before" })).await.expect(200);
    app.settle().await;
    let order = person.get(&format!("/payments/orders/{order_id}")).await.expect(200);
    assert_eq!((order.text("status"), order.text("fulfilment")), ("SUCCESS".to_owned(), "DONE".to_owned()));

    let balance = person.get(&format!("/wallet/{wallet_id}/balance")).await.expect(200);
    assert_eq!((balance.number("current_balance"), balance.json["linked"].clone()), (50_000, true.into()));
    let history = person.get(&format!("/wallet/{wallet_id}/transactions/history/0")).await.expect(200);
    assert_eq!(history.json["transactions"][0]["amount"], 50_000);
    assert_eq!(history.json["transactions"][0]["source"], "self");
    let statement = person.get("/wallet/statement?from=2026-01-01&to=2026-01-31").await.expect(200);
    assert!(statement.text.contains("500.00"), "{}", statement.text);

    let refreshed =
        app.post("/auth/token/refresh", &json!({ "refresh_token": person.refresh_token })).await.expect(200);
    let access = refreshed.text("access_token");
    let logout = app.request(Method::POST, "/auth/logout").bearer_auth(&access);
    app.send(logout).await.expect(200);
    for token in [&access, &person.access_token] {
        let refused = app.send(app.request(Method::GET, "/wallet").bearer_auth(token)).await;
        refused.expect_error(401, "INVALID_TOKEN");
    }
    app.ledger_is_clean().await;
}
