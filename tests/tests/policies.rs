//! Policies as people buy them: quoted, paid, issued by the insurer or paid back, and nobody else's business.

use partners::{Decision, FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, TestApp};
use time::Duration;

/// A gateway that knows the insurer's plans.
async fn selling() -> TestApp {
    let app = TestApp::start().await;
    app.app.catalogue.sync().await.expect("the insurer answers");
    app
}

/// Somebody whose name and birth date are known.
async fn known<'app>(app: &'app TestApp, phone: &str) -> Person<'app> {
    let person = Person::sign_in(app, phone).await;
    let profile =
        json!({ "first_name": "Asha", "last_name": "Devi", "dob": "1985-08-15", "gender": "female" });
    person.patch("/user/profile", &profile).await.expect(200);
    person
}

async fn plan(person: &Person<'_>, code: &str) -> String {
    let plans = person.get("/insurance/plans?limit=100").await.expect(200);
    let mut listed = plans.json["data"].as_array().into_iter().flatten();
    let plan = listed.find(|plan| plan["code"] == code).expect("a plan of that code");
    plan["id"].as_str().expect("an id").to_owned()
}

/// A price for the plan of that code.
async fn quoted(person: &Person<'_>, code: &str) -> Value {
    let body = json!({ "plan_id": plan(person, code).await });
    person.post("/insurance/calculate-premium", &body).await.expect(200).json
}

async fn session(person: &Person<'_>, key: &str, body: &Value) -> Answer {
    let request = person.request(Method::POST, "/payments/session").header("idempotency-key", key);
    person.app.send(request.json(body)).await
}

/// An order for the policy that was quoted.
async fn ordered(person: &Person<'_>, key: &str, quote: &Value) -> String {
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"] });
    session(person, key, &body).await.expect(201).text("order_id")
}

async fn pays(app: &TestApp, order_id: &str) {
    let paid = app.simulators.pay(order_id, Some(Outcome::Success), Some(WebhookTiming::Before));
    paid.await.expect("the order can be paid");
}

/// A paid order for a policy under that plan.
async fn paid(person: &Person<'_>, key: &str, code: &str) -> String {
    let quote = quoted(person, code).await;
    let order_id = ordered(person, key, &quote).await;
    pays(person.app, &order_id).await;
    order_id
}

async fn order(person: &Person<'_>, order_id: &str) -> Value {
    person.get(&format!("/payments/orders/{order_id}")).await.expect(200).json
}

async fn policies(person: &Person<'_>) -> Vec<Value> {
    let listed = person.get("/insurance/policies").await.expect(200);
    listed.json["data"].as_array().expect("a list").clone()
}

/// The one policy of this person, which is in this state.
async fn only(person: &Person<'_>, status: &str) -> Value {
    let listed = policies(person).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["status"], status, "{listed:?}");
    listed[0].clone()
}

async fn claim(person: &Person<'_>, plan_id: &Value, order_id: &str) -> Answer {
    let body = json!({ "plan_id": plan_id, "payment_order_id": order_id });
    person.post("/insurance/purchase", &body).await
}

