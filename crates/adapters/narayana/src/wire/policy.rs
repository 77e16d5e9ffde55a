//! Policies in the insurer's JSON. **Assumed, all of it.**

use crate::NarayanaFault;
use insurance::{Dependant, Issuance, Issued, Life, Policy, PolicyId, PolicyNumber, Sale};
use kernel::{Masked, business_day};
use outbound::{Loose, format_rupees, read_object};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Date, OffsetDateTime, format_description::StaticFormatDescription, macros::format_description};

const DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// What asks for a policy to be issued.
pub(crate) fn application(policy: &Policy, sale: &Sale) -> Value {
    let holder = &policy.insured.holder;
    json!({
        "external_id": policy.id,
        "product_code": policy.plan.code.as_str(),
        "start_date": business_day(sale.paid_at).to_string(),
        "sum_insured": format_rupees(policy.plan.terms.sum_insured.get()),
        "gross_premium": format_rupees(policy.premium.total.get()),
        "tax": format_rupees(policy.premium.tax.amount.get()),
        "payment_reference": sale.order.as_str(),
        "proposer": {
            "name": name(&holder.first_name, holder.last_name.as_ref()),
            "dob": dob(&holder.life),
            "gender": holder.life.gender.word(),
            "mobile": holder.phone.expose(),
            "pincode": holder.pincode.as_ref().map(|pincode| pincode.expose().as_str()),
        },
        "insured_members": policy.insured.relatives.iter().map(member).collect::<Vec<_>>(),
    })
}

fn member(dependant: &Dependant) -> Value {
    let relative = &dependant.relative;
    json!({
        "name": name(&relative.first_name, relative.last_name.as_ref()),
        "relationship": relative.relationship.word(),
        "dob": dob(&relative.life),
        "gender": relative.life.gender.word(),
    })
}

fn name(first: &Masked<String>, last: Option<&Masked<String>>) -> String {
    let names = [Some(first), last].into_iter().flatten();
    names.map(|name| name.expose().as_str()).collect::<Vec<_>>().join(" ")
}

fn dob(life: &Life) -> String {
    life.born.expose().to_string()
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    external_id: Loose,
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    insurer_policy_number: Loose,
    #[serde(default)]
    start_date: Loose,
    #[serde(default)]
    expiry_date: Loose,
}

/// What an answer says of our policy `id`, read at `at`.
///
/// # Errors
/// When it is no answer about that policy, or does not say what became of it.
pub fn read_policy(body: &[u8], id: PolicyId, at: OffsetDateTime) -> Result<Issuance, NarayanaFault> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        policy: Loose,
    }
    let answer: Option<Answer> = read_object(body);
    let said: Option<Said> = answer.and_then(|answer| answer.policy.object());
    let said = said.ok_or(NarayanaFault::Unusable("there is no policy"))?;
    let is_ours = said.external_id.text().is_some_and(|text| text.eq_ignore_ascii_case(&id.to_string()));
    if !is_ours {
        return Err(NarayanaFault::Unusable("the policy is another"));
    }
    match said.status.text().as_deref() {
        Some("PENDING") => Ok(Issuance::Underway),
        Some("ISSUED") => issued(&said, at).map(Issuance::Issued),
        Some("REJECTED") => Ok(Issuance::Refused),
        Some("WITHDRAWN") => Ok(Issuance::Withdrawn),
        _ => Err(NarayanaFault::Unusable("a policy's status is unknown")),
    }
}

fn issued(said: &Said, at: OffsetDateTime) -> Result<Issued, NarayanaFault> {
    let number = said.insurer_policy_number.text().and_then(|text| PolicyNumber::parse(&text));
    let (starts_on, ends_on) = (date(&said.start_date)?, date(&said.expiry_date)?);
    if ends_on < starts_on {
        return Err(NarayanaFault::Unusable("a policy ends before it begins"));
    }
    let number = number.ok_or(NarayanaFault::Unusable("a policy's number is none"))?;
    Ok(Issued { number, starts_on, ends_on, at })
}

fn date(value: &Loose) -> Result<Date, NarayanaFault> {
    let date = value.text().and_then(|text| Date::parse(&text, DATE).ok());
    date.ok_or(NarayanaFault::Unusable("a policy's date is none"))
}
