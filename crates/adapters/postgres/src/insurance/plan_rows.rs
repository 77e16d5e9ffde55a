//! A version of a plan as its row has it.

use crate::fault::inconsistent;
use insurance::{
    Area, BasisPoints, District, Eligibility, Pincode, Plan, PlanCode, PlanId, Relationship, Terms,
    WaitingPeriod,
};
use kernel::{Paise, StoreError};
use sea_orm::{FromQueryResult, JsonValue, Value};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a query has to select for a [`PlanRow`], of `insurance_plans` as `p` and `insurance_plan_versions` as `v`.
pub(super) const COLUMNS: &str = "p.id, p.code, p.on_sale, v.version, v.name, v.plan_type, v.coverage_type, \
     v.issuance_mode, v.sum_insured, v.base_premium, v.dependants_max, v.age_min_years, v.age_max_years, \
     v.teleconsult_included, v.details";

#[derive(FromQueryResult)]
pub(super) struct PlanRow {
    id: Uuid,
    code: String,
    pub(super) on_sale: bool,
    version: i32,
    name: String,
    plan_type: String,
    coverage_type: String,
    issuance_mode: String,
    sum_insured: i64,
    base_premium: i64,
    dependants_max: i16,
    age_min_years: i16,
    age_max_years: i16,
    teleconsult_included: bool,
    details: JsonValue,
}

/// What nothing is ever looked up by.
#[derive(Serialize, Deserialize)]
struct Details {
    features: Vec<String>,
    exclusions: Vec<String>,
    waiting_periods: Vec<Waiting>,
    relation_rates: BTreeMap<String, u16>,
    pincodes: Vec<String>,
    districts: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    condition: String,
    days: u16,
}

impl PlanRow {
    pub(super) fn plan(self) -> Result<Plan, StoreError> {
        let details: Details = serde_json::from_value(self.details)
            .map_err(|_| inconsistent("a plan's details are not of their form"))?;
        let eligibility = Eligibility {
            age_min_years: number(self.age_min_years)?,
            age_max_years: number(self.age_max_years)?,
            area: Area {
                pincodes: all(&details.pincodes, Pincode::parse)?,
                districts: all(&details.districts, District::parse)?,
            },
        };
        let rates = details.relation_rates.into_iter();
        let waiting = details.waiting_periods.into_iter();
        Ok(Plan {
            id: PlanId::new(self.id),
            code: PlanCode::parse(&self.code).ok_or_else(|| inconsistent("a plan's code is none"))?,
            version: number(self.version)?,
            terms: Terms {
                name: self.name,
                plan_type: word(&self.plan_type)?,
                coverage_type: word(&self.coverage_type)?,
                issuance_mode: word(&self.issuance_mode)?,
                sum_insured: Paise::new(self.sum_insured),
                base_premium: Paise::new(self.base_premium),
                dependants_max: number(self.dependants_max)?,
                relation_rates: rates
                    .map(|(relationship, rate)| Ok((word(&relationship)?, BasisPoints::new(rate))))
                    .collect::<Result<_, StoreError>>()?,
                features: details.features,
                exclusions: details.exclusions,
                waiting_periods: waiting
                    .map(|Waiting { condition, days }| WaitingPeriod { condition, days })
                    .collect(),
                eligibility,
                teleconsult_included: self.teleconsult_included,
            },
        })
    }
}

/// The values of a new version's row, in the order of its insert.
pub(super) fn values(plan: &Plan, at: OffsetDateTime) -> Result<Vec<Value>, StoreError> {
    let terms = &plan.terms;
    let details = Details {
        features: terms.features.clone(),
        exclusions: terms.exclusions.clone(),
        waiting_periods: terms
            .waiting_periods
            .iter()
            .map(|period| Waiting { condition: period.condition.clone(), days: period.days })
            .collect(),
        relation_rates: terms
            .relation_rates
            .iter()
            .map(|(relationship, rate)| (Relationship::word(*relationship).to_owned(), rate.get()))
            .collect(),
        pincodes: terms.eligibility.area.pincodes.iter().map(|code| code.as_str().to_owned()).collect(),
        districts: terms.eligibility.area.districts.iter().map(|code| code.as_str().to_owned()).collect(),
    };
    let details =
        serde_json::to_value(&details).map_err(|error| StoreError::Inconsistent(Box::new(error)))?;
    Ok(vec![
        plan.id.uuid().into(),
        version(plan.version)?.into(),
        terms.name.clone().into(),
        terms.plan_type.word().into(),
        terms.coverage_type.word().into(),
        terms.issuance_mode.word().into(),
        terms.sum_insured.get().into(),
        terms.base_premium.get().into(),
        i16::from(terms.dependants_max).into(),
        i16::from(terms.eligibility.age_min_years).into(),
        i16::from(terms.eligibility.age_max_years).into(),
        terms.teleconsult_included.into(),
        details.into(),
        at.into(),
    ])
}

/// A version as its column has it.
pub(super) fn version(version: u32) -> Result<i32, StoreError> {
    number(version)
}

fn number<T, U: TryFrom<T>>(number: T) -> Result<U, StoreError> {
    U::try_from(number).map_err(|_| inconsistent("a number of a plan is out of its range"))
}

fn word<T: FromStr>(word: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| inconsistent("a plan holds a word we do not know"))
}

fn all<T, C: FromIterator<T>>(texts: &[String], read: impl Fn(&str) -> Option<T>) -> Result<C, StoreError> {
    let refuse = || inconsistent("a plan's area holds something that is no postal code");
    texts.iter().map(|text| read(text).ok_or_else(refuse)).collect()
}
