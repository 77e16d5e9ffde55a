//! Each way to an error code that the sandbox tells of leads there.

use futures::future::join;
use gateway::sandbox::WAYS;
use kernel::uuid::Uuid;
use partners::{FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use reqwest::{Method, header};
use serde_json::{Value, json};
use tests::{Answer, Person, TestApp};
use time::Duration;

/// Somebody with a birth date on record, a PIN, and another code on its way.
async fn person_with_pin(app: &TestApp) -> Person<'_> {
    let person = app.person().await;
    person.patch("/user/profile", &json!({ "dob": "1994-08-15" })).await.expect(200);
    another_code(app, &person).await;
    person.put("/auth/pin", &json!({ "pin": "8305", "otp": "123456" })).await.expect(200);
    another_code(app, &person).await;
    person
}

async fn another_code(app: &TestApp, person: &Person<'_>) {
    app.advance(Duration::seconds(31)).await;
    app.post("/auth/otp/trigger", &json!({ "phone": person.phone })).await.expect(200);
}

async fn trigger(app: &TestApp, content_type: &str, body: String) -> Answer {
    let request = app.request(Method::POST, "/auth/otp/trigger");
    app.send(request.header(header::CONTENT_TYPE, content_type).body(body)).await
}

/// About codes, tokens and PINs.
async fn of_identity(app: &TestApp, code: &str) -> Option<Answer> {
    let phone = app.new_phone();
    Some(match code {
        "FORBIDDEN" => {
            let wrong = json!({ "pin": "9041", "otp": "123456", "dob": "1994-08-16" });
            person_with_pin(app).await.put("/auth/pin", &wrong).await
        }
        "IMMUTABLE_FIELD" => app.person().await.patch("/user/profile", &json!({ "phone": phone })).await,
        "INVALID_DATE_FORMAT" => {
            app.person().await.patch("/user/profile", &json!({ "dob": "15/08/1994" })).await
        }
        "INVALID_OTP" => app.post("/auth/otp/verify", &json!({ "phone": phone, "otp": "654321" })).await,
        "INVALID_PHONE" => app.post("/auth/otp/trigger", &json!({ "phone": "1234567890" })).await,
        "INVALID_STATE" => app.person().await.post("/auth/step-up", &json!({ "pin": "8305" })).await,
        "INVALID_TOKEN" => app.get("/wallet").await,
        "MAX_ATTEMPTS_EXCEEDED" => {
            let person = person_with_pin(app).await;
            for _ in 0..5 {
                person.post("/auth/step-up", &json!({ "pin": "9041" })).await;
            }
            person.post("/auth/step-up", &json!({ "pin": "9041" })).await
        }
        "RATE_LIMIT_EXCEEDED" => {
            app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
            app.post("/auth/otp/trigger", &json!({ "phone": phone })).await
        }
        "SESSION_NOT_FOUND" => {
            app.person().await.delete("/auth/sessions/0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60").await
        }
        "STEP_UP_REQUIRED" => {
            person_with_pin(app).await.put("/auth/pin", &json!({ "pin": "9041", "otp": "123456" })).await
        }
        "TOO_MANY_OTP_ATTEMPTS" => {
            app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
            for _ in 0..5 {
                app.post("/auth/otp/verify", &json!({ "phone": phone, "otp": "654321" })).await;
            }
            app.post("/auth/otp/verify", &json!({ "phone": phone, "otp": "123456" })).await
        }
        _ => return None,
    })
}