#[tokio::test]
async fn a_family_is_insured_from_plan_to_policy() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let kiran = json!({
        "first_name": "Kiran", "last_name": "Devi", "dob": "2016-07-30", "gender": "male", "relationship": "child",
    });
    let kiran = person.post("/user/dependants", &kiran).await.expect(201);
    let quote = quoted(&person, "NH-ADITI-5L").await;
    let body = json!({ "type": "insurance-purchase", "quote_id": quote["quote_id"], "method": "juspay" });
    let opened = session(&person, "k", &body).await.expect(201);
    assert_eq!(
        (&opened.json["type"], &opened.json["amount"]),
        (&json!("INSURANCE_PURCHASE"), &quote["total"])
    );
    let order_id = opened.text("order_id");
    claim(&person, &quote["plan_id"], &order_id).await.expect_error(409, "ORDER_NOT_PAID");
    assert_eq!(policies(&person).await, Vec::<Value>::new(), "nothing is paid for");

    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::None)).await.unwrap();
    app.advance(Duration::seconds(3)).await;
    let told = json!({
        "plan_id": quote["plan_id"], "payment_order_id": order_id, "quote_id": quote["quote_id"],
        "dependants": [{ "name": "kiran devi", "relationship": "child", "dob": "2016-07-30", "gender": "male" }],
    });
    let claimed = person.post("/insurance/purchase", &told).await.expect(201);
    assert_eq!((&claimed.json["status"], &claimed.json["policy_number"]), (&json!("ISSUING"), &Value::Null));
    app.settle().await;

    let policy = only(&person, "ACTIVE").await;
    assert!(policy["policy_number"].as_str().unwrap().starts_with("NHI/2026/"));
    assert_eq!((&policy["start_date"], &policy["end_date"]), (&json!("2026-01-15"), &json!("2027-01-14")));
    assert_eq!(policy["free_look_until"], "2026-02-14");
    assert_eq!((&policy["premium"], &policy["sum_insured"]), (&quote["total"], &json!(50_000_000)));
    assert_eq!(policy["payment_order_id"], order_id);
    let members = policy["members"].as_array().unwrap();
    let names: Vec<_> = members.iter().map(|member| (&member["relationship"], &member["name"])).collect();
    assert_eq!(names, [(&Value::Null, &json!("Asha Devi")), (&json!("child"), &json!("Kiran Devi"))]);
    assert_eq!(members[1]["member_id"], kiran.text("id"));
    let shown = person.get(&format!("/insurance/policies/{}", policy["id"].as_str().unwrap())).await;
    assert_eq!(shown.expect(200).json, policy);
    let again = person.post("/insurance/purchase", &told).await.expect(200);
    assert_eq!(again.json, policy, "claimed again, the same");
    assert_eq!(order(&person, &order_id).await["fulfilment"], "DONE");
    assert_eq!(app.simulators.policies_issued(), 1);

    let stranger = app.person().await;
    let path = format!("/insurance/policies/{}", policy["id"].as_str().unwrap());
    stranger.get(&path).await.expect_error(404, "POLICY_NOT_FOUND");
    claim(&stranger, &quote["plan_id"], &order_id).await.expect_error(404, "ORDER_NOT_FOUND");
    assert_eq!(policies(&stranger).await, Vec::<Value>::new());
}

#[tokio::test]
async fn whoever_never_comes_back_after_paying_is_insured_all_the_same() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let quote = quoted(&person, "NH-ADITI-5L").await;
    let order_id = ordered(&person, "k", &quote).await;
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::None)).await.unwrap();
    app.advance(Duration::minutes(1)).await;
    app.settle().await;
    only(&person, "ACTIVE").await;
    assert_eq!(order(&person, &order_id).await["fulfilment"], "DONE");
}

#[tokio::test]
async fn what_changes_after_the_price_changes_nothing_of_the_policy() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let quote = quoted(&person, "NH-ADITI-5L").await;
    ordered(&person, "left", &quote).await;
    person.patch("/user/profile", &json!({ "first_name": "Anita" })).await.expect(200);
    let order_id = ordered(&person, "k", &quote).await;
    person.patch("/user/profile", &json!({ "first_name": "Anuradha" })).await.expect(200);
    pays(&app, &order_id).await;
    app.settle().await;
    assert_eq!(only(&person, "ACTIVE").await["members"][0]["name"], "Anita Devi", "as she was when she paid");
    person.patch("/user/profile", &json!({ "first_name": "Asha" })).await.expect(200);
    assert_eq!(only(&person, "ACTIVE").await["members"][0]["name"], "Anita Devi");
}

#[tokio::test]
async fn what_the_insurer_will_not_issue_is_paid_back() {
    let app = selling().await;
    for (key, phone) in [("a", "9000000031"), ("b", "9000000036")] {
        let person = known(&app, phone).await;
        let order_id = paid(&person, key, "NH-ADITI-5L").await;
        app.settle().await;
        let policy = only(&person, "ISSUE_FAILED").await;
        assert_eq!(policy["failure_reason"], "REFUSED_BY_INSURER");
        app.advance(Duration::minutes(30)).await;
        app.settle().await;
        only(&person, "REFUNDED").await;
        let order = order(&person, &order_id).await;
        assert_eq!((&order["status"], &order["fulfilment"]), (&json!("REFUNDED"), &json!("FAILED")));
        let plan_id = policy["plan"]["id"].clone();
        let claimed = claim(&person, &plan_id, &order_id).await.expect(200);
        assert_eq!(claimed.json["status"], "REFUNDED", "whoever asks is told");
    }
    assert_eq!(app.simulators.policies_issued(), 0);
}

