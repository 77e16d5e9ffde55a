//! In-memory ports, mocks and plans to test with, for tests and for whoever embeds this crate.

mod dependants;
mod insurer;
mod memory;
mod policies;

pub use crate::ports::{
    MockDependantStore, MockHolderDirectory, MockPlanSource, MockPlanStore, MockPolicyFinder,
    MockPolicyIssuer, MockPolicyStore, MockQuoteStore,
};
pub use dependants::MemoryDependants;
pub use insurer::MemoryInsurer;
pub use memory::{MemoryCover, MemoryPeople, MemoryPlans, MemoryQuotes};
pub use policies::MemoryPolicies;

use crate::{
    Area, CoverageType, DEPENDANTS_MAX, Dependant, Eligibility, Family, Holder, Insured, IssuanceMode, Life,
    Plan, PlanCode, PlanId, PlanType, Policy, Quote, RateCard, Relationship, Relative, Terms, WaitingPeriod,
    ports::Offer,
};
use kernel::{Env, Gender, Masked, MovableClock, Paise, SeededEntropy, UserId, uuid::Uuid};
use std::{collections::BTreeMap, sync::Arc};
use time::{
    Date, OffsetDateTime,
    macros::{date, datetime},
};

/// When tests begin.
pub const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// Ordinary terms: ₹5,000.00 for ₹5,00,000 insured, adults of 18 to 65 years, sold everywhere.
#[must_use]
pub fn terms(plan_type: PlanType) -> Terms {
    Terms {
        name: "Arogya Basic".to_owned(),
        plan_type,
        coverage_type: CoverageType::Basic,
        issuance_mode: IssuanceMode::Instant,
        sum_insured: Paise::rupees(500_000),
        base_premium: Paise::rupees(5_000),
        dependants_max: if plan_type == PlanType::Individual { 0 } else { DEPENDANTS_MAX },
        relation_rates: BTreeMap::new(),
        features: vec!["Cashless treatment in network hospitals".to_owned()],
        exclusions: vec!["Cosmetic treatment".to_owned()],
        waiting_periods: vec![WaitingPeriod { condition: "Illness, accidents aside".to_owned(), days: 30 }],
        eligibility: Eligibility { age_min_years: 18, age_max_years: 65, area: Area::default() },
        teleconsult_included: true,
    }
}

/// A plan with [ordinary terms](terms) as the insurer publishes it.
///
/// # Panics
/// When `code` is none.
#[must_use]
#[expect(clippy::expect_used, reason = "a test that names a plan wrongly must say so and stop")]
pub fn offer(code: &str, plan_type: PlanType) -> Offer {
    Offer { code: PlanCode::parse(code).expect("a plan's code"), terms: terms(plan_type) }
}

/// A relative with that first name.
#[must_use]
pub fn relative(first_name: &str, relationship: Relationship, born: Date) -> Relative {
    let life = Life { born: Masked::new(born), gender: Gender::Other };
    Relative {
        first_name: Masked::new(first_name.to_owned()),
        last_name: Some(Masked::new("Devi".to_owned())),
        relationship,
        life,
    }
}

/// The first version of a plan with [ordinary terms](terms).
#[must_use]
pub fn plan(plan_type: PlanType) -> Plan {
    let Offer { code, terms } = offer("NH-TEST", plan_type);
    Plan { id: PlanId::new(Uuid::from_u128(1)), code, version: 1, terms }
}

/// A proposed policy of [that plan](plan) for a woman with husband and child.
#[must_use]
pub fn policy() -> Policy {
    let env = Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)));
    proposed(UserId::generate(&env), plan(PlanType::FamilyFloater), &env)
}

/// A policy under `plan`, proposed by `user_id` for herself, husband and child.
///
/// # Panics
/// When the plan does not cover such a family.
#[must_use]
#[expect(clippy::expect_used, reason = "a test that names an unfit plan must say so and stop")]
pub fn proposed(user_id: UserId, plan: Plan, env: &Env) -> Policy {
    let life = Life { born: Masked::new(date!(1985 - 08 - 15)), gender: Gender::Female };
    let husband = relative("Ravi", Relationship::Spouse, date!(1987 - 03 - 02));
    let child = relative("Kiran", Relationship::Child, date!(2016 - 07 - 30));
    let relatives = vec![Dependant::new(husband, env), Dependant::new(child, env)];
    let members = relatives.iter().map(Dependant::member).collect();
    let family = Family { holder: life, members, pincode: None };
    let quote = Quote::new(user_id, &plan, family, &RateCard::CURRENT, env).expect("a quote");
    let holder = Holder {
        first_name: Masked::new("Asha".to_owned()),
        last_name: Some(Masked::new("Devi".to_owned())),
        phone: Masked::new("+919876543210".to_owned()),
        pincode: None,
        life,
    };
    Policy::proposed(quote, plan, Insured { holder, relatives }, env)
}