/// About wallets and payments.
async fn of_money(app: &TestApp, code: &str) -> Option<Answer> {
    Some(match code {
        "IDEMPOTENCY_KEY_REUSED" => {
            let person = app.person_with_wallet().await;
            person.top_up_session("k", 10_000).await.expect(201);
            person.top_up_session("k", 20_000).await
        }
        "INVALID_AMOUNT" => app.person_with_wallet().await.top_up_session("k", 0).await,
        "LIMIT_EXCEEDED" => app.person_with_wallet().await.top_up_session("k", 1_000_100).await,
        "MISSING_REQUIRED_FIELD" => {
            let body = json!({ "type": "WALLET_TOPUP", "amount": 10_000 });
            app.person_with_wallet().await.post("/payments/session", &body).await
        }
        "NUMBER_OF_DAYS_OUT_OF_RANGE" => {
            let person = app.person_with_wallet().await;
            let wallet_id = person.get("/wallet").await.text("transcorp_wallet_id");
            person.get(&format!("/wallet/{wallet_id}/transactions/history/366")).await
        }
        "ORDER_NOT_FOUND" => app.person().await.get("/payments/orders/NOSUCHORDER").await,
        "REQUEST_IN_PROGRESS" => {
            let person = app.person_with_wallet().await;
            let slow = FaultScript {
                matches: Some("POST /session".to_owned()),
                delay_ms: Some(1_000),
                ..FaultScript::new(FaultKind::Delay)
            };
            app.simulators.add_fault(Partner::Juspay, slow).expect("the fault is taken");
            let (first, second) =
                join(person.top_up_session("k", 10_000), person.top_up_session("k", 10_000)).await;
            app.simulators.clear_faults(Partner::Juspay);
            if first.status == 201 { second } else { first }
        }
        "WALLET_NOT_FOUND" => app.person().await.get("/wallet/wlm_nobodys/balance").await,
        _ => return None,
    })
}

/// About plans and what they cost.
async fn of_cover(app: &TestApp, code: &str) -> Option<Answer> {
    let priced = async |dependants: &[&str]| {
        app.app.catalogue.sync().await.expect("the insurer answers");
        let person = app.person().await;
        let plans =
            person.get("/insurance/plans?plan_type=family&min_sum_insured=50000000").await.expect(200);
        let relative = |word: &&str| {
            let (relationship, dob) = word.split_once(' ').expect("a relative and their birth date");
            json!({ "relationship": relationship, "dob": dob, "gender": "other" })
        };
        let body = json!({
            "plan_id": plans.json["data"][0]["id"],
            "policyholder": { "dob": "1975-01-15", "gender": "female" },
            "dependants": dependants.iter().map(relative).collect::<Vec<_>>(),
        });
        person.post("/insurance/calculate-premium", &body).await
    };
    Some(match code {
        "NOT_ELIGIBLE" => priced(&["child 1996-01-15"]).await,
        "PLAN_NOT_FOUND" => {
            app.person().await.get("/insurance/plans/0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60").await
        }
        "TOO_MANY_DEPENDANTS" => priced(&["spouse 1976-01-15", "spouse 1977-01-15"]).await,
        _ => return None,
    })
}

/// A price for somebody whom a policy can cover, and who they are.
async fn quoted(app: &TestApp) -> (Person<'_>, Value) {
    let person = app.person().await;
    let quote = price_for(app, &person).await;
    (person, quote)
}

/// A price for this person, who can then be covered.
async fn price_for(app: &TestApp, person: &Person<'_>) -> Value {
    app.app.catalogue.sync().await.expect("the insurer answers");
    let profile = json!({ "first_name": "Asha", "dob": "1994-08-15", "gender": "female" });
    person.patch("/user/profile", &profile).await.expect(200);
    another_price(person).await
}

async fn another_price(person: &Person<'_>) -> Value {
    let plans = person.get("/insurance/plans?plan_type=individual").await.expect(200);
    let body = json!({ "plan_id": plans.json["data"][0]["id"] });
    person.post("/insurance/calculate-premium", &body).await.expect(200).json
}

async fn buy(person: &Person<'_>, key: &str, quote: &Value) -> Answer {
    pay_with(person, key, quote, "JUSPAY").await
}

async fn pay_with(person: &Person<'_>, key: &str, quote: &Value, method: &str) -> Answer {
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"], "method": method });
    let request = person.request(Method::POST, "/payments/session").header("idempotency-key", key);
    person.app.send(request.json(&body)).await
}

