//! The wallet's issuer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{World, answer, world};

async fn post(world: &World, path: &str, body: Value) -> (u16, Value) {
    answer(world.juspay_post(path).json(&body).send().await.unwrap()).await
}

async fn create(world: &World, phone: &str) -> Value {
    let body = json!({"user_id": "u1", "program_id": "aarokya", "wallet_id": "w1", "phone": phone});
    let (status, wallet) = post(world, "/ppi/wallet", body).await;
    assert_eq!(status, 200, "{wallet}");
    wallet
}

async fn look(world: &World) -> Value {
    let (status, wallet) = post(world, "/ppi/wallet/details", json!({"wallet_id": "w1"})).await;
    assert_eq!(status, 200, "{wallet}");
    wallet
}

async fn complete(world: &World, phone: &str) -> Value {
    create(world, phone).await;
    look(world).await;
    look(world).await["sub_wallets"][0].clone()
}

fn credit(sub_wallet: &Value, id: &str, amount: &str) -> Value {
    json!({
        "credit_id": id, "user_id": "u1", "wallet_id": "w1", "sub_wallet_id": sub_wallet["sub_wallet_id"],
        "amount": amount, "remarks": "Top-up",
    })
}

#[tokio::test]
async fn a_wallet_is_created_step_by_step() {
    let world = world().await;
    let wallet = create(&world, "+919876543210").await;
    assert_eq!((&wallet["creation_status"], &wallet["sub_wallets"]), (&json!("PENDING"), &json!([])));
    let id = wallet["ppi_wallet_id"].as_str().unwrap();
    assert!(id.strip_prefix("wlm_").is_some_and(|rest| rest.len() == 16), "{id}");
    assert_eq!(create(&world, "+919876543210").await["creation_status"], "IN_PROGRESS");
    let done = look(&world).await;
    assert_eq!((&done["creation_status"], &done["ppi_wallet_id"]), (&json!("COMPLETED"), &json!(id)));
    let sub_wallet = &done["sub_wallets"][0];
    assert_eq!((&sub_wallet["type"], &sub_wallet["status"]), (&json!("SMALL_PPI"), &json!("ACTIVE")));
    assert_eq!(sub_wallet["balance"], "0.00");
    assert_eq!(create(&world, "+919876543210").await, done);
}

#[tokio::test]
async fn the_key_is_checked_and_the_unknown_refused() {
    let world = world().await;
    let url = world.url(partners::Partner::Juspay, "/ppi/wallet/details");
    let response = world.client.post(url).json(&json!({"wallet_id": "w1"})).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let (status, body) = post(&world, "/ppi/wallet/details", json!({"wallet_id": "w1"})).await;
    assert_eq!((status, &body["error_code"]), (404, &json!("ppi.wallet.not_found")));
    let (status, body) = post(&world, "/ppi/wallet", json!({"user_id": "u1"})).await;
    assert_eq!((status, &body["error_code"]), (400, &json!("ppi.request.invalid")));
}

#[tokio::test]
async fn a_credit_counts_once() {
    let world = world().await;
    let sub_wallet = complete(&world, "+919876543210").await;
    let (status, first) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c1", "250.00")).await;
    assert_eq!((status, &first["status"], &first["amount"]), (200, &json!("SUCCESS"), &json!("250.00")));
    assert_eq!(first["sub_wallet"]["balance"], "250.00");
    world.advance_seconds(60);
    let (_, again) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c1", "250.00")).await;
    assert_eq!(again, first);
    let (status, body) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c1", "251.00")).await;
    assert_eq!((status, &body["error_code"]), (400, &json!("ppi.credit.duplicate")));
    let (_, second) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c2", "0.50")).await;
    assert_eq!(second["sub_wallet"]["balance"], "250.50");
}

#[tokio::test]
async fn what_cannot_be_credited() {
    let world = world().await;
    create(&world, "+919876543210").await;
    let early = json!({"sub_wallet_id": "swl_0"});
    let (status, _) = post(&world, "/ppi/wallet/credit", credit(&early, "c1", "1.00")).await;
    assert_eq!(status, 404);
    look(&world).await;
    let sub_wallet = look(&world).await["sub_wallets"][0].clone();
    for (amount, code) in [
        ("0", "ppi.amount.invalid"),
        ("1.234", "ppi.amount.invalid"),
        ("200000.01", "ppi.balance.limit.exceeded"),
    ] {
        let (status, body) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c1", amount)).await;
        assert_eq!((status, &body["error_code"]), (400, &json!(code)), "{amount}");
    }
}

#[tokio::test]
async fn magic_phones() {
    let world = world().await;
    for _ in 0..5 {
        let failed = create(&world, "+919000000011").await;
        assert_eq!(failed["creation_status"], "FAILED");
        assert!(failed["failure_reason"].is_string());
    }

    let world = crate::harness::world().await;
    let states = [
        create(&world, "+919000000012").await,
        create(&world, "+919000000012").await,
        create(&world, "+919000000012").await,
        look(&world).await,
        look(&world).await,
    ]
    .map(|wallet| wallet["creation_status"].clone());
    assert_eq!(states, ["FAILED", "FAILED", "PENDING", "IN_PROGRESS", "COMPLETED"]);

    for (phone, status, code) in [
        ("+919000000013", "BLOCKED", "ppi.wallet.blocked"),
        ("+919000000014", "ACTIVE", "ppi.balance.limit.exceeded"),
    ] {
        let world = crate::harness::world().await;
        let sub_wallet = complete(&world, phone).await;
        assert_eq!(sub_wallet["status"], status);
        let (http, body) = post(&world, "/ppi/wallet/credit", credit(&sub_wallet, "c1", "1.00")).await;
        assert_eq!((http, &body["error_code"]), (400, &json!(code)));
    }
}

#[tokio::test]
async fn credits_that_must_be_asked_for_again() {
    let world = world().await;
    let sub_wallet = complete(&world, "+919000000015").await;
    let body = credit(&sub_wallet, "c1", "5.00");
    assert_eq!(post(&world, "/ppi/wallet/credit", body.clone()).await.0, 500);
    assert_eq!(post(&world, "/ppi/wallet/credit", body).await.1["sub_wallet"]["balance"], "5.00");

    let world = crate::harness::world().await;
    let sub_wallet = complete(&world, "+919000000016").await;
    let body = credit(&sub_wallet, "c1", "5.00");
    let lost = world.juspay_post("/ppi/wallet/credit").json(&body).send().await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!(post(&world, "/ppi/wallet/credit", body).await.1["sub_wallet"]["balance"], "5.00");
    let (_, journal) = world.control(Method::GET, "/partners/juspay/journal", Value::Null).await;
    let statuses: Vec<_> = journal["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|exchange| exchange["line"] == "POST /ppi/wallet/credit")
        .map(|exchange| exchange["status"].clone())
        .collect();
    assert_eq!(statuses, [Value::Null, json!(200)]);
}
