//! Access tokens at the door: whatever is tried gets one answer, which says nothing about why.

use axum::http::{HeaderValue, header};
use identity::testing::TokenForge;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tests::{Answer, TestApp};

async fn shown(app: &TestApp, authorization: HeaderValue) -> Answer {
    app.send(app.request(Method::GET, "/user/profile").header(header::AUTHORIZATION, authorization)).await
}

#[tokio::test]
async fn whatever_is_tried_with_a_token_is_answered_alike() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (kid, secret) = &app.config.keys.jwt[0];
    let forge = TokenForge::new(&person.access_token, kid, secret.expose_secret()).unwrap();
    // What is changed below passes as long as it is not changed.
    let copy = forge.signed(&forge.header(), &forge.claims());
    let told = shown(&app, format!("Bearer {copy}").parse().unwrap()).await.expect(200);
    assert_eq!(told.text("user_id"), person.user_id);

    let (mut sent, mut unsendable) = (0, 0);
    for attack in forge.attacks() {
        // Blanks around a header's value are no part of it.
        if attack.token.trim() == person.access_token {
            continue;
        }
        let Ok(authorization) = HeaderValue::from_bytes(format!("Bearer {}", attack.token).as_bytes()) else {
            unsendable += 1;
            continue;
        };
        let answer = shown(&app, authorization).await;
        let (status, code) = (answer.status.as_u16(), answer.json["error"].as_str());
        assert_eq!((status, code), (401, Some("INVALID_TOKEN")), "{}: {}", attack.name, answer.text);
        let answer = answer.expect_error(401, "INVALID_TOKEN");
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{}", attack.name);
        // Only that a token of ours has ended is told, so that the app refreshes.
        let ended = json!({ "reason": "expired" });
        let told = &answer.json["details"];
        let may_be_told = *told == json!({}) || attack.name.starts_with("end") && *told == ended;
        assert!(may_be_told, "{}: {}", attack.name, answer.text);
        assert_eq!(answer.json["message"], "Please sign in again.", "{}", attack.name);
        sent += 1;
    }
    assert!(sent > 300 && unsendable < 20, "{sent} sent, {unsendable} not");
}

#[tokio::test]
async fn a_token_counts_in_its_one_header_and_nowhere_else() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let token = &person.access_token;
    let profile = |path: &str| app.request(Method::GET, path);
    for request in [
        profile(&format!("/user/profile?access_token={token}")),
        profile("/user/profile").header(header::COOKIE, format!("access_token={token}")),
        profile("/user/profile").header("x-access-token", token),
        profile("/user/profile").header(header::AUTHORIZATION, token),
        profile("/user/profile").header(header::AUTHORIZATION, format!("Token {token}")),
        profile("/user/profile").header(header::AUTHORIZATION, format!("Bearer{token}")),
        profile("/user/profile").basic_auth("Bearer", Some(token)),
        profile("/user/profile").bearer_auth(token).bearer_auth(token),
        profile("/user/profile").bearer_auth(token).bearer_auth("x"),
        profile("/user/profile").header(header::PROXY_AUTHORIZATION, format!("Bearer {token}")),
        profile("/user/profile").bearer_auth(&person.refresh_token),
    ] {
        app.send(request).await.expect_error(401, "INVALID_TOKEN");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = profile("/user/profile").header(header::AUTHORIZATION, format!("{scheme} {token}"));
        app.send(request).await.expect(200);
    }
}
