//! The insurer's JSON. **Assumed, all of it.**

pub(crate) mod policy;

use crate::NarayanaFault;
use insurance::{
    Area, BasisPoints, CoverageType, District, Eligibility, IssuanceMode, Pincode, PlanCode, PlanType,
    Relationship, Terms, WaitingPeriod, ports::Offer,
};
use kernel::Paise;
use outbound::{Loose, read_object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};
use time::Duration;

/// The most products one answer may list.
const PRODUCTS_MAX: usize = 500;

/// The most texts one product may list of a kind, and the longest one, in characters.
const TEXTS_MAX: usize = 50;
const TEXT_CHARS_MAX: usize = 500;

pub(crate) fn credentials(client_id: &str, client_secret: &str) -> Value {
    json!({ "client_id": client_id, "client_secret": client_secret, "scopes": ["business"] })
}

/// The token of an answer, and how long it lives.
pub(crate) fn read_token(body: &[u8]) -> Result<(SecretString, Option<Duration>), NarayanaFault> {
    #[derive(Deserialize)]
    struct Said {
        payload: Payload,
    }
    #[derive(Deserialize)]
    struct Payload {
        #[serde(default)]
        access_token: Loose,
        #[serde(default)]
        expires_in: Loose,
    }
    let said: Option<Said> = read_object(body);
    let payload = said.ok_or(NarayanaFault::Unusable("a token's answer is not one"))?.payload;
    let token = payload.access_token.text().ok_or(NarayanaFault::Unusable("there is no token"))?;
    let seconds = payload.expires_in.text().and_then(|text| text.parse().ok());
    Ok((token.into(), seconds.map(Duration::seconds)))
}

#[derive(Deserialize)]
struct Product {
    #[serde(default)]
    product_code: Loose,
    #[serde(default)]
    name: Loose,
    #[serde(default)]
    product_type: Loose,
    #[serde(default)]
    coverage_type: Loose,
    #[serde(default)]
    issuance: Loose,
    #[serde(default)]
    sum_insured: Loose,
    #[serde(default)]
    base_premium: Loose,
    #[serde(default)]
    max_dependants: Loose,
    /// Per cent of the base premium by relationship.
    #[serde(default)]
    relation_loadings: Loose,
    #[serde(default)]
    features: Loose,
    #[serde(default)]
    exclusions: Loose,
    #[serde(default)]
    waiting_periods: Loose,
    #[serde(default)]
    entry_age: Loose,
    #[serde(default)]
    serviceable: Loose,
    #[serde(default)]
    teleconsultation: Loose,
}

#[derive(Default, Deserialize)]
struct Ages {
    #[serde(default)]
    min: Loose,
    #[serde(default)]
    max: Loose,
}

#[derive(Default, Deserialize)]
struct Served {
    #[serde(default)]
    pincodes: Loose,
    #[serde(default)]
    districts: Loose,
}

#[derive(Deserialize)]
struct Waiting {
    #[serde(default)]
    condition: Loose,
    #[serde(default)]
    days: Loose,
}

/// The plans of an answer.
///
/// # Errors
/// When it is no list of products, or one of them cannot be read.
pub fn read_plans(body: &[u8]) -> Result<Vec<Offer>, NarayanaFault> {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        products: Loose,
    }
    let said: Option<Said> = read_object(body);
    let products = said.and_then(|said| said.products.list());
    let products = products.ok_or(NarayanaFault::Unusable("there is no list of products"))?;
    if products.len() > PRODUCTS_MAX {
        return Err(NarayanaFault::Unusable("there are too many products"));
    }
    let product = |one: &Loose| one.object().ok_or(NarayanaFault::Unusable("a product is not a JSON object"));
    products.iter().map(|one| offer(&product(one)?)).collect()
}

fn offer(product: &Product) -> Result<Offer, NarayanaFault> {
    let code = product.product_code.text().and_then(|code| PlanCode::parse(&code));
    let ages: Ages = product.entry_age.object().unwrap_or_default();
    let served = served(&product.serviceable)?;
    let terms = Terms {
        name: text(&product.name, "a product has no name")?,
        plan_type: word(&product.product_type, PlanType::parse, "a product's type is unknown")?,
        coverage_type: word(&product.coverage_type, CoverageType::parse, "a product's coverage is unknown")?,
        issuance_mode: word(&product.issuance, IssuanceMode::from_str, "a product's issuance is unknown")?,
        sum_insured: rupees(&product.sum_insured, "a product's sum insured is no amount")?,
        base_premium: rupees(&product.base_premium, "a product's premium is no amount")?,
        dependants_max: number(&product.max_dependants, "a product's number of dependants is none")?,
        relation_rates: relation_rates(&product.relation_loadings)?,
        features: texts(&product.features)?,
        exclusions: texts(&product.exclusions)?,
        waiting_periods: waiting_periods(&product.waiting_periods)?,
        eligibility: Eligibility {
            age_min_years: number(&ages.min, "a product's entry age is none")?,
            age_max_years: number(&ages.max, "a product's entry age is none")?,
            area: Area {
                pincodes: codes(&served.pincodes, Pincode::parse)?,
                districts: codes(&served.districts, District::parse)?,
            },
        },
        teleconsult_included: truth(&product.teleconsultation)?,
    };
    Ok(Offer { code: code.ok_or(NarayanaFault::Unusable("a product's code is none"))?, terms })
}

