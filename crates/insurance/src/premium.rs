//! What a plan costs a family, to the paisa: pure, in whole numbers, and the same for ever.

use crate::{BasisPoints, Life, Member, Plan, RateCard, Relationship, Tax, TaxClass};
use kernel::Paise;
use time::Date;

/// What a line of the breakdown stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// The plan itself.
    Base,
    /// The policyholder's age.
    AgeLoading,
    /// A relative.
    Dependant(Relationship),
    /// What the state takes.
    Tax,
}

/// One line of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What for.
    pub kind: LineKind,
    /// How it was worked out, in words.
    pub description: String,
    /// How much.
    pub amount: Paise,
}

/// A price with every rupee of it explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Premium {
    /// The plan itself.
    pub base: Paise,
    /// What the policyholder's age adds.
    pub age_loading: Paise,
    /// What the relatives add.
    pub dependants: Paise,
    /// All of it before tax.
    pub subtotal: Paise,
    /// The tax on that.
    pub tax: Tax,
    /// What is to be paid.
    pub total: Paise,
    /// The same, line by line: the amounts add up to the total.
    pub lines: Vec<Line>,
}

impl LineKind {
    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Base => "BASE_PREMIUM",
            Self::AgeLoading => "AGE_LOADING",
            Self::Dependant(relationship) => match relationship {
                Relationship::Spouse => "SPOUSE",
                Relationship::Child => "CHILD",
                Relationship::Mother => "MOTHER",
                Relationship::Father => "FATHER",
                Relationship::MotherInLaw => "MOTHER_IN_LAW",
                Relationship::FatherInLaw => "FATHER_IN_LAW",
                Relationship::Sibling => "SIBLING",
            },
            Self::Tax => "TAX",
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let relatives = Relationship::ALL.into_iter().map(Self::Dependant);
        [Self::Base, Self::AgeLoading].into_iter().chain(relatives).chain([Self::Tax])
    }

    /// The kind of that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|kind| kind.code() == code)
    }
}

/// Who is to be covered, from which day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The policyholder.
    pub holder: Life,
    /// Their relatives.
    pub members: Vec<Member>,
    /// The first day, in India's calendar: ages are as of this day, and the tax is this day's.
    pub starts_on: Date,
}

impl Premium {
    /// The price of `plan` for this cover under `card`. Each line is rounded half up, once; the tax is on the subtotal.
    ///
    /// Nothing overflows: a base premium is at most [`PLAN_AMOUNT_MAX`](crate::PLAN_AMOUNT_MAX), and a cover has a
    /// handful of lines.
    #[must_use]
    pub fn of(plan: &Plan, cover: &Cover, card: &RateCard) -> Self {
        let terms = &plan.terms;
        let base = terms.base_premium;
        let age = cover.holder.age_on(cover.starts_on);
        let steps = card.loading.steps(age);
        let relatives = cover.members.iter().map(|member| {
            let rate = terms.rate_of(member.relationship, card);
            Line {
                kind: LineKind::Dependant(member.relationship),
                description: format!("{}: {rate} of the base premium", name(member.relationship)),
                amount: rate.of(base, 1),
            }
        });
        let mut lines = vec![Line { kind: LineKind::Base, description: terms.name.clone(), amount: base }];
        if steps > 0 {
            let description = format!("Age {age}: {steps} × {} of the base premium", card.loading.per_step);
            let amount = card.loading.per_step.of(base, steps);
            lines.push(Line { kind: LineKind::AgeLoading, description, amount });
        }
        lines.extend(relatives);
        let tax = card.tax.on(TaxClass::from(terms.plan_type), cover.starts_on, sum(&lines, |_| true));
        let description =
            if tax.amount == Paise::ZERO { "GST: exempt".to_owned() } else { format!("GST: {}", tax.rate) };
        lines.push(Line { kind: LineKind::Tax, description, amount: tax.amount });
        Self::of_lines(lines, tax.rate)
    }

    /// The price that these lines are, with the tax at this rate.
    #[must_use]
    pub fn of_lines(lines: Vec<Line>, tax_rate: BasisPoints) -> Self {
        let tax = sum(&lines, |kind| kind == LineKind::Tax);
        Self {
            base: sum(&lines, |kind| kind == LineKind::Base),
            age_loading: sum(&lines, |kind| kind == LineKind::AgeLoading),
            dependants: sum(&lines, |kind| matches!(kind, LineKind::Dependant(_))),
            subtotal: sum(&lines, |kind| kind != LineKind::Tax),
            tax: Tax { rate: tax_rate, amount: tax },
            total: sum(&lines, |_| true),
            lines,
        }
    }
}

/// What the lines of some kinds add up to.
fn sum(lines: &[Line], counts: impl Fn(LineKind) -> bool) -> Paise {
    let amounts = lines.iter().filter(|line| counts(line.kind)).map(|line| line.amount);
    amounts.fold(Paise::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(Paise::new(i64::MAX)))
}

const fn name(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Spouse => "Spouse",
        Relationship::Child => "Child",
        Relationship::Mother => "Mother",
        Relationship::Father => "Father",
        Relationship::MotherInLaw => "Mother-in-law",
        Relationship::FatherInLaw => "Father-in-law",
        Relationship::Sibling => "Sibling",
    }
}

#[cfg(test)]
mod tests;
