//! The rates by which a plan's base premium becomes a price, published under a version that never changes meaning.

use crate::{BasisPoints, Relationship, TaxTable, tax};

/// By how much a base premium grows with the policyholder's age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeLoading {
    /// Up to this age in full years nothing is added.
    pub free_until_years: u32,
    /// After it, one step is added for so many full years.
    pub step_years: u32,
    /// What a step adds, of the base premium.
    pub per_step: BasisPoints,
}

/// One published set of rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateCard {
    /// Names it for ever: a premium can be worked out again from its inputs and this.
    pub version: &'static str,
    /// What age adds.
    pub loading: AgeLoading,
    /// What a spouse adds, of the base premium.
    pub spouse: BasisPoints,
    /// What a child adds, of the base premium.
    pub child: BasisPoints,
    /// What any other relative adds, of the base premium, where the plan does not say.
    pub other: BasisPoints,
    /// What the state takes.
    pub tax: TaxTable,
}

impl AgeLoading {
    /// How many steps are added at this age.
    #[must_use]
    pub fn steps(self, age_years: u32) -> u32 {
        age_years.saturating_sub(self.free_until_years).checked_div(self.step_years).unwrap_or(0)
    }
}

impl RateCard {
    /// The rates in force: 5 % of the base premium for each full five years above 35, 30 % for a spouse, 20 % for a
    /// child, 40 % for any other relative.
    pub const CURRENT: Self = Self {
        version: "2026-1",
        loading: AgeLoading { free_until_years: 35, step_years: 5, per_step: BasisPoints::percent(5) },
        spouse: BasisPoints::percent(30),
        child: BasisPoints::percent(20),
        other: BasisPoints::percent(40),
        tax: tax::INDIA,
    };

    /// What such a relative adds where the plan does not say.
    #[must_use]
    pub const fn rate_of(&self, relationship: Relationship) -> BasisPoints {
        match relationship {
            Relationship::Spouse => self.spouse,
            Relationship::Child => self.child,
            Relationship::Mother
            | Relationship::Father
            | Relationship::MotherInLaw
            | Relationship::FatherInLaw
            | Relationship::Sibling => self.other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_full_only_after_five_years() {
        let steps = |age| RateCard::CURRENT.loading.steps(age);
        assert_eq!([0, 18, 35, 36, 39].map(steps), [0; 5]);
        assert_eq!([40, 44, 45, 60, 120].map(steps), [1, 1, 2, 5, 17]);
    }
}