#[tokio::test]
async fn an_insurer_that_takes_its_time_is_waited_for_a_day() {
    let app = selling().await;
    let (slow, undecided) = (known(&app, "9000000032").await, known(&app, "9000000033").await);
    let (first, second) = (paid(&slow, "a", "NH-ADITI-5L").await, paid(&undecided, "b", "NH-ADITI-5L").await);
    app.settle().await;
    only(&slow, "ISSUING").await;
    only(&undecided, "ISSUING").await;
    for _ in 0..12 {
        app.advance(Duration::minutes(1)).await;
        app.settle().await;
    }
    only(&slow, "ACTIVE").await;
    only(&undecided, "ISSUING").await;
    assert_eq!(order(&slow, &first).await["fulfilment"], "DONE");
    app.advance(Duration::hours(24)).await;
    app.settle().await;
    let undecided = Person::sign_in(&app, &undecided.phone).await;
    let policy = only(&undecided, "ISSUE_FAILED").await;
    assert_eq!(policy["failure_reason"], "NOT_ISSUED_IN_TIME");
    let decided = app.simulators.decide_policy(policy["id"].as_str().unwrap(), Decision::Issue);
    assert_eq!(decided, Some(false), "the insurer can issue it no more");
    app.advance(Duration::minutes(30)).await;
    app.settle().await;
    only(&undecided, "REFUNDED").await;
    assert_eq!(order(&undecided, &second).await["status"], "REFUNDED");
    assert_eq!(app.simulators.policies_issued(), 1);
}

#[tokio::test]
async fn an_insurer_that_fails_or_is_away_issues_one_policy_in_the_end() {
    let app = selling().await;
    for (key, phone) in [("a", "9000000034"), ("b", "9000000035"), ("c", "9876543210")] {
        let person = known(&app, phone).await;
        let order_id = paid(&person, key, "NH-ADITI-5L").await;
        if key == "c" {
            let outage = FaultScript { times: Some(6), ..FaultScript::new(FaultKind::Outage) };
            app.simulators.add_fault(Partner::Narayana, outage).unwrap();
        }
        app.settle().await;
        for _ in 0..8 {
            app.advance(Duration::minutes(1)).await;
            app.settle().await;
        }
        only(&person, "ACTIVE").await;
        assert_eq!(order(&person, &order_id).await["fulfilment"], "DONE");
    }
    assert_eq!(app.simulators.policies_issued(), 3);
}

/// Gives somebody a PIN, gives it back, and puts ₹6,000 into their wallet.
async fn ready_to_spend(person: &Person<'_>) {
    let app = person.app;
    person.wallet_completed().await;
    app.advance(Duration::seconds(31)).await;
    app.post("/auth/otp/trigger", &json!({ "phone": person.phone })).await.expect(200);
    let pin = json!({ "pin": "8305", "otp": "123456" });
    person.put("/auth/pin", &pin).await.expect(200);
    person.top_up("fund", 600_000).await;
    person.post("/auth/step-up", &json!({ "pin": "8305" })).await.expect(200);
}

async fn from_wallet(person: &Person<'_>, key: &str, quote: &Value) -> Answer {
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"], "method": "wallet" });
    session(person, key, &body).await
}

