//! Every route of the served document against every kind of caller, compared with the one table of policies.

use gateway::policy::{self, Access};
use reqwest::Method;
use serde_json::json;
use tests::TestApp;
use time::Duration;

/// Fills a path's parameters with something well-formed that is nobody's.
fn concrete(path: &str) -> String {
    path.replace("{id}", "0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60")
        .replace("{wallet_id}", "wlm_aaaaaaaaaaaaaaaa")
        .replace("{number_of_days}", "0")
        .replace("{order_id}", "7K3M9X2QH8T4WBN5C6DR")
}

fn documented() -> Vec<(Method, String)> {
    let document = gateway::document();
    let paths = document.paths.expect("the document has paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_item().expect("a path is written out");
        item.iter().filter_map(|(method, _)| {
            Some((Method::from_bytes(method.to_uppercase().as_bytes()).ok()?, path.clone()))
        })
    });
    operations.collect()
}

#[test]
fn every_documented_route_has_a_row_and_every_row_a_route() {
    let documented = documented();
    for (method, path) in &documented {
        assert!(policy::of(method, path).is_some(), "{method} {path} has no row in the table of policies");
    }
    for (method, path, _) in policy::TABLE {
        let known = documented.iter().any(|(m, p)| m == method && p == path);
        assert!(known, "{method} {path} has a row but is not in the document");
    }
}

#[test]
fn what_the_document_says_of_sign_in_is_what_the_table_says() {
    let document = serde_json::to_value(gateway::document()).unwrap();
    for (method, path) in documented() {
        let operation = &document["paths"][&path][method.as_str().to_lowercase()];
        let asks = operation["security"]
            .as_array()
            .is_some_and(|schemes| schemes.iter().any(|scheme| scheme.get("access_token").is_some()));
        let access = policy::of(&method, &path).unwrap().access;
        let needs = matches!(access, Access::Person | Access::PersonMovingMoney);
        // Signing out takes the token but does not insist on it.
        assert_eq!(asks, needs || path == "/auth/logout", "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_passes_without_a_good_token() {
    let app = TestApp::start().await;
    let expired = app.person().await.access_token;
    app.advance(Duration::hours(25)).await;
    let ended = app.person().await;
    ended.post("/auth/logout", &json!({})).await.expect(200);
    let good = app.person().await.access_token;
    let (header, rest) = good.split_once('.').unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    let bad_tokens = [
        String::new(),
        "x".to_owned(),
        expired,
        ended.access_token.clone(),
        format!("{none}.{rest}"),
        format!("{header}.{}", rest.replace('.', "x.")),
        format!("{good}x"),
        good[..good.len() - 2].to_owned(),
        "a".repeat(5_000),
    ];
    for (method, path) in documented() {
        let access = policy::of(&method, &path).unwrap().access;
        let path = concrete(&path);
        if !matches!(access, Access::Person | Access::PersonMovingMoney) {
            continue;
        }
        let answer = app.send(app.request(method.clone(), &path)).await.expect_error(401, "INVALID_TOKEN");
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        for token in &bad_tokens {
            let request = app.request(method.clone(), &path).bearer_auth(token);
            app.send(request).await.expect_error(401, "INVALID_TOKEN");
        }
        let refresh_token = app.request(method, &path).header("authorization", "Basic dXNlcjpwYXNz");
        app.send(refresh_token).await.expect_error(401, "INVALID_TOKEN");
    }
}

#[tokio::test]
async fn another_persons_things_are_not_there() {
    let app = TestApp::start().await;
    let asha = app.person_with_wallet().await;
    let order_id = asha.top_up("asha-1", 50_000).await;
    let wallet_id = asha.get("/wallet").await.text("transcorp_wallet_id");
    let sessions = asha.get("/auth/sessions").await;
    let session_id = sessions.json["data"][0]["id"].as_str().unwrap().to_owned();

    let ravi = app.person_with_wallet().await;
    ravi.get(&format!("/payments/orders/{order_id}")).await.expect_error(404, "ORDER_NOT_FOUND");
    ravi.get(&format!("/wallet/{wallet_id}/balance")).await.expect_error(404, "WALLET_NOT_FOUND");
    ravi.get(&format!("/wallet/{wallet_id}/status")).await.expect_error(404, "WALLET_NOT_FOUND");
    let history = format!("/wallet/{wallet_id}/transactions/history/0");
    ravi.get(&history).await.expect_error(404, "WALLET_NOT_FOUND");
    ravi.delete(&format!("/auth/sessions/{session_id}")).await.expect_error(404, "SESSION_NOT_FOUND");
    assert_eq!(ravi.get("/payments/orders").await.expect(200).json["data"], serde_json::json!([]));
    asha.get("/wallet").await.expect(200);
}

#[tokio::test]
async fn every_answer_has_a_number_that_support_can_ask_for() {
    let app = TestApp::start().await;
    for path in ["/health", "/wallet", "/nowhere"] {
        for method in [Method::GET, Method::OPTIONS, Method::HEAD] {
            let answer = app.send(app.request(method, path)).await;
            assert!(!answer.header("x-request-id").is_empty(), "{path}");
        }
    }
}