async fn claim(person: &Person<'_>, order_id: &str) -> Answer {
    let body = json!({ "plan_id": Uuid::nil(), "payment_order_id": order_id });
    person.post("/insurance/purchase", &body).await
}

/// About policies.
async fn of_policies(app: &TestApp, code: &str) -> Option<Answer> {
    Some(match code {
        "AMOUNT_MISMATCH" => {
            let person = app.person_with_wallet().await;
            let order_id = person.top_up("k", 131_306).await;
            claim(&person, &order_id).await
        }
        "INSUFFICIENT_BALANCE" => {
            let person = person_with_pin(app).await;
            person.wallet_completed().await;
            person.post("/auth/step-up", &json!({ "pin": "8305" })).await.expect(200);
            let quote = price_for(app, &person).await;
            pay_with(&person, "k", &quote, "WALLET").await
        }
        "ORDER_ALREADY_USED" => {
            let person = app.person_with_wallet().await;
            let order_id = person.top_up("k", 50_000).await;
            claim(&person, &order_id).await
        }
        "ORDER_NOT_PAID" => {
            let (person, quote) = quoted(app).await;
            let order_id = buy(&person, "k", &quote).await.expect(201).text("order_id");
            claim(&person, &order_id).await
        }
        "POLICY_ALREADY_EXISTS" => {
            let (person, quote) = quoted(app).await;
            let order_id = buy(&person, "k", &quote).await.expect(201).text("order_id");
            let paid = app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before));
            paid.await.expect("the order can be paid");
            app.settle().await;
            buy(&person, "another", &another_price(&person).await).await
        }
        "POLICY_NOT_FOUND" => {
            app.person().await.get("/insurance/policies/0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60").await
        }
        "QUOTE_EXPIRED" => {
            let (person, quote) = quoted(app).await;
            person.patch("/user/profile", &json!({ "gender": "other" })).await.expect(200);
            buy(&person, "k", &quote).await
        }
        _ => return None,
    })
}

/// About requests as such.
async fn of_the_edge(app: &TestApp, code: &str) -> Option<Answer> {
    let json = "application/json";
    Some(match code {
        "MALFORMED_JSON" => trigger(app, json, "{".to_owned()).await,
        "METHOD_NOT_ALLOWED" => app.send(app.request(Method::DELETE, "/wallet")).await,
        "NOT_FOUND" => app.get("/no/such/path").await,
        "PAYLOAD_TOO_LARGE" => {
            trigger(app, json, format!("{{\"phone\": \"{}\"}}", "9".repeat(300 * 1024))).await
        }
        "SERVICE_UNAVAILABLE" => {
            app.database.shut_out().await;
            app.get("/health/ready").await
        }
        "UNSUPPORTED_MEDIA_TYPE" => trigger(app, "text/plain", "{}".to_owned()).await,
        "VALIDATION_ERROR" => {
            let body = json!({ "phone": app.new_phone(), "favourite_colour": "blue" });
            app.post("/auth/otp/trigger", &body).await
        }
        _ => return None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_leads_to_its_code() {
    let (mut app, mut untried) = (TestApp::start().await, Vec::new());
    for (code, _) in WAYS {
        let answer = match of_identity(&app, code).await {
            None => match of_money(&app, code).await {
                None => match of_cover(&app, code).await {
                    None => match of_policies(&app, code).await {
                        None => of_the_edge(&app, code).await,
                        found => found,
                    },
                    found => found,
                },
                found => found,
            },
            found => found,
        };
        let Some(answer) = answer else {
            untried.push(code);
            continue;
        };
        assert_eq!(answer.json["error"], **code, "{}", answer.text);
        if *code == "SERVICE_UNAVAILABLE" {
            // Its database is gone.
            app = TestApp::start().await;
        }
    }
    assert_eq!(untried, Vec::<&&str>::new(), "nobody tries these");
}
