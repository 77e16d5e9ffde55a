//! Sessions over the wire: parallel sign-ins, lost answers, stolen tokens, logging out everywhere at once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::join_all;
use kernel::{Env, SeededEntropy, SystemClock};
use reqwest::Method;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use tests::{Person, TestApp};
use time::Duration;

#[tokio::test]
async fn fifty_parallel_verifies_give_one_session() {
    let app = TestApp::start().await;
    let phone = app.new_phone();
    app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    let body = json!({ "phone": phone, "otp": "123456" });
    let answers = join_all((0..50).map(|_| app.post("/auth/otp/verify", &body))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    let person = Person::of(&app, &phone, won[0]);
    let sessions = person.get("/auth/sessions").await.expect(200);
    assert_eq!(sessions.json["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_right_code_survives_wrong_ones_while_attempts_are_left() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let phone = app.new_phone();
        app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
        let wrong = json!({ "phone": phone, "otp": "654321" });
        let right = json!({ "phone": phone, "otp": "123456" });
        let bodies = [&wrong, &wrong, &right, &wrong, &wrong];
        let answers = join_all(bodies.map(|body| app.post("/auth/otp/verify", body))).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{answers:?}");
    }
}

#[tokio::test]
async fn wrong_codes_count_down_and_then_end_the_challenge() {
    let app = TestApp::start().await;
    let phone = app.new_phone();
    app.post("/auth/otp/verify", &json!({ "phone": phone, "otp": "123456" }))
        .await
        .expect_error(401, "INVALID_OTP");
    app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    let wrong = json!({ "phone": phone, "otp": "654321" });
    for left in (0..5).rev() {
        let answer = app.post("/auth/otp/verify", &wrong).await.expect_error(401, "INVALID_OTP");
        assert_eq!(answer.json["details"]["attempts_remaining"], left);
    }
    let right = json!({ "phone": phone, "otp": "123456" });
    app.post("/auth/otp/verify", &right).await.expect_error(401, "TOO_MANY_OTP_ATTEMPTS");
    app.advance(Duration::seconds(31)).await;
    app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    app.advance(Duration::seconds(601)).await;
    app.post("/auth/otp/verify", &right).await.expect_error(401, "OTP_EXPIRED");
}

#[tokio::test]
async fn codes_can_be_asked_for_only_so_often() {
    let app = TestApp::start().await;
    let body = json!({ "phone": app.new_phone() });
    let first = app.post("/auth/otp/trigger", &body).await.expect(200);
    assert!(!first.header("x-ratelimit-limit").is_empty());
    let again = app.post("/auth/otp/trigger", &body).await.expect_error(429, "RATE_LIMIT_EXCEEDED");
    let wait = again.json["details"]["retry_after"].as_i64().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(again.header("retry-after"), wait.to_string());
    for _ in 0..9 {
        app.advance(Duration::seconds(61)).await;
        app.post("/auth/otp/trigger", &body).await.expect(200);
    }
    app.advance(Duration::seconds(61)).await;
    app.post("/auth/otp/trigger", &body).await.expect_error(429, "RATE_LIMIT_EXCEEDED");
    app.advance(Duration::hours(25)).await;
    app.post("/auth/otp/trigger", &body).await.expect(200);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_to_the_byte() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let body = json!({ "refresh_token": person.refresh_token });
    let answers = join_all((0..50).map(|_| app.post("/auth/token/refresh", &body))).await;
    let pairs: BTreeSet<_> = answers.into_iter().map(|answer| answer.expect(200).text).collect();
    assert_eq!(pairs.len(), 1, "every caller gets the same pair");
    let pair = app.post("/auth/token/refresh", &body).await.expect(200);
    assert_eq!(pair.header("cache-control"), "no-store");

    let successor = json!({ "refresh_token": pair.text("refresh_token") });
    app.post("/auth/token/refresh", &successor).await.expect(200);
    let reused = app.post("/auth/token/refresh", &body).await.expect_error(401, "INVALID_TOKEN");
    assert_eq!(reused.json["details"]["reason"], "reused");
    let ended = app.request(Method::GET, "/wallet").bearer_auth(pair.text("access_token"));
    app.send(ended).await.expect_error(401, "INVALID_TOKEN");

    // Its owner is told, once however often the old token comes.
    app.post("/auth/token/refresh", &body).await.expect_error(401, "INVALID_TOKEN");
    app.settle().await;
    let sms = app.get(&format!("/sandbox/sms?phone={}", person.phone)).await.expect(200);
    assert_eq!(sms.text.matches("signed one of your devices out").count(), 1, "{}", sms.text);
}

/// Tokens nobody was given: a genuine one with each byte changed, with ends that no session has, and bytes at random.
fn hostile_tokens(genuine: &str) -> Vec<String> {
    let bytes = URL_SAFE_NO_PAD.decode(genuine).expect("a genuine token");
    let changed = |place: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[place..place + new.len()].copy_from_slice(new);
        bytes
    };
    let flipped = (0..bytes.len()).map(|place| changed(place, &[!bytes[place]]));
    let seconds =
        [i64::MIN, -377_705_116_800, -210_866_803_201, -1, 0, 7_258_118_401, 253_402_300_799, i64::MAX];
    let ends = seconds.iter().map(|seconds| changed(33, &seconds.to_be_bytes()));
    let env = Env::new(Arc::new(SystemClock), Arc::new(SeededEntropy::new(7)));
    let random = (0..100).map(|_| [&[1], env.random::<89>().as_slice()].concat());
    flipped.chain(ends).chain(random).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).collect()
}

