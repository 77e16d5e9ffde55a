//! Plans as they are sold and prices as they are told: the worked example, its tax by the day, who is refused and why.

use partners::{FaultKind, FaultScript, Partner};
use serde_json::{Value, json};
use tests::{Answer, Person, TestApp};
use time::{Duration, macros::datetime};

/// A gateway that knows the insurer's plans, as one does a moment after its start.
async fn selling() -> TestApp {
    let app = TestApp::start().await;
    app.app.catalogue.sync().await.expect("the insurer answers");
    app
}

async fn plan_id(person: &Person<'_>, code: &str) -> String {
    let plans = person.get("/insurance/plans?limit=100").await.expect(200);
    let mut listed = plans.json["data"].as_array().into_iter().flatten();
    let plan = listed.find(|plan| plan["code"] == code).expect("a plan of that code");
    plan["id"].as_str().expect("an id").to_owned()
}

async fn price(person: &Person<'_>, body: Value) -> Answer {
    person.post("/insurance/calculate-premium", &body).await
}

fn dependant(relationship: &str, dob: &str) -> Value {
    json!({ "relationship": relationship, "dob": dob, "gender": "other" })
}

#[tokio::test]
async fn plans_are_listed_filtered_and_shown() {
    let app = selling().await;
    let person = app.person().await;
    let list = async |query: &str| -> Vec<String> {
        let plans = person.get(&format!("/insurance/plans?{query}")).await.expect(200);
        plans.json["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|plan| plan["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list("limit=100").await.len(), 13);
    assert_eq!(list("plan_type=group").await, ["NH-SHRAMIK-1L", "NH-SHRAMIK-2L", "NH-SHRAMIK-5L"]);
    assert_eq!(list("plan_type=FAMILY&coverage_type=premium").await, ["NH-ADITI-25L"]);
    assert_eq!(list("min_sum_insured=250000000").await, ["NH-ADITI-25L"]);
    assert_eq!(list("max_premium=99900").await, ["NH-SHRAMIK-1L"]);
    assert_eq!(list("plan_type=individual&max_premium=0").await, Vec::<String>::new());

    let first = person.get("/insurance/plans?limit=10").await.expect(200);
    let rest = person
        .get(&format!("/insurance/plans?limit=10&cursor={}", first.text("next_cursor")))
        .await
        .expect(200);
    assert_eq!(
        (first.json["data"].as_array().unwrap().len(), rest.json["data"].as_array().unwrap().len()),
        (10, 3)
    );
    assert_eq!(rest.json["next_cursor"], Value::Null);

    let aditi = plan_id(&person, "NH-ADITI-5L").await;
    let shown = person.get(&format!("/insurance/plans/{aditi}")).await.expect(200).json;
    assert_eq!((&shown["sum_insured"], &shown["base_premium"]), (&json!(50_000_000), &json!(500_000)));
    assert_eq!((&shown["max_dependants"], &shown["issuance_mode"]), (&json!(5), &json!("INSTANT")));
    assert_eq!(
        shown["eligibility"],
        json!({ "min_age": 18, "max_age": 65, "pincodes": [], "districts": [] })
    );
    let nobody = "019bc1a0-1c40-7a21-8f3e-6b1d90c54e77";
    person.get(&format!("/insurance/plans/{nobody}")).await.expect_error(404, "PLAN_NOT_FOUND");
    person.get("/insurance/plans/NH-ADITI-5L").await.expect_error(400, "VALIDATION_ERROR");
    for (query, field) in [
        ("plan_type=CLAN", "plan_type"),
        ("coverage_type=GOLD", "coverage_type"),
        ("min_sum_insured=-1", "min_sum_insured"),
        ("max_premium=cheap", "max_premium"),
        ("sort=price", "sort"),
        ("limit=0", "limit"),
    ] {
        let refused =
            person.get(&format!("/insurance/plans?{query}")).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(refused.json["details"]["field"], field, "{query}");
    }
    app.get("/insurance/plans").await.expect_error(401, "INVALID_TOKEN");
}

#[tokio::test]
async fn the_worked_example_costs_what_it_costs_on_either_side_of_the_exemption() {
    let app = selling().await;
    let person = app.person().await;
    let plan_id = plan_id(&person, "NH-ADITI-5L").await;
    let family = json!({
        "plan_id": plan_id,
        "policyholder": { "dob": "1985-09-21", "gender": "female" },
        "dependants": [dependant("spouse", "1987-03-02"), dependant("child", "2016-07-30")],
    });
    app.clock.set(datetime!(2025-09-21 18:29:59 UTC));
    let person = app.person().await;
    let taxed = price(&person, family.clone()).await.expect(200).json;
    assert_eq!(taxed["subtotal"], 775_000);
    assert_eq!(taxed["tax"], json!({ "code": "GST", "rate_bp": 1_800, "amount": 139_500 }));
    assert_eq!((&taxed["total"], &taxed["valid_until"]), (&json!(914_500), &json!("2025-09-21T18:30:00Z")));
    app.clock.advance(Duration::seconds(1));
    let exempt = price(&person, family.clone()).await.expect(200).json;
    assert_eq!(exempt["tax"], json!({ "code": "GST_EXEMPT", "rate_bp": 0, "amount": 0 }));
    assert_eq!((&exempt["total"], &exempt["valid_until"]), (&json!(775_000), &json!("2025-09-28T18:30:00Z")));
    let lines = exempt["breakdown"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, 775_000, "{lines:?}");
    assert_eq!(
        lines[1],
        json!({
            "code": "AGE_LOADING", "description": "Age 40: 1 × 5 % of the base premium", "amount": 25_000,
        })
    );
    let again = price(&person, family).await.expect(200).json;
    assert_eq!((&again["hash"], &again["total"]), (&exempt["hash"], &exempt["total"]));
    assert_ne!(again["quote_id"], exempt["quote_id"]);
}

#[tokio::test]
async fn what_is_not_told_is_taken_from_the_profile() {
    let app = selling().await;
    let person = app.person().await;
    let plan_id = plan_id(&person, "NH-AROGYA-3L").await;
    let alone = json!({ "plan_id": plan_id });
    let refused = price(&person, alone.clone()).await.expect_error(400, "MISSING_REQUIRED_FIELD");
    assert_eq!(refused.json["details"]["field"], "policyholder.dob");
    person.patch("/user/profile", &json!({ "dob": "1975-01-15", "gender": "male" })).await.expect(200);
    let priced = price(&person, alone).await.expect(200).json;
    assert_eq!((&priced["age_loading"], &priced["total"]), (&json!(52_485), &json!(402_385)), "51 years old");
    let younger = json!({ "plan_id": plan_id, "policyholder": { "dob": "1996-01-15" } });
    assert_eq!(price(&person, younger).await.expect(200).json["total"], 349_900);
}

#[tokio::test]
async fn who_cannot_be_covered_is_told_the_rule_and_nothing_is_written() {
    let app = selling().await;
    let person = app.person().await;
    person.patch("/user/profile", &json!({ "dob": "1990-01-15", "gender": "male" })).await.expect(200);
    let (aditi, namma) = (plan_id(&person, "NH-ADITI-5L").await, plan_id(&person, "NH-NAMMA-2L").await);
    let before = app.rows().await;
    let with = |dependants: Vec<Value>| json!({ "plan_id": aditi, "dependants": dependants });
    let spouse = || dependant("spouse", "1991-01-01");
    let child = || dependant("child", "2016-07-30");
    let cases = [
        (with(vec![spouse(), spouse()]), "TOO_MANY_DEPENDANTS", json!({ "rule": "one_spouse", "max": 1 })),
        (with(vec![child(); 5]), "TOO_MANY_DEPENDANTS", json!({ "rule": "too_many_children", "max": 4 })),
        (with(vec![child(); 6]), "TOO_MANY_DEPENDANTS", json!({ "rule": "too_many_dependants", "max": 5 })),
        (
            with(vec![child(), dependant("child", "1996-01-15")]),
            "NOT_ELIGIBLE",
            json!({ "rule": "member_too_old", "max_years": 25, "member": 1 }),
        ),
        (
            with(vec![dependant("child", "2025-10-17")]),
            "NOT_ELIGIBLE",
            json!({ "rule": "member_too_young", "min_days": 91, "member": 0 }),
        ),
        (json!({ "plan_id": namma }), "NOT_ELIGIBLE", json!({ "rule": "place_unknown" })),
        (
            json!({ "plan_id": aditi, "policyholder": { "dob": "1950-01-01" } }),
            "NOT_ELIGIBLE",
            json!({ "rule": "holder_too_old", "max_years": 65 }),
        ),
    ];
    for (body, code, details) in cases {
        let refused = price(&person, body).await.expect_error(422, code);
        assert_eq!(refused.json["details"], details, "{}", refused.text);
    }
    assert_eq!(app.rows().await, before, "something was written");

    person.patch("/user/profile", &json!({ "address": "B-204, Sector 21, Noida 201301" })).await.expect(200);
    let refused = price(&person, json!({ "plan_id": namma })).await.expect_error(422, "NOT_ELIGIBLE");
    assert_eq!(refused.json["details"], json!({ "rule": "place_not_served" }));
    person
        .patch("/user/profile", &json!({ "address": "12, 4th Cross, Bengaluru 560 038" }))
        .await
        .expect(200);
    price(&person, json!({ "plan_id": namma })).await.expect(200);
}

#[tokio::test]
async fn every_part_of_a_cover_is_checked_and_named() {
    let app = selling().await;
    let person = app.person().await;
    let plan_id = plan_id(&person, "NH-ADITI-5L").await;
    let before = app.rows().await;
    let with = |dependant: Value| json!({ "plan_id": plan_id, "dependants": [dependant] });
    let mut cousin = dependant("spouse", "1991-01-01");
    cousin["relationship"] = "cousin".into();
    let mut nameless = dependant("spouse", "1991-01-01");
    nameless.as_object_mut().unwrap().remove("gender");
    let mut named = dependant("spouse", "1991-01-01");
    named["name"] = "Ravi".into();
    for (body, code, field) in [
        (with(cousin), "VALIDATION_ERROR", "dependants[0].relationship"),
        (with(dependant("child", "2016-02-30")), "INVALID_DATE_FORMAT", "dependants[0].dob"),
        (with(dependant("child", "2026-01-16")), "INVALID_DATE_FORMAT", "dependants[0].dob"),
        (with(dependant("mother", "1850-01-01")), "VALIDATION_ERROR", "dependants[0].dob"),
        (with(nameless), "MISSING_REQUIRED_FIELD", "dependants[0].gender"),
        (with(named), "VALIDATION_ERROR", "dependants[0].name"),
        (
            json!({ "plan_id": plan_id, "dependants": vec![dependant("child", "2016-07-30"); 21] }),
            "VALIDATION_ERROR",
            "dependants",
        ),
        (
            json!({ "plan_id": plan_id, "policyholder": { "gender": "?" } }),
            "VALIDATION_ERROR",
            "policyholder.gender",
        ),
    ] {
        let refused = price(&person, body).await.expect_error(400, code);
        assert_eq!(refused.json["details"]["field"], field, "{}", refused.text);
    }
    assert_eq!(app.rows().await, before, "something was written");
}

#[tokio::test]
async fn a_dead_insurer_leaves_what_is_sold() {
    let app = selling().await;
    let person = app.person().await;
    app.simulators.add_fault(Partner::Narayana, FaultScript::new(FaultKind::Outage)).unwrap();
    assert!(app.app.catalogue.sync().await.is_err());
    let plans = person.get("/insurance/plans?limit=100").await.expect(200);
    assert_eq!(plans.json["data"].as_array().unwrap().len(), 13);
}
