//! Answers of the insurer, read apart from the calls that bring them. Their form is assumed.

use insurance::{BasisPoints, CoverageType, IssuanceMode, PlanType, Relationship};
use kernel::Paise;
use narayana::{NarayanaFault, read_plans};
use serde_json::{Value, json};

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