/// Where a product is sold: everywhere only if nothing is said, and never because what is said cannot be read.
fn served(value: &Loose) -> Result<Served, NarayanaFault> {
    if value.is_absent() {
        return Ok(Served::default());
    }
    let served: Option<Served> = value.object();
    let told = |served: &Served| !(served.pincodes.is_absent() && served.districts.is_absent());
    served.filter(told).ok_or(NarayanaFault::Unusable("where a product is sold cannot be read"))
}

fn truth(value: &Loose) -> Result<bool, NarayanaFault> {
    if value.is_absent() {
        return Ok(false);
    }
    value.truth().ok_or(NarayanaFault::Unusable("a product's teleconsultation is neither true nor false"))
}

fn text(value: &Loose, refusal: &'static str) -> Result<String, NarayanaFault> {
    let fits = |text: &String| text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control);
    value.text().filter(fits).ok_or(NarayanaFault::Unusable(refusal))
}

fn word<T, E>(
    value: &Loose,
    read: impl Fn(&str) -> Result<T, E>,
    refusal: &'static str,
) -> Result<T, NarayanaFault> {
    value.text().and_then(|text| read(&text).ok()).ok_or(NarayanaFault::Unusable(refusal))
}

fn rupees(value: &Loose, refusal: &'static str) -> Result<Paise, NarayanaFault> {
    value.rupees().flatten().map(Paise::new).ok_or(NarayanaFault::Unusable(refusal))
}

fn number<T: FromStr>(value: &Loose, refusal: &'static str) -> Result<T, NarayanaFault> {
    value.text().and_then(|text| text.parse().ok()).ok_or(NarayanaFault::Unusable(refusal))
}

fn list(value: &Loose) -> Result<Vec<Loose>, NarayanaFault> {
    if value.is_absent() {
        return Ok(Vec::new());
    }
    let fits = |list: &Vec<Loose>| list.len() <= TEXTS_MAX;
    value.list().filter(fits).ok_or(NarayanaFault::Unusable("a product's list is none, or too long"))
}

fn texts(value: &Loose) -> Result<Vec<String>, NarayanaFault> {
    list(value)?.iter().map(|one| text(one, "a product lists something that is no text")).collect()
}

fn waiting_periods(value: &Loose) -> Result<Vec<WaitingPeriod>, NarayanaFault> {
    const REFUSAL: &str = "a product's waiting period is none";
    let period = |one: &Loose| {
        let waiting: Waiting = one.object().ok_or(NarayanaFault::Unusable(REFUSAL))?;
        Ok(WaitingPeriod {
            condition: text(&waiting.condition, REFUSAL)?,
            days: number(&waiting.days, REFUSAL)?,
        })
    };
    list(value)?.iter().map(period).collect()
}

fn codes<T: Ord>(value: &Loose, read: impl Fn(&str) -> Option<T>) -> Result<BTreeSet<T>, NarayanaFault> {
    const REFUSAL: &str = "a product is sold where no place is";
    if value.is_absent() {
        return Ok(BTreeSet::new());
    }
    let listed = value.list().ok_or(NarayanaFault::Unusable(REFUSAL))?;
    let code = |one: &Loose| one.text().and_then(|text| read(&text)).ok_or(NarayanaFault::Unusable(REFUSAL));
    listed.iter().map(code).collect()
}

fn relation_rates(value: &Loose) -> Result<BTreeMap<Relationship, BasisPoints>, NarayanaFault> {
    const REFUSAL: &str = "a product's loading of a relative is none";
    if value.is_absent() {
        return Ok(BTreeMap::new());
    }
    let listed: BTreeMap<String, Loose> = value.object().ok_or(NarayanaFault::Unusable(REFUSAL))?;
    let rate = |(relationship, share): (&String, &Loose)| {
        let relationship = Relationship::parse(relationship).ok();
        // Per cent with two decimals are read as rupees are: the hundredths are the basis points.
        let share = share.rupees().flatten().and_then(|hundredths| u16::try_from(hundredths).ok());
        relationship.zip(share.map(BasisPoints::new)).ok_or(NarayanaFault::Unusable(REFUSAL))
    };
    let rates: BTreeMap<_, _> = listed.iter().map(rate).collect::<Result<_, _>>()?;
    // One relative spelt in two ways would have two rates.
    if rates.len() == listed.len() { Ok(rates) } else { Err(NarayanaFault::Unusable(REFUSAL)) }
}
