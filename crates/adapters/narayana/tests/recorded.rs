//! Answers of the insurer, read apart from the calls that bring them. Their form is assumed.

use insurance::{BasisPoints, CoverageType, Issuance, IssuanceMode, PlanType, PolicyId, Relationship};
use kernel::Paise;
use narayana::{NarayanaFault, read_plans, read_policy};
use serde_json::{Value, json};
use time::macros::{date, datetime};

fn product() -> Value {
    json!({
        "product_code": "NH-ADITI-5L",
        "name": "Aditi Family 5 Lakh",
        "product_type": "family_floater",
        "coverage_type": "PREMIUM",
        "issuance": "UNDERWRITTEN",
        "sum_insured": "500000.00",
        "base_premium": 7282.2,
        "max_dependants": "5",
        "relation_loadings": {"mother": "45.50", "father_in_law": 60},
        "features": ["Ambulance"],
        "exclusions": [],
        "waiting_periods": [{"condition": "Maternity", "days": 730}],
        "entry_age": {"min": 18, "max": "65"},
        "serviceable": {"pincodes": ["560038"], "districts": [400]},
        "teleconsultation": "true",
        "brochure_url": "https://insurer.example/aditi.pdf",
    })
}

fn read(product: &Value) -> Result<insurance::ports::Offer, NarayanaFault> {
    let body = json!({ "products": [product], "page": 1 });
    read_plans(body.to_string().as_bytes()).map(|mut offers| offers.remove(0))
}

#[test]
fn a_product_is_read_whatever_its_numbers_are_written_as() {
    let offer = read(&product()).unwrap();
    assert_eq!(offer.code.as_str(), "NH-ADITI-5L");
    let terms = offer.terms;
    assert_eq!(
        (terms.plan_type, terms.coverage_type),
        (PlanType::FamilyFloater, CoverageType::Comprehensive)
    );
    assert_eq!(terms.issuance_mode, IssuanceMode::Underwritten);
    assert_eq!((terms.sum_insured, terms.base_premium), (Paise::rupees(500_000), Paise::new(728_220)));
    assert_eq!(terms.dependants_max, 5);
    assert_eq!(terms.relation_rates[&Relationship::Mother], BasisPoints::new(4_550));
    assert_eq!(terms.relation_rates[&Relationship::FatherInLaw], BasisPoints::percent(60));
    assert_eq!(terms.waiting_periods[0].days, 730);
    assert_eq!((terms.eligibility.age_min_years, terms.eligibility.age_max_years), (18, 65));
    assert_eq!(terms.eligibility.area.districts.iter().next().unwrap().as_str(), "400");
    assert!(terms.teleconsult_included);
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    let mut short = product();
    for field in
        ["relation_loadings", "features", "exclusions", "waiting_periods", "serviceable", "teleconsultation"]
    {
        short.as_object_mut().unwrap().remove(field);
    }
    let terms = read(&short).unwrap().terms;
    assert!(terms.relation_rates.is_empty() && terms.features.is_empty() && !terms.teleconsult_included);
    assert!(terms.eligibility.area.is_everywhere());
}

#[test]
fn a_product_that_cannot_be_understood_makes_the_whole_answer_unusable() {
    for (field, wrong) in [
        ("product_code", json!("nh aditi")),
        ("name", json!(null)),
        ("name", json!("a\u{7}b")),
        ("product_type", json!("CLAN")),
        ("coverage_type", json!("")),
        ("issuance", json!("SOMETIMES")),
        ("sum_insured", json!("five lakh")),
        ("base_premium", json!("-1.00")),
        ("base_premium", json!("1.005")),
        ("max_dependants", json!(-1)),
        ("relation_loadings", json!({"cousin": "10.00"})),
        ("relation_loadings", json!({"mother": "1000.00"})),
        ("features", json!("Ambulance")),
        ("features", json!([1, [2]])),
        ("features", json!(vec!["x"; 51])),
        ("waiting_periods", json!([{"days": 30}])),
        ("entry_age", json!(18)),
        ("serviceable", json!({"pincodes": ["056003"]})),
        ("serviceable", json!(["560"])),
        ("serviceable", json!({"pincode": ["560038"]})),
        ("serviceable", json!("everywhere")),
        ("teleconsultation", json!("yes")),
        ("relation_loadings", json!({"mother": "45.00", "Mother": "60.00"})),
    ] {
        let mut product = product();
        product[field] = wrong.clone();
        assert!(matches!(read(&product), Err(NarayanaFault::Unusable(_))), "{field}: {wrong}");
    }
    for body in ["", "[]", "{}", r#"{"products": {}}"#, r#"{"products": [1]}"#, r#"{"products": ["#] {
        assert!(matches!(read_plans(body.as_bytes()), Err(NarayanaFault::Unusable(_))), "{body}");
    }
    let many = json!({ "products": vec![product(); 501] }).to_string();
    assert!(read_plans(many.as_bytes()).is_err());
}

fn policy_answer(change: impl FnOnce(&mut Value)) -> Result<Issuance, NarayanaFault> {
    let id = PolicyId::new(kernel::uuid::Uuid::from_u128(7));
    let mut policy = json!({
        "external_id": id.to_string().to_uppercase(),
        "status": "ISSUED",
        "insurer_policy_number": "NHI/2026/000123",
        "start_date": "2026-01-15",
        "expiry_date": "2027-01-14",
        "policy_document_url": "https://insurer.example/1.pdf",
    });
    change(&mut policy);
    read_policy(json!({ "policy": policy }).to_string().as_bytes(), id, datetime!(2026-01-15 12:00 UTC))
}

#[test]
fn a_policy_says_what_became_of_it() {
    let Ok(Issuance::Issued(issued)) = policy_answer(|_| {}) else { panic!("it is issued") };
    assert_eq!(issued.number.as_str(), "NHI/2026/000123");
    assert_eq!(issued.ends_on, date!(2027 - 01 - 14));
    for (word, said) in
        [("PENDING", Issuance::Underway), ("REJECTED", Issuance::Refused), ("WITHDRAWN", Issuance::Withdrawn)]
    {
        assert_eq!(policy_answer(|policy| policy["status"] = word.into()).unwrap(), said);
    }
    let numeric = policy_answer(|policy| policy["insurer_policy_number"] = json!(123));
    assert!(matches!(numeric, Ok(Issuance::Issued(_))), "a number may be written as one");
}

#[test]
fn a_policy_that_cannot_be_understood_is_not_believed() {
    for (field, wrong) in [
        ("external_id", json!("0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60")),
        ("external_id", Value::Null),
        ("status", json!("ACTIVE")),
        ("status", Value::Null),
        ("insurer_policy_number", Value::Null),
        ("insurer_policy_number", json!("NHI 1")),
        ("start_date", json!("15/01/2026")),
        ("expiry_date", json!("2026-01-14")),
        ("expiry_date", json!("2026-02-30")),
    ] {
        let said = policy_answer(|policy| policy[field] = wrong.clone());
        assert!(matches!(said, Err(NarayanaFault::Unusable(_))), "{field}: {wrong}: {said:?}");
    }
    let id = PolicyId::new(kernel::uuid::Uuid::from_u128(7));
    for body in ["", "[]", "{}", r#"{"policy": []}"#, r#"{"policy": "ISSUED"}"#] {
        let said = read_policy(body.as_bytes(), id, datetime!(2026-01-15 12:00 UTC));
        assert!(matches!(said, Err(NarayanaFault::Unusable(_))), "{body}");
    }
}
