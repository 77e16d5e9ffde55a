//! Goods and services tax on premiums: a dated table by kind of policy.
//!
//! From 22 September 2025, 00:00 in India, health insurance of individuals and families is exempt; that of groups stays
//! at 18 % (Notification 16/2025-Central Tax (Rate) after the 56th meeting of the GST Council; SAC 9971).

use crate::{BasisPoints, PlanType};
use kernel::Paise;
use time::{Date, macros::date};

/// Which of the two lines of the table a policy is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxClass {
    /// Individuals and families.
    Retail,
    /// Members of a group that is no family.
    Group,
}

impl From<PlanType> for TaxClass {
    fn from(plan_type: PlanType) -> Self {
        match plan_type {
            PlanType::Individual | PlanType::FamilyFloater | PlanType::MultiIndividual => Self::Retail,
            PlanType::Group => Self::Group,
        }
    }
}

/// The rates from one day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TaxPeriod {
    from: Date,
    retail: BasisPoints,
    group: BasisPoints,
}

/// Rates by day of supply, in India's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxTable(&'static [TaxPeriod]);

/// India's.
pub(crate) const INDIA: TaxTable = TaxTable(&[
    TaxPeriod {
        from: date!(2017 - 07 - 01),
        retail: BasisPoints::percent(18),
        group: BasisPoints::percent(18),
    },
    TaxPeriod { from: date!(2025 - 09 - 22), retail: BasisPoints::ZERO, group: BasisPoints::percent(18) },
]);

/// What tax a premium bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax {
    /// Its rate.
    pub rate: BasisPoints,
    /// How much.
    pub amount: Paise,
}

impl Tax {
    /// What invoices call it, with and without a rate.
    pub const CODES: [&'static str; 2] = ["GST", "GST_EXEMPT"];

    /// Its code: exempt where the rate is nothing.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let [taxed, exempt] = Self::CODES;
        if self.rate == BasisPoints::ZERO { exempt } else { taxed }
    }
}

impl TaxTable {
    /// The tax on `subtotal` of a policy that is supplied on `day`.
    #[must_use]
    pub fn on(&self, class: TaxClass, day: Date, subtotal: Paise) -> Tax {
        let period = self.0.iter().rev().find(|period| period.from <= day);
        let rate = period.map_or(BasisPoints::ZERO, |period| match class {
            TaxClass::Retail => period.retail,
            TaxClass::Group => period.group,
        });
        Tax { rate, amount: rate.of(subtotal, 1) }
    }

    /// The first day after `day` from which other rates hold; `None` if none is known.
    #[must_use]
    pub fn next_change(&self, day: Date) -> Option<Date> {
        self.0.iter().map(|period| period.from).find(|from| *from > day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::business_day;
    use time::macros::datetime;

    #[test]
    fn the_exemption_begins_at_midnight_in_india() {
        let subtotal = Paise::new(775_000);
        let at = |class, instant| INDIA.on(class, business_day(instant), subtotal);
        let before = datetime!(2025-09-21 18:29:59.999999 UTC);
        let after = datetime!(2025-09-21 18:30:00 UTC);
        assert_eq!(
            at(TaxClass::Retail, before),
            Tax { rate: BasisPoints::percent(18), amount: Paise::new(139_500) }
        );
        assert_eq!(at(TaxClass::Retail, after), Tax { rate: BasisPoints::ZERO, amount: Paise::ZERO });
        assert_eq!(at(TaxClass::Group, before), at(TaxClass::Group, after));
        assert_eq!(at(TaxClass::Group, after).code(), "GST");
        assert_eq!(at(TaxClass::Retail, after).code(), "GST_EXEMPT");
    }

    #[test]
    fn a_change_is_known_before_it_comes() {
        assert_eq!(INDIA.next_change(date!(2025 - 09 - 21)), Some(date!(2025 - 09 - 22)));
        assert_eq!(INDIA.next_change(date!(2025 - 09 - 22)), None);
    }

    #[test]
    fn families_are_retail() {
        for plan_type in [PlanType::Individual, PlanType::FamilyFloater, PlanType::MultiIndividual] {
            assert_eq!(TaxClass::from(plan_type), TaxClass::Retail);
        }
        assert_eq!(TaxClass::from(PlanType::Group), TaxClass::Group);
    }
}