#[tokio::test]
async fn no_token_of_any_bytes_is_a_failure_of_ours() {
    let app = TestApp::start().await;
    let person = app.person().await;
    for token in hostile_tokens(&person.refresh_token) {
        let body = json!({ "refresh_token": token });
        app.post("/auth/token/refresh", &body).await.expect_error(401, "INVALID_TOKEN");
        app.post("/auth/logout", &body).await.expect(200);
        app.forget_limits().await;
    }
}

#[tokio::test]
async fn after_a_minute_a_spent_token_is_a_stolen_one() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let body = json!({ "refresh_token": person.refresh_token });
    app.post("/auth/token/refresh", &body).await.expect(200);
    app.advance(Duration::seconds(61)).await;
    app.post("/auth/token/refresh", &body).await.expect_error(401, "INVALID_TOKEN");
    person.get("/user/profile").await.expect_error(401, "INVALID_TOKEN");
}

#[tokio::test]
async fn devices_are_listed_and_signed_out_from_afar() {
    let app = TestApp::start().await;
    let phone = app.new_phone();
    let old = Person::sign_in(&app, &phone).await;
    app.advance(Duration::minutes(2)).await;
    let new = Person::sign_in(&app, &phone).await;
    let sessions = new.get("/auth/sessions").await.expect(200).json["data"].clone();
    let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let id = other["id"].as_str().unwrap();
    new.delete(&format!("/auth/sessions/{id}")).await.expect(200);
    old.get("/user/profile").await.expect_error(401, "INVALID_TOKEN");
    new.get("/user/profile").await.expect(200);

    app.advance(Duration::minutes(2)).await;
    let third = Person::sign_in(&app, &phone).await;
    let ended = third.post("/auth/logout/others", &json!({})).await.expect(200);
    assert_eq!(ended.number("revoked"), 1);
    new.get("/user/profile").await.expect_error(401, "INVALID_TOKEN");
    third.get("/user/profile").await.expect(200);
}

#[tokio::test]
async fn an_old_phone_signs_out_by_its_refresh_token() {
    let app = TestApp::start().await;
    let person = app.person().await;
    app.advance(Duration::hours(30)).await;
    let body = json!({ "refresh_token": person.refresh_token });
    app.post("/auth/logout", &body).await.expect(200);
    app.post("/auth/token/refresh", &body).await.expect_error(401, "INVALID_TOKEN");
    app.post("/auth/logout", &json!({ "refresh_token": "never seen" })).await.expect(200);
    app.send(app.request(Method::POST, "/auth/logout")).await.expect(200);
}

#[tokio::test]
async fn the_pin_opens_the_way_and_locks_after_five_wrong_ones() {
    let app = TestApp::start().await;
    let person = app.person().await;
    person.patch("/user/profile", &json!({ "dob": "1994-08-15" })).await.expect(200);
    app.advance(Duration::seconds(61)).await;
    app.post("/auth/otp/trigger", &json!({ "phone": person.phone })).await.expect(200);
    person.put("/auth/pin", &json!({ "pin": "8305", "otp": "123456" })).await.expect(200);
    person.post("/auth/step-up", &json!({ "pin": "8305" })).await.expect(200);
    for _ in 0..4 {
        let answer = person.post("/auth/step-up", &json!({ "pin": "9041" })).await;
        assert!(answer.status.is_client_error(), "{}", answer.text);
    }
    person.post("/auth/step-up", &json!({ "pin": "9041" })).await;
    let locked = person.post("/auth/step-up", &json!({ "pin": "8305" })).await;
    locked.expect_error(429, "MAX_ATTEMPTS_EXCEEDED");
    app.advance(Duration::minutes(16)).await;
    person.post("/auth/step-up", &json!({ "pin": "8305" })).await.expect(200);
}

#[tokio::test]
async fn twenty_wrong_pins_in_a_row_are_all_anybody_has() {
    let app = TestApp::start().await;
    let person = app.person().await;
    person.patch("/user/profile", &json!({ "dob": "1994-08-15" })).await.expect(200);
    let set = async |body| {
        app.advance(Duration::seconds(61)).await;
        app.post("/auth/otp/trigger", &json!({ "phone": person.phone })).await.expect(200);
        person.put("/auth/pin", &body).await
    };
    set(json!({ "pin": "8305", "otp": "123456" })).await.expect(200);
    let give = async |pin| person.post("/auth/step-up", &json!({ "pin": pin })).await;
    for minutes in [15, 30, 60] {
        for _ in 0..4 {
            give("9041").await.expect_error(401, "INVALID_OTP");
        }
        let locked = give("9041").await.expect_error(429, "MAX_ATTEMPTS_EXCEEDED");
        assert_eq!(locked.json["details"]["retry_after"], minutes * 60);
        app.advance(Duration::minutes(minutes)).await;
    }
    for _ in 0..4 {
        give("9041").await.expect_error(401, "INVALID_OTP");
    }
    for pin in ["9041", "8305"] {
        let closed = give(pin).await.expect_error(409, "INVALID_STATE");
        assert_eq!(closed.json["details"]["reason"], "pin_reset_needed");
        app.advance(Duration::hours(2)).await;
    }
    set(json!({ "pin": "7294", "otp": "123456" })).await.expect_error(403, "STEP_UP_REQUIRED");
    set(json!({ "pin": "7294", "otp": "123456", "dob": "1994-08-15" })).await.expect(200);
    give("7294").await.expect(200);
}
