//! What lies around every request: origins, headers, readiness, the sandbox's clock, and answers that tell no secret.

use futures::future::join_all;
use reqwest::{Method, header};
use serde_json::{Value, json};
use tests::{Answer, Deployment, Device, TestApp};
use time::Duration;

async fn preflight(app: &Device, origin: &str) -> Answer {
    let request = app
        .request(Method::OPTIONS, "/user/profile")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type,x-platform");
    app.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_origins_may_call_from_a_browser() {
    let deployment = Deployment::prepare().await;
    let origins = [("AAROKYA_CORS_ORIGINS", "https://app.example, https://admin.example")];
    let program = deployment.serve(&origins).await;
    let browser = Device::new(&program, "9876543210");
    for listed in ["https://app.example", "https://admin.example"] {
        let told = preflight(&browser, listed).await.expect(200);
        assert_eq!(told.header("access-control-allow-origin"), listed);
        assert!(told.header("access-control-allow-methods").contains("PATCH"));
        assert!(told.header("access-control-allow-headers").contains("x-platform"));
        let answer = browser.request(Method::GET, "/health").header(header::ORIGIN, listed);
        let answer = browser.send(answer).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), listed);
        assert!(answer.header("access-control-expose-headers").contains("x-request-id"));
    }
    for other in ["https://evil.example", "http://app.example", "https://app.example.evil.example", "null"] {
        let told = preflight(&browser, other).await;
        assert_eq!(told.header("access-control-allow-origin"), "", "{other}");
    }
    assert!(program.terminate().await.success());
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing() {
    let app = TestApp::start().await;
    for path in
        ["/health", "/wallet", "/nowhere", "/api_docs/openapi.json", "/api_docs/ui", "/payments/return"]
    {
        let answer = app.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        // What no directive names is refused, plug-ins too; what does not fall back to it is named.
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|named| named == directive), "{path}: {policy}");
        }
        assert_eq!(answer.header("set-cookie"), "", "{path}");
    }
    assert_eq!(app.get("/wallet").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn who_is_not_ready_says_what_is_missing() {
    let app = TestApp::start().await;
    app.get("/health").await.expect(200);
    // No worker runs here by itself.
    let answer = app.get("/health/ready").await.expect_error(503, "SERVICE_UNAVAILABLE");
    let told = &answer.json["details"];
    assert_eq!(told["database"], true, "{told}");
    assert_eq!(told["worker"], false, "{told}");
    assert_eq!(answer.header("retry-after"), "1");
    app.database.shut_out().await;
    let answer = app.get("/health/ready").await.expect_error(503, "SERVICE_UNAVAILABLE");
    assert_eq!(answer.json["details"]["database"], false, "{}", answer.text);
    app.get("/health").await.expect(200);
}

/// The answer without what is new each time.
fn shape(mut answer: Answer) -> (u16, Vec<String>, Value) {
    let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    answer.json["challenge_id"] = Value::Null;
    (answer.status.as_u16(), headers, answer.json)
}

#[tokio::test]
async fn a_known_number_and_an_unknown_one_are_answered_alike() {
    let app = TestApp::start().await;
    let known = app.person().await.phone;
    app.advance(Duration::minutes(2)).await;
    let unknown = app.new_phone();
    let trigger = async |phone: &str| shape(app.post("/auth/otp/trigger", &json!({ "phone": phone })).await);
    assert_eq!(trigger(&known).await, trigger(&unknown).await);
    let verify = async |phone: &str| {
        let answer = app.post("/auth/otp/verify", &json!({ "phone": phone, "otp": "000000" })).await;
        let (status, headers, mut told) = shape(answer);
        told["request_id"] = Value::Null;
        (status, headers, told)
    };
    assert_eq!(verify(&known).await, verify(&unknown).await);
}

#[tokio::test]
async fn the_clock_of_the_sandbox_moves_within_reason() {
    let app = TestApp::start().await;
    let clock = async |body: Value| app.post_owned("/sandbox/clock", body).await;
    let moved = clock(json!({ "advance_seconds": 90 })).await.expect(200);
    assert_eq!(moved.json["now"], "2026-01-15T12:01:30Z");
    let set = clock(json!({ "set_at": "2026-02-01T00:00:00Z" })).await.expect(200);
    assert_eq!(set.json["now"], "2026-02-01T00:00:00Z");
    assert_eq!(app.get("/sandbox/clock").await.expect(200).json["now"], "2026-02-01T00:00:00Z");
    for (body, field) in [
        (json!({ "advance_seconds": "soon" }), "advance_seconds"),
        (json!({ "advance_seconds": i64::MAX }), "advance_seconds"),
        (json!({ "advance_seconds": i64::MIN }), "advance_seconds"),
        (json!({ "set_at": "yesterday" }), "set_at"),
        (json!({ "set_at": "2126-02-01T00:00:00Z" }), "set_at"),
        (json!({ "set_at": "2026-02-02T00:00:00Z", "advance_seconds": 1 }), "set_at"),
        (json!({ "backwards": true }), "backwards"),
    ] {
        let refused = clock(body).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(refused.json["details"]["field"], field, "{}", refused.text);
    }
    assert_eq!(app.get("/sandbox/clock").await.expect(200).json["now"], "2026-02-01T00:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_by_address_hold_where_they_are_enforced() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("SANDBOX_ENFORCE_BUDGETS", "true")]).await;
    let device = Device::new(&program, "");
    let trigger = async |number: usize| {
        let phone = format!("98{number:08}");
        device.post("/auth/otp/trigger", &json!({ "phone": phone })).await
    };
    let mut taken = 0;
    let refused = loop {
        let answer = trigger(taken).await;
        assert!(!answer.header("x-ratelimit-limit").is_empty(), "{}", answer.text);
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken <= 30, "nobody stops one address");
    };
    refused.clone().expect_error(429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(refused.header("retry-after"), refused.json["details"]["retry_after"].to_string());
    let told = ["x-ratelimit-limit", "x-ratelimit-remaining"].map(|name| refused.header(name));
    assert_eq!(told, ["10", "0"], "the number's day, whoever's counter it was");
    // What was sent was bought, and what was refused was not.
    assert_eq!(deployment.simulators.inbox().newest_first(None).len(), taken);
    let verify = device.post("/auth/otp/verify", &json!({ "phone": "9800000000", "otp": "000000" })).await;
    assert_eq!(verify.header("x-ratelimit-limit"), "100", "{}", verify.text);
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_keeps_asking_takes_a_tenth_of_its_site() {
    let deployment = Deployment::prepare().await;
    let settings = [("SANDBOX_ENFORCE_BUDGETS", "true"), ("AAROKYA_TRUSTED_PROXIES", "1")];
    let program = deployment.serve(&settings).await;
    let device = Device::new(&program, "");
    // Whoever comes back from paying is shown a page, 60 times an hour for a network and ten times that for its site.
    let come_back = async |network: usize| {
        let from = format!("2001:db8:1:{network:x}::1");
        device.send(device.request(Method::GET, "/payments/return").header("x-forwarded-for", from)).await
    };
    let mut refused = 0;
    for _ in 0..30 {
        let answers = join_all((0..30).map(|_| come_back(0))).await;
        refused += answers.iter().filter(|answer| answer.status == 429).count();
    }
    assert_eq!(refused, 900 - 60);
    for neighbour in 1..10 {
        let answers = join_all((0..60).map(|_| come_back(neighbour))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "the rest of the site's 600");
    }
    come_back(10).await.expect(429);
    assert!(program.terminate().await.success());
}

#[tokio::test]
async fn each_body_is_what_its_header_says() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let (json, page) = ("application/json", "text/html; charset=utf-8");
    for (path, expected) in [
        ("/health", json),
        ("/health/ready", json),
        ("/wallet", json),
        ("/payments/orders", json),
        ("/payments/orders/nobodys", json),
        ("/nowhere", json),
        ("/api_docs/openapi.json", json),
        ("/api_docs/ui", page),
        ("/payments/return", page),
        ("/wallet/statement?from=2026-01-01&to=2026-01-31", "text/csv; charset=utf-8"),
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.header("content-type"), expected, "{path}");
        let begins = match expected {
            "application/json" => answer.json.is_object(),
            "text/csv; charset=utf-8" => {
                answer.json.is_null() && answer.text.lines().all(|line| line.contains(','))
            }
            _ => answer.text.to_lowercase().starts_with("<!doctype html>"),
        };
        assert!(begins, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn reading_changes_nothing() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    person.top_up("k", 50_000).await;
    let wallet_id = person.get("/wallet").await.text("transcorp_wallet_id");
    let before = app.rows().await;
    for path in [
        "/user/profile",
        "/auth/sessions",
        "/wallet",
        &format!("/wallet/{wallet_id}/balance"),
        &format!("/wallet/{wallet_id}/status"),
        &format!("/wallet/{wallet_id}/transactions/history/0"),
        "/wallet/statement?from=2026-01-01&to=2026-01-31",
        "/payments/orders",
        "/payments/return",
        "/health",
        "/api_docs/openapi.json",
        "/api_docs/ui",
    ] {
        person.get(path).await.expect(200);
        let head = app.send(person.request(Method::HEAD, path)).await.expect(200);
        assert_eq!(head.text, "", "{path}");
    }
    assert_eq!(app.rows().await, before, "something was written");
}