#[tokio::test]
async fn a_wallet_pays_for_a_policy_at_once() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    ready_to_spend(&person).await;
    let quote = quoted(&person, "NH-AROGYA-3L").await;
    let opened = from_wallet(&person, "k", &quote).await.expect(201);
    assert_eq!((&opened.json["status"], &opened.json["method"]), (&json!("SUCCESS"), &json!("WALLET")));
    assert_eq!(opened.json["sdk_payload"], Value::Null);
    let again = from_wallet(&person, "k", &quote).await.expect(201);
    assert_eq!(again.text, opened.text);
    app.settle().await;
    only(&person, "ACTIVE").await;
    let premium = quote["total"].as_i64().unwrap();
    assert_eq!(person.balance().await, 600_000 - premium);
    let order = order(&person, &opened.text("order_id")).await;
    assert_eq!((&order["method"], &order["fulfilment"]), (&json!("WALLET"), &json!("DONE")));
    let wallet_id = person.get("/wallet").await.expect(200).text("transcorp_wallet_id");
    let history = person.get(&format!("/wallet/{wallet_id}/transactions/history/0")).await.expect(200);
    let spent = &history.json["transactions"][0];
    assert_eq!((&spent["type"], &spent["purpose"]), (&json!("spend"), &json!("insurance_premium")));
    assert_eq!((&spent["amount"], &spent["source"]), (&json!(-premium), &Value::Null));
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn wallet_money_is_spent_after_the_pin_and_while_it_lasts() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let quote = quoted(&person, "NH-AROGYA-3L").await;
    from_wallet(&person, "early", &quote).await.expect_error(403, "STEP_UP_REQUIRED");
    ready_to_spend(&person).await;
    let dear = quoted(&person, "NH-ADITI-10L").await;
    let refused = from_wallet(&person, "dear", &dear).await.expect_error(409, "INSUFFICIENT_BALANCE");
    assert_eq!(refused.json["details"]["available"], 600_000, "{}", refused.text);
    assert_eq!(person.balance().await, 600_000);
    let other = quoted(&person, "NH-AROGYA-5L").await;
    let both = futures::join!(from_wallet(&person, "a", &quote), from_wallet(&person, "b", &other));
    let (paid, refused) = if both.0.status == 201 { both } else { (both.1, both.0) };
    paid.expect(201);
    refused.expect_error(409, "INSUFFICIENT_BALANCE");
    app.settle().await;
    only(&person, "ACTIVE").await;
    app.advance(Duration::minutes(5)).await;
    from_wallet(&person, "late", &other).await.expect_error(403, "STEP_UP_REQUIRED");
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn what_a_wallet_paid_for_and_did_not_get_is_back_in_it() {
    let app = selling().await;
    let person = known(&app, "9000000031").await;
    ready_to_spend(&person).await;
    let quote = quoted(&person, "NH-AROGYA-3L").await;
    let order_id = from_wallet(&person, "k", &quote).await.expect(201).text("order_id");
    app.settle().await;
    only(&person, "REFUNDED").await;
    assert_eq!(person.balance().await, 600_000);
    let order = order(&person, &order_id).await;
    assert_eq!((&order["status"], &order["refund"]["status"]), (&json!("REFUNDED"), &json!("SUCCESS")));
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn one_cover_is_bought_once_however_often_it_is_paid() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let (one, other) = (quoted(&person, "NH-ADITI-5L").await, quoted(&person, "NH-ADITI-5L").await);
    let orders = [
        ordered(&person, "a", &one).await,
        ordered(&person, "b", &one).await,
        ordered(&person, "c", &other).await,
    ];
    for order_id in &orders {
        pays(&app, order_id).await;
    }
    let claims = orders.each_ref().map(|order_id| claim(&person, &one["plan_id"], order_id));
    let claims = futures::future::join_all(claims).await;
    app.settle().await;
    app.advance(Duration::minutes(30)).await;
    app.settle().await;
    let policy = only(&person, "ACTIVE").await;
    assert_eq!(app.simulators.policies_issued(), 1);
    let mut ends = Vec::new();
    for order_id in &orders {
        let order = order(&person, order_id).await;
        ends.push((order["status"].as_str().unwrap().to_owned(), order["fulfilment"].clone()));
    }
    ends.sort_by_key(|(status, _)| status.clone());
    assert_eq!(
        ends.iter().map(|(status, _)| status.as_str()).collect::<Vec<_>>(),
        ["REFUNDED", "REFUNDED", "SUCCESS"]
    );
    for answer in claims {
        match answer.status.as_u16() {
            200 | 201 => assert_eq!(answer.json["id"], policy["id"]),
            _ => drop(answer.expect_error(409, "POLICY_ALREADY_EXISTS")),
        }
    }
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": other["quote_id"] });
    let refused = session(&person, "d", &body).await.expect_error(409, "POLICY_ALREADY_EXISTS");
    assert_eq!(refused.json["details"]["policy_id"], policy["id"]);
    let another = quoted(&person, "NH-ADITI-5L").await;
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": another["quote_id"] });
    session(&person, "e", &body).await.expect_error(409, "POLICY_ALREADY_EXISTS");
    let more = paid(&person, "f", "NH-AROGYA-3L").await;
    app.settle().await;
    assert_eq!(order(&person, &more).await["fulfilment"], "DONE", "another plan is another cover");
    assert_eq!(policies(&person).await.len(), 2);
}

