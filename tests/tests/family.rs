//! The family people name: listed, changed, taken off the list, priced, and nobody else's business.

use serde_json::{Value, json};
use tests::{Answer, Person, TestApp};

const DEPENDANTS: &str = "/user/dependants";

fn kiran() -> Value {
    json!({
        "first_name": "Kiran",
        "last_name": "Devi",
        "dob": "2016-07-30",
        "gender": "male",
        "relationship": "child",
    })
}

/// The same with one field told otherwise.
fn but(field: &str, value: Value) -> Value {
    let mut told = kiran();
    told[field] = value;
    told
}

async fn names(person: &Person<'_>) -> Vec<String> {
    let listed = person.get(DEPENDANTS).await.expect(200);
    assert_eq!(listed.json["next_cursor"], Value::Null);
    let family = listed.json["data"].as_array().expect("a list");
    family.iter().map(|one| one["first_name"].as_str().expect("a name").to_owned()).collect()
}

fn path(dependant: &Answer) -> String {
    format!("{DEPENDANTS}/{}", dependant.text("id"))
}

#[tokio::test]
async fn a_family_member_is_named_changed_and_taken_off_the_list() {
    let app = TestApp::start().await;
    let person = app.person().await;
    assert_eq!(names(&person).await, Vec::<String>::new());
    let told = but("relationship", json!("Mother-In-Law"));
    let added = person.post(DEPENDANTS, &told).await.expect(201);
    let shown = json!({
        "id": added.text("id"), "version": 1, "first_name": "Kiran", "last_name": "Devi", "dob": "2016-07-30",
        "gender": "male", "relationship": "mother_in_law",
    });
    assert_eq!(added.json, shown);
    let again = person.post(DEPENDANTS, &told).await.expect(200);
    assert_eq!(again.json, shown, "told again, and the same");

    let patch = json!({ "relationship": "child", "last_name": null });
    let changed = person.patch(&path(&added), &patch).await.expect(200);
    assert_eq!(
        (&changed.json["version"], &changed.json["relationship"], &changed.json["last_name"]),
        (&json!(2), &json!("child"), &Value::Null)
    );
    let same = person.patch(&path(&added), &json!({ "last_name": " " })).await.expect(200);
    assert_eq!(same.json, changed.json, "nothing changed, and no version was made");
    let versions = app.query("SELECT 1 FROM insurance_dependant_versions").await;
    assert_eq!(versions.len(), 2, "the version before is kept");

    person.delete(&path(&added)).await.expect(200);
    person.delete(&path(&added)).await.expect(200);
    person.patch(&path(&added), &json!({ "gender": "other" })).await.expect_error(404, "NOT_FOUND");
    assert_eq!(names(&person).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_request_with_a_key_is_one_request_whatever_happened_since() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let ask = async |told: &Value| {
        let request = person.request(reqwest::Method::POST, DEPENDANTS).header("idempotency-key", "kiran-1");
        app.send(request.json(told)).await
    };
    let added = ask(&kiran()).await.expect(201);
    person.patch(&path(&added), &json!({ "first_name": "Kiran Kumar" })).await.expect(200);
    assert_eq!(ask(&kiran()).await.expect(201).json, added.json, "the first answer, and no second child");
    assert_eq!(names(&person).await, ["Kiran Kumar"]);
    person.delete(&path(&added)).await.expect(200);
    ask(&kiran()).await.expect(201);
    assert_eq!(names(&person).await, Vec::<String>::new(), "who was removed stays so");
    ask(&but("gender", json!("other"))).await.expect_error(409, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let added = person.post(DEPENDANTS, &kiran()).await.expect(201);
    for (field, value, code) in [
        ("first_name", json!("\u{202e}Kiran"), "VALIDATION_ERROR"),
        ("first_name", json!("  "), "MISSING_REQUIRED_FIELD"),
        ("first_name", Value::Null, "VALIDATION_ERROR"),
        ("last_name", json!("x".repeat(256)), "VALIDATION_ERROR"),
        ("dob", json!("2999-01-01"), "INVALID_DATE_FORMAT"),
        ("dob", json!("30-07-2016"), "INVALID_DATE_FORMAT"),
        ("dob", Value::Null, "VALIDATION_ERROR"),
        ("gender", json!("boy"), "VALIDATION_ERROR"),
        ("relationship", json!("cousin"), "VALIDATION_ERROR"),
        ("relationship", Value::Null, "VALIDATION_ERROR"),
        ("version", json!(7), "VALIDATION_ERROR"),
    ] {
        for answer in [
            person.post(DEPENDANTS, &but(field, value.clone())).await,
            person.patch(&path(&added), &json!({ field: value })).await,
        ] {
            let refused = answer.expect_error(400, code);
            assert_eq!(refused.json["details"]["field"], field, "{value}");
        }
    }
    for field in ["first_name", "dob", "gender", "relationship"] {
        let mut told = kiran();
        told.as_object_mut().unwrap().remove(field);
        person.post(DEPENDANTS, &told).await.expect_error(400, "MISSING_REQUIRED_FIELD");
    }
    let listed = person.get(DEPENDANTS).await.expect(200);
    assert_eq!(listed.json["data"], json!([added.json]));
}

#[tokio::test]
async fn a_family_is_its_persons_alone_and_has_an_end() {
    let app = TestApp::start().await;
    let (asha, ravi) = (app.person().await, app.person().await);
    let added = asha.post(DEPENDANTS, &kiran()).await.expect(201);
    ravi.patch(&path(&added), &json!({ "gender": "other" })).await.expect_error(404, "NOT_FOUND");
    ravi.delete(&path(&added)).await.expect_error(404, "NOT_FOUND");
    ravi.delete(&format!("{DEPENDANTS}/7")).await.expect_error(400, "VALIDATION_ERROR");
    app.get(DEPENDANTS).await.expect_error(401, "INVALID_TOKEN");
    assert_eq!((names(&asha).await.len(), names(&ravi).await.len()), (1, 0));

    for number in 1..20 {
        let told = but("first_name", json!(format!("Child {number}")));
        asha.post(DEPENDANTS, &told).await.expect(201);
    }
    let refused = asha.post(DEPENDANTS, &but("first_name", json!("One more"))).await;
    assert_eq!(refused.expect_error(422, "TOO_MANY_DEPENDANTS").json["details"]["max"], 20);
    asha.post(DEPENDANTS, &kiran()).await.expect(200);
    asha.delete(&path(&added)).await.expect(200);
    asha.post(DEPENDANTS, &but("first_name", json!("One more"))).await.expect(201);
    assert_eq!(names(&asha).await.len(), 20);
}

#[tokio::test]
async fn whoever_names_nobody_is_priced_with_their_family() {
    let app = TestApp::start().await;
    app.app.catalogue.sync().await.expect("the insurer answers");
    let person = app.person().await;
    let born =
        json!({ "dob": "1996-01-15", "gender": "female", "address": "12, 4th Cross, Bengaluru 560038" });
    person.patch("/user/profile", &born).await.expect(200);
    for (name, dob, relationship) in [("Ravi", "1994-02-01", "spouse"), ("Kiran", "2016-07-30", "child")] {
        let told = json!({
            "first_name": name, "dob": dob, "gender": "male", "relationship": relationship,
        });
        person.post(DEPENDANTS, &told).await.expect(201);
    }
    let plans = person.get("/insurance/plans?limit=100").await.expect(200);
    let codes = async |code: &str, dependants: Option<Value>| {
        let plan = plans.json["data"].as_array().unwrap().iter().find(|plan| plan["code"] == code).unwrap();
        let mut body = json!({ "plan_id": plan["id"] });
        if let Some(dependants) = dependants {
            body["dependants"] = dependants;
        }
        let quote = person.post("/insurance/calculate-premium", &body).await.expect(200);
        let covered = quote.json["dependants"].as_array().unwrap();
        assert!(covered.iter().all(|one| one["dependant_id"].is_string()), "{covered:?}");
        let lines = quote.json["breakdown"].as_array().unwrap().clone();
        lines.iter().map(|line| line["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("NH-ADITI-5L", None).await, ["BASE_PREMIUM", "SPOUSE", "CHILD", "TAX"]);
    assert_eq!(codes("NH-ADITI-5L", Some(json!([]))).await, ["BASE_PREMIUM", "TAX"]);
    let listed = person.get(DEPENDANTS).await.expect(200);
    let kiran = &listed.json["data"][1]["id"];
    let aditi = plans.json["data"].as_array().unwrap().iter().find(|plan| plan["code"] == "NH-ADITI-5L");
    let aditi = &aditi.unwrap()["id"];
    let chosen = json!({ "plan_id": aditi, "dependant_ids": [kiran] });
    let quote = person.post("/insurance/calculate-premium", &chosen).await.expect(200);
    let covered = json!([{ "relationship": "child", "dependant_id": kiran }]);
    assert_eq!(quote.json["dependants"], covered);
    let twice = json!({ "plan_id": aditi, "dependant_ids": [kiran, kiran] });
    let refused = person.post("/insurance/calculate-premium", &twice).await.expect_error(404, "NOT_FOUND");
    assert_eq!(refused.json["details"]["field"], "dependant_ids");
    let path = format!("{DEPENDANTS}/{}", kiran.as_str().unwrap());
    person.patch(&path, &json!({ "dob": "1990-01-01" })).await.expect(200);
    let refused = person.post("/insurance/calculate-premium", &json!({ "plan_id": aditi })).await;
    assert_eq!(&refused.expect_error(422, "NOT_ELIGIBLE").json["details"]["dependant_id"], kiran);
    person.patch(&path, &json!({ "dob": "2016-07-30" })).await.expect(200);

    let own = plans.json["data"].as_array().unwrap().iter().find(|plan| plan["plan_type"] == "INDIVIDUAL");
    let own = own.and_then(|plan| plan["code"].as_str()).unwrap();
    assert_eq!(codes(own, None).await, ["BASE_PREMIUM", "TAX"], "a plan for one covers one");
}
