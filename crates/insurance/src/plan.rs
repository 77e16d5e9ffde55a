//! A plan: what an insurer offers, in one version of its terms.

use crate::{Area, BasisPoints, CoverageType, IssuanceMode, PlanType, RateCard, Relationship};
use kernel::Paise;
use std::collections::BTreeMap;

kernel::id! {
    /// A plan, whatever the version of its terms.
    PlanId
}

/// The highest base premium and sum insured of any plan: ₹10,00,00,000. It keeps every sum of a premium far from the
/// largest number there is.
pub const PLAN_AMOUNT_MAX: Paise = Paise::rupees(100_000_000);

/// The most relatives any plan covers.
pub const DEPENDANTS_MAX: u8 = 5;

/// The most children any plan covers.
pub const CHILDREN_MAX: u8 = 4;

/// What a relative may add: from 1 % to the whole of the base premium.
const RELATION_RATES: std::ops::RangeInclusive<BasisPoints> =
    BasisPoints::percent(1)..=BasisPoints::percent(100);

/// The insurer's own name of a plan: 1–40 capital letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanCode(String);

/// For how long something is not covered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPeriod {
    /// What.
    pub condition: String,
    /// For so many days from the start of cover.
    pub days: u16,
}

/// Who may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The youngest policyholder, in full years on the day cover begins.
    pub age_min_years: u8,
    /// The oldest adult, in full years on that day.
    pub age_max_years: u8,
    /// Where the policyholder must live.
    pub area: Area,
}

/// The terms of a plan, as an insurer publishes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What it is called.
    pub name: String,
    /// Whom it covers.
    pub plan_type: PlanType,
    /// How much it covers.
    pub coverage_type: CoverageType,
    /// How policies come to be.
    pub issuance_mode: IssuanceMode,
    /// The most the insurer pays in a policy year.
    pub sum_insured: Paise,
    /// What it costs before age, relatives and tax.
    pub base_premium: Paise,
    /// How many relatives it can cover beside the policyholder.
    pub dependants_max: u8,
    /// What relatives add, where it is not what the [rate card](RateCard) says.
    pub relation_rates: BTreeMap<Relationship, BasisPoints>,
    /// What it gives.
    pub features: Vec<String>,
    /// What it does not cover.
    pub exclusions: Vec<String>,
    /// What it does not cover yet.
    pub waiting_periods: Vec<WaitingPeriod>,
    /// Who may enter.
    pub eligibility: Eligibility,
    /// Whether consultations by telephone are part of it.
    pub teleconsult_included: bool,
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which plan.
    pub id: PlanId,
    /// The insurer's name of it.
    pub code: PlanCode,
    /// Which version of its terms: 1, 2, … A version is never changed.
    pub version: u32,
    /// The terms.
    pub terms: Terms,
}

/// The terms are not ones that we can sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the plan's {0} is out of bounds")]
pub struct TermsError(pub &'static str);

impl PlanCode {
    /// Types an insurer's code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Terms {
    /// Whether these terms can be sold: amounts and counts within bounds, and ages in order.
    ///
    /// # Errors
    /// What is out of bounds.
    pub fn check(&self) -> Result<(), TermsError> {
        let amounts = Paise::rupees(1)..=PLAN_AMOUNT_MAX;
        let dependants_max = match self.plan_type {
            PlanType::Individual => 0,
            PlanType::FamilyFloater | PlanType::MultiIndividual | PlanType::Group => DEPENDANTS_MAX,
        };
        let ages = &self.eligibility;
        for (what, holds) in [
            ("name", !self.name.trim().is_empty()),
            ("sum insured", amounts.contains(&self.sum_insured)),
            ("base premium", amounts.contains(&self.base_premium)),
            ("number of dependants", self.dependants_max <= dependants_max),
            ("rates of relatives", self.relation_rates.values().all(|rate| RELATION_RATES.contains(rate))),
            ("range of ages", ages.age_min_years >= 18 && ages.age_min_years <= ages.age_max_years),
        ] {
            if !holds {
                return Err(TermsError(what));
            }
        }
        Ok(())
    }

    /// What such a relative adds, of the base premium.
    #[must_use]
    pub fn rate_of(&self, relationship: Relationship, card: &RateCard) -> BasisPoints {
        self.relation_rates.get(&relationship).copied().unwrap_or(card.rate_of(relationship))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::terms;

    #[test]
    fn only_sensible_terms_can_be_sold() {
        assert_eq!(terms(PlanType::FamilyFloater).check(), Ok(()));
        let wrong = |change: fn(&mut Terms)| {
            let mut terms = terms(PlanType::FamilyFloater);
            change(&mut terms);
            terms.check().unwrap_err().0
        };
        assert_eq!(wrong(|terms| terms.name = "  ".to_owned()), "name");
        assert_eq!(wrong(|terms| terms.base_premium = Paise::ZERO), "base premium");
        assert_eq!(wrong(|terms| terms.sum_insured = Paise::new(i64::MAX)), "sum insured");
        assert_eq!(wrong(|terms| terms.dependants_max = 6), "number of dependants");
        assert_eq!(wrong(|terms| terms.plan_type = PlanType::Individual), "number of dependants");
        assert_eq!(wrong(|terms| terms.eligibility.age_min_years = 17), "range of ages");
        assert_eq!(wrong(|terms| terms.eligibility.age_max_years = 17), "range of ages");
        for bp in [45, 10_001] {
            let mut terms = terms(PlanType::FamilyFloater);
            terms.relation_rates.insert(Relationship::Mother, BasisPoints::new(bp));
            assert_eq!(terms.check(), Err(TermsError("rates of relatives")), "{bp}");
        }
    }

    #[test]
    fn a_plan_says_what_a_relative_costs_or_the_card_does() {
        let mut terms = terms(PlanType::FamilyFloater);
        terms.relation_rates.insert(Relationship::Mother, BasisPoints::percent(65));
        let rate = |relationship| terms.rate_of(relationship, &RateCard::CURRENT);
        assert_eq!(rate(Relationship::Mother), BasisPoints::percent(65));
        assert_eq!(rate(Relationship::Father), BasisPoints::percent(40));
        assert_eq!(rate(Relationship::Child), BasisPoints::percent(20));
    }

    #[test]
    fn codes_are_plain() {
        assert!(PlanCode::parse("NH-ADITI-5L").is_some());
        for wrong in ["", "nh-aditi", "NH ADITI", "NH_ADITI", "आदिति"] {
            assert_eq!(PlanCode::parse(wrong), None, "{wrong}");
        }
    }
}