#[tokio::test]
async fn nobody_pays_for_what_cannot_be_written() {
    let app = selling().await;
    let person = app.person().await;
    let before = app.rows().await["public.orders"].clone();
    let buy = async |quote: &Value| {
        let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"] });
        session(&person, "k", &body).await
    };
    let told = json!({
        "plan_id": plan(&person, "NH-ADITI-5L").await,
        "policyholder": { "dob": "1985-08-15", "gender": "female" },
        "dependants": [{ "relationship": "child", "dob": "2016-07-30", "gender": "male" }],
    });
    let quote = person.post("/insurance/calculate-premium", &told).await.expect(200).json;
    let missing = async |field: &str| {
        let refused = buy(&quote).await.expect_error(400, "MISSING_REQUIRED_FIELD");
        assert_eq!(refused.json["details"]["field"], field, "{}", refused.text);
    };
    missing("profile.dob").await;
    person.patch("/user/profile", &json!({ "dob": "1985-08-15" })).await.expect(200);
    missing("profile.gender").await;
    person.patch("/user/profile", &json!({ "gender": "male" })).await.expect(200);
    let refused = buy(&quote).await.expect_error(409, "QUOTE_EXPIRED");
    assert_eq!(refused.json["details"], json!({ "reason": "profile_changed" }));
    person.patch("/user/profile", &json!({ "gender": "female" })).await.expect(200);
    missing("profile.first_name").await;
    person.patch("/user/profile", &json!({ "first_name": "Asha" })).await.expect(200);
    let nameless = buy(&quote).await.expect_error(400, "MISSING_REQUIRED_FIELD");
    assert_eq!(nameless.json["details"], json!({ "field": "dependant_ids", "member": 0 }));

    let kiran = json!({
        "first_name": "Kiran", "dob": "2016-07-30", "gender": "male", "relationship": "child",
    });
    let kiran = person.post("/user/dependants", &kiran).await.expect(201);
    let quote = quoted(&person, "NH-ADITI-5L").await;
    let path = format!("/user/dependants/{}", kiran.text("id"));
    person.patch(&path, &json!({ "dob": "2016-07-31" })).await.expect(200);
    let refused = buy(&quote).await.expect_error(409, "QUOTE_EXPIRED");
    assert_eq!(refused.json["details"], json!({ "reason": "family_changed" }));

    let quote = quoted(&person, "NH-ADITI-5L").await;
    app.advance(Duration::days(7)).await;
    let person = Person::sign_in(&app, &person.phone).await;
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"] });
    let refused = session(&person, "k", &body).await.expect_error(409, "QUOTE_EXPIRED");
    assert_eq!(refused.json["details"], json!({ "reason": "price_over" }));
    let decided_first = quoted(&person, "NH-ADITI-25L").await;
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": decided_first["quote_id"] });
    let refused = session(&person, "k", &body).await.expect_error(409, "INVALID_STATE");
    assert_eq!(refused.json["details"], json!({ "reason": "insurer_decides_first" }));
    assert_eq!(app.rows().await["public.orders"], before, "no order was opened");
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_to_pay_is_named() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let quote = quoted(&person, "NH-ADITI-5L").await;
    let before = app.rows().await;
    let nobodys = "019bc1a9-4e20-7c5d-b1f2-87a3c60d19e4";
    for (body, status, code, field) in [
        (json!({ "type": "INSURANCE_PURCHASE" }), 400, "MISSING_REQUIRED_FIELD", "quote_id"),
        (json!({ "type": "INSURANCE_PURCHASE", "quote_id": nobodys }), 404, "NOT_FOUND", "quote_id"),
        (json!({ "type": "INSURANCE_PURCHASE", "quote_id": "7" }), 400, "VALIDATION_ERROR", "quote_id"),
        (
            json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"], "amount": 500_000 }),
            400,
            "VALIDATION_ERROR",
            "amount",
        ),
        (
            json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"], "method": "CASH" }),
            400,
            "VALIDATION_ERROR",
            "method",
        ),
        (
            json!({ "type": "WALLET_TOPUP", "amount": 50_000, "method": "WALLET" }),
            400,
            "VALIDATION_ERROR",
            "method",
        ),
        (json!({ "type": "WALLET_TOPUP" }), 400, "MISSING_REQUIRED_FIELD", "amount"),
        (
            json!({ "type": "WALLET_TOPUP", "amount": 500, "quote_id": quote["quote_id"] }),
            400,
            "VALIDATION_ERROR",
            "quote_id",
        ),
        (json!({ "type": "PHARMACY", "amount": 500 }), 400, "VALIDATION_ERROR", "type"),
    ] {
        let refused = session(&person, "k", &body).await.expect_error(status, code);
        assert_eq!(refused.json["details"]["field"], field, "{body}");
    }
    let stranger = known(&app, "9876543211").await;
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"] });
    session(&stranger, "k", &body).await.expect_error(404, "NOT_FOUND");
    let after = app.rows().await;
    for table in ["public.orders", "public.insurance_policies"] {
        assert_eq!(after[table], before[table], "{table}");
    }
}

