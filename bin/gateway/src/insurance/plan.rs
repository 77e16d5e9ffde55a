//! A plan as it is answered.

use crate::spec::examples::PLAN_ID;
use insurance::{DEPENDANTS_MAX, District, Pincode};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// A plan on sale.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Plan {
    /// The plan.
    #[schemars(example = PLAN_ID)]
    id: Uuid,
    /// The insurer's name of it.
    #[schemars(example = &"NH-ADITI-5L", regex(pattern = r"^[A-Z0-9-]{1,40}$"))]
    code: String,
    /// The version of its terms: a quote names the version it was made of.
    #[schemars(with = "i64", example = 1)]
    version: u32,
    /// What it is called.
    #[schemars(example = &"Aditi Family 5 Lakh")]
    name: String,
    /// Whom it covers.
    #[schemars(with = "crate::spec::words::PlanType", example = &"FAMILY_FLOATER")]
    plan_type: &'static str,
    /// How much it covers.
    #[schemars(with = "crate::spec::words::CoverageType", example = &"BASIC")]
    coverage_type: &'static str,
    /// The most the insurer pays in a policy year, in paise.
    #[schemars(example = 50_000_000)]
    sum_insured: i64,
    /// What it costs before age, relatives and tax, in paise; `/insurance/calculate-premium` tells the price of a family.
    #[schemars(example = 500_000)]
    base_premium: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// How many relatives it can cover beside the policyholder.
    #[schemars(with = "i64", example = 5, range(min = 0, max = DEPENDANTS_MAX))]
    max_dependants: u8,
    /// What it gives.
    #[schemars(example = ["Cashless treatment in every Narayana Health hospital"])]
    features: Vec<String>,
    /// What it does not cover.
    #[schemars(example = ["Cosmetic treatment"])]
    exclusions: Vec<String>,
    /// What it does not cover yet.
    waiting_periods: Vec<WaitingPeriod>,
    /// Who may enter.
    eligibility: Eligibility,
    /// Whether consultations by telephone are part of it.
    #[schemars(example = false)]
    teleconsult_included: bool,
    /// How a policy comes to be.
    #[schemars(with = "crate::spec::words::IssuanceMode", example = &"INSTANT")]
    issuance_mode: &'static str,
}

/// For how long something is not covered yet.
#[derive(Serialize, JsonSchema)]
struct WaitingPeriod {
    /// What.
    #[schemars(example = &"Conditions known before")]
    condition: String,
    /// For so many days from the start of cover.
    #[schemars(example = 1_095)]
    days: u16,
}

/// Who may enter a plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PlanEligibility")]
struct Eligibility {
    /// The youngest policyholder, in full years on the day cover begins.
    #[schemars(with = "i64", example = 18)]
    min_age: u8,
    /// The oldest adult, in full years on that day.
    #[schemars(with = "i64", example = 65)]
    max_age: u8,
    /// Postal codes in which it is sold. With no code and no district it is sold everywhere.
    #[schemars(example = [""; 0])]
    pincodes: Vec<String>,
    /// Sorting districts in which it is sold: the first three digits of their postal codes.
    #[schemars(example = ["560"])]
    districts: Vec<String>,
}

impl From<&insurance::Plan> for Plan {
    fn from(plan: &insurance::Plan) -> Self {
        let insurance::Plan { id, code, version, terms } = plan;
        let waiting = |period: &insurance::WaitingPeriod| WaitingPeriod {
            condition: period.condition.clone(),
            days: period.days,
        };
        let insurance::Eligibility { age_min_years, age_max_years, area } = &terms.eligibility;
        Self {
            id: id.uuid(),
            code: code.as_str().to_owned(),
            version: *version,
            name: terms.name.clone(),
            plan_type: terms.plan_type.word(),
            coverage_type: terms.coverage_type.word(),
            sum_insured: terms.sum_insured.get(),
            base_premium: terms.base_premium.get(),
            currency: "INR",
            max_dependants: terms.dependants_max,
            features: terms.features.clone(),
            exclusions: terms.exclusions.clone(),
            waiting_periods: terms.waiting_periods.iter().map(waiting).collect(),
            eligibility: Eligibility {
                min_age: *age_min_years,
                max_age: *age_max_years,
                pincodes: area.pincodes.iter().map(Pincode::as_str).map(str::to_owned).collect(),
                districts: area.districts.iter().map(District::as_str).map(str::to_owned).collect(),
            },
            teleconsult_included: terms.teleconsult_included,
            issuance_mode: terms.issuance_mode.word(),
        }
    }
}
