//! Who may enter a plan: the rules, and which of them failed.

use crate::{CHILD_YEARS_MAX, CHILDREN_MAX, Cover, Eligibility, Member, Pincode, Relationship, Terms, fault};
use kernel::{Detail, Entry, Fault};
use strum::{EnumString, IntoStaticStr, VariantNames};

/// The youngest a relative can be who is neither child nor sibling, in full years.
const ADULT_YEARS_MIN: u32 = 18;

/// A rule of entry that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// The policyholder is younger than the plan takes.
    HolderTooYoung,
    /// The policyholder is older than the plan takes.
    HolderTooOld,
    /// More relatives than the plan covers.
    TooManyDependants,
    /// More than one spouse.
    OneSpouse,
    /// More than four children.
    TooManyChildren,
    /// A relative is younger than can be covered.
    MemberTooYoung,
    /// A relative is older than can be covered.
    MemberTooOld,
    /// The plan is not sold where the policyholder lives.
    PlaceNotServed,
    /// The plan is sold in some places only, and where the policyholder lives is not known.
    PlaceUnknown,
}

/// A cover that a plan cannot give, and the first rule in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule {} refuses the cover", rule.word())]
pub struct NotEligible {
    /// Which rule.
    pub rule: Rule,
    /// Which relative broke it, counted from 0, if it was one.
    pub member: Option<usize>,
    /// The bound that was passed: years, days of a child's first months, or how many.
    pub bound: Option<u32>,
}

impl Rule {
    /// Every rule's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Fault for NotEligible {
    fn entry(&self) -> Entry {
        match self.rule {
            Rule::TooManyDependants | Rule::OneSpouse | Rule::TooManyChildren => fault::TOO_MANY_DEPENDANTS,
            Rule::HolderTooYoung
            | Rule::HolderTooOld
            | Rule::MemberTooYoung
            | Rule::MemberTooOld
            | Rule::PlaceNotServed
            | Rule::PlaceUnknown => fault::NOT_ELIGIBLE,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let bound = match self.rule {
            Rule::HolderTooYoung | Rule::MemberTooYoung => "min",
            Rule::HolderTooOld
            | Rule::MemberTooOld
            | Rule::TooManyDependants
            | Rule::OneSpouse
            | Rule::TooManyChildren
            | Rule::PlaceNotServed
            | Rule::PlaceUnknown => "max",
        };
        let mut details = vec![("rule", self.rule.word().into())];
        details.extend(self.bound.map(|value| (bound, i64::from(value).into())));
        let member = self.member.and_then(|index| i64::try_from(index).ok());
        details.extend(member.map(|index| ("member", index.into())));
        details
    }
}

impl NotEligible {
    const fn holder(rule: Rule, bound: u32) -> Self {
        Self { rule, member: None, bound: Some(bound) }
    }
}

impl Terms {
    /// Whether these terms can give this cover to a policyholder who lives at `pincode`, if that is known.
    ///
    /// # Errors
    /// The first rule in its way: the policyholder's age, the number of relatives, each relative's age, the place.
    pub fn admit(&self, cover: &Cover, pincode: Option<&Pincode>) -> Result<(), NotEligible> {
        self.admit_holder(cover)?;
        self.count_relatives(&cover.members)?;
        for (index, member) in cover.members.iter().enumerate() {
            let refused = age_of_member(&self.eligibility, member, cover);
            refused.map_err(|(rule, bound)| NotEligible { rule, member: Some(index), bound: Some(bound) })?;
        }
        let area = &self.eligibility.area;
        match pincode {
            _ if area.is_everywhere() => Ok(()),
            Some(pincode) if area.holds(pincode) => Ok(()),
            Some(_) => Err(NotEligible { rule: Rule::PlaceNotServed, member: None, bound: None }),
            None => Err(NotEligible { rule: Rule::PlaceUnknown, member: None, bound: None }),
        }
    }

    fn admit_holder(&self, cover: &Cover) -> Result<(), NotEligible> {
        let age = cover.holder.age_on(cover.starts_on);
        let (min, max) =
            (u32::from(self.eligibility.age_min_years), u32::from(self.eligibility.age_max_years));
        if age < min {
            return Err(NotEligible::holder(Rule::HolderTooYoung, min));
        }
        if age > max {
            return Err(NotEligible::holder(Rule::HolderTooOld, max));
        }
        Ok(())
    }

    fn count_relatives(&self, members: &[Member]) -> Result<(), NotEligible> {
        let count =
            |relationship| members.iter().filter(|member| member.relationship == relationship).count();
        for (rule, found, max) in [
            (Rule::TooManyDependants, members.len(), self.dependants_max),
            (Rule::OneSpouse, count(Relationship::Spouse), 1),
            (Rule::TooManyChildren, count(Relationship::Child), CHILDREN_MAX),
        ] {
            if found > usize::from(max) {
                return Err(NotEligible::holder(rule, u32::from(max)));
            }
        }
        Ok(())
    }
}

fn age_of_member(ages: &Eligibility, member: &Member, cover: &Cover) -> Result<(), (Rule, u32)> {
    let age = member.life.age_on(cover.starts_on);
    let adult_max = u32::from(ages.age_max_years);
    let (min, max) = match member.relationship {
        Relationship::Child => (0, CHILD_YEARS_MAX),
        Relationship::Sibling => (0, adult_max),
        Relationship::Spouse
        | Relationship::Mother
        | Relationship::Father
        | Relationship::MotherInLaw
        | Relationship::FatherInLaw => (ADULT_YEARS_MIN, adult_max),
    };
    if age < min || !member.life.is_old_enough_on(cover.starts_on) {
        let days = u32::try_from(crate::CHILD_DAYS_MIN).unwrap_or_default();
        return Err((Rule::MemberTooYoung, if min == 0 { days } else { min }));
    }
    if age > max { Err((Rule::MemberTooOld, max)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