#[tokio::test]
async fn what_is_claimed_is_what_was_paid_for() {
    let app = selling().await;
    let person = known(&app, "9876543210").await;
    let quote = quoted(&person, "NH-AROGYA-3L").await;
    let order_id = ordered(&person, "k", &quote).await;
    pays(&app, &order_id).await;
    app.settle().await;
    let other = plan(&person, "NH-AROGYA-5L").await;
    let nobodys = "019bc1a9-4e20-7c5d-b1f2-87a3c60d19e4";
    let relative = json!({ "name": "Kiran", "relationship": "child", "dob": "2016-07-30", "gender": "male" });
    let mut unborn = relative.clone();
    unborn["dob"] = "2999-01-01".into();
    for (part, value, code, field) in [
        ("plan_id", json!(other), "VALIDATION_ERROR", "plan_id"),
        ("quote_id", json!(nobodys), "VALIDATION_ERROR", "quote_id"),
        ("dependants", json!([relative]), "VALIDATION_ERROR", "dependants"),
        ("dependants", json!([unborn]), "INVALID_DATE_FORMAT", "dependants[0].dob"),
        ("dependants", json!(vec![relative.clone(); 21]), "VALIDATION_ERROR", "dependants"),
        ("nobody", json!(1), "VALIDATION_ERROR", "nobody"),
    ] {
        let mut body = json!({ "plan_id": quote["plan_id"], "payment_order_id": order_id });
        body[part] = value;
        let refused = person.post("/insurance/purchase", &body).await.expect_error(400, code);
        assert_eq!(refused.json["details"]["field"], field, "{body}");
    }
    claim(&person, &quote["plan_id"], "NO-ORDER").await.expect_error(404, "ORDER_NOT_FOUND");
    let topped = app.person_with_wallet().await;
    let top_up = topped.top_up("t", 50_000).await;
    let refused = claim(&topped, &quote["plan_id"], &top_up).await.expect_error(409, "ORDER_ALREADY_USED");
    assert_eq!(refused.json["details"], json!({ "type": "WALLET_TOPUP" }));
    let wrong = topped.top_up("w", 131_306).await;
    claim(&topped, &quote["plan_id"], &wrong).await.expect_error(409, "AMOUNT_MISMATCH");
    let policy = only(&person, "ACTIVE").await;
    person.get("/insurance/policies/NHI-1").await.expect_error(400, "VALIDATION_ERROR");
    person.get(&format!("/insurance/policies/{nobodys}")).await.expect_error(404, "POLICY_NOT_FOUND");
    assert_eq!(app.simulators.policies_issued(), 1, "{policy}");
}
