//! A policy as it is answered.

use crate::spec::examples::{DEPENDANT_ID, ORDER_ID, PLAN_ID, POLICY_ID, POLICY_NUMBER};
use insurance::{Dependant, Insured, Issued, Life};
use kernel::Masked;
use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// A policy that was paid for, and what became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Policy {
    /// The policy.
    #[schemars(example = POLICY_ID)]
    id: Uuid,
    /// The insurer's number of it; `null` until it is issued.
    #[schemars(example = POLICY_NUMBER)]
    policy_number: Option<String>,
    /// The plan it is under.
    plan: PolicyPlan,
    /// How it stands.
    #[schemars(with = "crate::spec::words::PolicyStatus", example = &"ACTIVE")]
    status: &'static str,
    /// Why it was not issued; `null` unless that is so.
    #[schemars(with = "Option<crate::spec::words::PolicyFailure>", example = (), example = &"REFUSED_BY_INSURER")]
    failure_reason: Option<&'static str>,
    /// The most the insurer pays in a policy year, in paise.
    #[schemars(example = 50_000_000)]
    sum_insured: i64,
    /// What was paid for it, in paise.
    #[schemars(example = 775_000)]
    premium: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// The order that paid for it; `null` until one did.
    #[schemars(example = ORDER_ID, regex(pattern = r"^[A-Za-z0-9]{1,20}$"))]
    payment_order_id: Option<String>,
    /// The first day of cover; `null` until it is issued.
    #[schemars(extend("format" = "date"), example = &"2026-01-15")]
    start_date: Option<String>,
    /// The last day of cover; `null` until it is issued.
    #[schemars(extend("format" = "date"), example = &"2027-01-14")]
    end_date: Option<String>,
    /// The last day on which it may be given back for its money; `null` until it is issued.
    #[schemars(extend("format" = "date"), example = &"2026-02-14")]
    free_look_until: Option<String>,
    /// Everybody it covers, the policyholder first.
    members: Vec<PolicyMember>,
    /// When it was first wanted.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:34:56Z")]
    created_at: OffsetDateTime,
    /// When its status last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:35:40Z")]
    updated_at: OffsetDateTime,
}

/// The plan of a policy, in the version that was bought.
#[derive(Serialize, JsonSchema)]
struct PolicyPlan {
    /// The plan.
    #[schemars(example = PLAN_ID)]
    id: Uuid,
    /// The insurer's name of it.
    #[schemars(example = &"NH-ADITI-5L", regex(pattern = r"^[A-Z0-9-]{1,40}$"))]
    code: String,
    /// The version of its terms: a later one changes nothing of this policy.
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
}

/// Somebody a policy covers, as they were when it was bought.
#[derive(Serialize, JsonSchema)]
struct PolicyMember {
    /// The dependant, or the policyholder's own id.
    #[schemars(example = DEPENDANT_ID)]
    member_id: Uuid,
    /// What they are to the policyholder; `null` for the policyholder.
    #[schemars(with = "Option<crate::spec::words::Relationship>", example = &"child")]
    relationship: Option<&'static str>,
    /// First and last name.
    #[schemars(example = &"Kiran Devi")]
    name: String,
    /// Birth date, `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"), example = &"2016-07-30")]
    dob: String,
    /// Gender.
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: &'static str,
}

impl PolicyMember {
    fn new(
        member_id: Uuid,
        relationship: Option<&'static str>,
        names: (&Masked<String>, Option<&Masked<String>>),
        life: &Life,
    ) -> Self {
        let names = [Some(names.0), names.1].into_iter().flatten();
        Self {
            member_id,
            relationship,
            name: names.map(|name| name.expose().as_str()).collect::<Vec<_>>().join(" "),
            dob: life.born.expose().to_string(),
            gender: life.gender.word(),
        }
    }

    fn relative(dependant: &Dependant) -> Self {
        let relative = &dependant.relative;
        let names = (&relative.first_name, relative.last_name.as_ref());
        Self::new(dependant.id.uuid(), Some(relative.relationship.word()), names, &relative.life)
    }
}

fn members(policy: &insurance::Policy) -> Vec<PolicyMember> {
    let Insured { holder, relatives } = &policy.insured;
    let names = (&holder.first_name, holder.last_name.as_ref());
    let holder = PolicyMember::new(policy.user_id.uuid(), None, names, &holder.life);
    std::iter::once(holder).chain(relatives.iter().map(PolicyMember::relative)).collect()
}

impl From<&insurance::Policy> for Policy {
    fn from(policy: &insurance::Policy) -> Self {
        let (plan, issued) = (&policy.plan, policy.state.issued());
        let day = |of: fn(&Issued) -> time::Date| issued.map(|issued| of(issued).to_string());
        Self {
            id: policy.id.uuid(),
            policy_number: issued.map(|issued| issued.number.as_str().to_owned()),
            plan: PolicyPlan {
                id: plan.id.uuid(),
                code: plan.code.as_str().to_owned(),
                version: plan.version,
                name: plan.terms.name.clone(),
                plan_type: plan.terms.plan_type.word(),
                coverage_type: plan.terms.coverage_type.word(),
            },
            status: policy.status().word(),
            failure_reason: policy.state.failure().map(insurance::IssueFailure::word),
            sum_insured: plan.terms.sum_insured.get(),
            premium: policy.premium.total.get(),
            currency: "INR",
            payment_order_id: policy.state.sale().map(|sale| sale.order.to_string()),
            start_date: day(|issued| issued.starts_on),
            end_date: day(|issued| issued.ends_on),
            free_look_until: day(Issued::free_look_until),
            members: members(policy),
            created_at: policy.proposed_at,
            updated_at: policy.updated_at,
        }
    }
}
