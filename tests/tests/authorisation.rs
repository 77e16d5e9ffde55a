//! Every route of the served document against every kind of caller, compared with the one table of policies.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gateway::{
    operate,
    policy::{self, Access},
};
use identity::Role;
use kernel::UserId;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tests::{Person, TestApp};
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

/// A kind of caller: what it shows at the door.
struct Caller {
    kind: &'static str,
    authorization: Option<String>,
    is_person: bool,
    is_partner: bool,
}

/// One caller of each kind.
async fn callers(app: &TestApp) -> Vec<Caller> {
    let person = |kind, token: &str| Caller {
        kind,
        authorization: Some(format!("Bearer {token}")),
        is_person: true,
        is_partner: false,
    };
    let stranger = |kind, authorization| Caller { kind, authorization, is_person: false, is_partner: false };
    let expired = app.person().await.access_token;
    app.advance(Duration::hours(25)).await;
    let patient = app.person().await;
    let with_role = async |role| {
        let person = app.person().await;
        let (user_id, phone) = (UserId::new(person.user_id.parse().expect("an id")), person.phone);
        operate::grant_role(&app.app, user_id, role).await.expect("the role is given");
        app.advance(Duration::minutes(1)).await;
        Person::sign_in(app, &phone).await.access_token
    };
    let juspay = &app.config.juspay;
    let credentials = format!("{}:{}", juspay.webhook_username, juspay.webhook_password.expose_secret());
    let credentials = Some(format!("Basic {}", STANDARD.encode(credentials)));
    vec![
        stranger("nobody", None),
        stranger("expired token", Some(format!("Bearer {expired}"))),
        stranger("refresh token", Some(format!("Bearer {}", patient.refresh_token))),
        person("patient", &patient.access_token),
        person("practitioner", &with_role(Role::Practitioner).await),
        person("admin", &with_role(Role::Admin).await),
        Caller { kind: "partner", authorization: credentials, is_person: false, is_partner: true },
    ]
}

#[tokio::test]
async fn each_kind_of_caller_passes_where_the_table_says_and_nowhere_else() {
    let app = TestApp::start().await;
    let callers = callers(&app).await;
    let mut routes = documented();
    // Signing out ends what the other calls are made with.
    routes.sort_by_key(|(_, path)| path == "/auth/logout");
    for (method, path) in routes {
        let access = policy::of(&method, &path).unwrap().access;
        for caller in &callers {
            let expected = match access {
                Access::Anyone => None,
                Access::Partner => (!caller.is_partner).then_some("INVALID_SIGNATURE"),
                Access::Person | Access::PersonMovingMoney => (!caller.is_person).then_some("INVALID_TOKEN"),
            };
            let mut request = app.request(method.clone(), &concrete(&path));
            if let Some(authorization) = &caller.authorization {
                request = request.header("authorization", authorization);
            }
            let answer = app.send(request).await;
            let code = answer.json["error"].as_str().unwrap_or_default();
            let place = format!("{method} {path} as {}: {}", caller.kind, answer.text);
            let at_the_door = ["INVALID_TOKEN", "INVALID_SIGNATURE", "FORBIDDEN"].contains(&code);
            match expected {
                Some(expected) => assert_eq!(code, expected, "{place}"),
                // A refresh token that is missing or wrong is the request's own matter.
                None => assert!(!at_the_door || path == "/auth/token/refresh", "{place}"),
            }
            assert_ne!(answer.status, 500, "{place}");
        }
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
    // No role opens another person's things.
    let user_id = UserId::new(ravi.user_id.parse().unwrap());
    for role in [Role::Practitioner, Role::Admin] {
        operate::grant_role(&app.app, user_id, role).await.unwrap();
    }
    app.advance(Duration::minutes(1)).await;
    let ravi = Person::sign_in(&app, &ravi.phone).await;
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
