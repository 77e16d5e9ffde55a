//! Who may enter a plan: the rules, and which of them failed.

use crate::{
    CHILD_DAYS_MIN, CHILD_YEARS_MAX, CHILDREN_MAX, Cover, Eligibility, Member, Pincode, Relationship, Terms,
    fault,
};
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
    /// More than one mother, father, mother-in-law or father-in-law.
    OneOfEachParent,
    /// A child who is not younger than the policyholder, or a parent who is not older.
    AgesContradict,
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
    /// The bound that was passed.
    pub bound: Option<Bound>,
}

/// A bound of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At least so many full years.
    YearsMin(u32),
    /// At most so many full years.
    YearsMax(u32),
    /// At least so many days.
    DaysMin(u32),
    /// At most so many people.
    Most(u32),
}

impl Bound {
    const fn told(self) -> (&'static str, u32) {
        match self {
            Self::YearsMin(years) => ("min_years", years),
            Self::YearsMax(years) => ("max_years", years),
            Self::DaysMin(days) => ("min_days", days),
            Self::Most(people) => ("max", people),
        }
    }
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
            Rule::TooManyDependants | Rule::OneSpouse | Rule::TooManyChildren | Rule::OneOfEachParent => {
                fault::TOO_MANY_DEPENDANTS
            }
            Rule::HolderTooYoung
            | Rule::HolderTooOld
            | Rule::MemberTooYoung
            | Rule::MemberTooOld
            | Rule::AgesContradict
            | Rule::PlaceNotServed
            | Rule::PlaceUnknown => fault::NOT_ELIGIBLE,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let mut details = vec![("rule", self.rule.word().into())];
        details.extend(self.bound.map(Bound::told).map(|(key, value)| (key, i64::from(value).into())));
        let member = self.member.and_then(|index| i64::try_from(index).ok());
        details.extend(member.map(|index| ("member", index.into())));
        details
    }
}

impl NotEligible {
    const fn of_all(rule: Rule, bound: Option<Bound>) -> Self {
        Self { rule, member: None, bound }
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
            refused.map_err(|(rule, bound)| NotEligible { rule, member: Some(index), bound })?;
        }
        let area = &self.eligibility.area;
        match pincode {
            _ if area.is_everywhere() => Ok(()),
            Some(pincode) if area.holds(pincode) => Ok(()),
            Some(_) => Err(NotEligible::of_all(Rule::PlaceNotServed, None)),
            None => Err(NotEligible::of_all(Rule::PlaceUnknown, None)),
        }
    }

    fn admit_holder(&self, cover: &Cover) -> Result<(), NotEligible> {
        let age = cover.holder.age_on(cover.starts_on);
        let (min, max) =
            (u32::from(self.eligibility.age_min_years), u32::from(self.eligibility.age_max_years));
        if age < min {
            return Err(NotEligible::of_all(Rule::HolderTooYoung, Some(Bound::YearsMin(min))));
        }
        if age > max {
            return Err(NotEligible::of_all(Rule::HolderTooOld, Some(Bound::YearsMax(max))));
        }
        Ok(())
    }

    fn count_relatives(&self, members: &[Member]) -> Result<(), NotEligible> {
        let count =
            |relationship| members.iter().filter(|member| member.relationship == relationship).count();
        let parents = PARENTS.map(|parent| (Rule::OneOfEachParent, count(parent), 1));
        for (rule, found, max) in [
            (Rule::TooManyDependants, members.len(), self.dependants_max),
            (Rule::OneSpouse, count(Relationship::Spouse), 1),
            (Rule::TooManyChildren, count(Relationship::Child), CHILDREN_MAX),
        ]
        .into_iter()
        .chain(parents)
        {
            if found > usize::from(max) {
                return Err(NotEligible::of_all(rule, Some(Bound::Most(u32::from(max)))));
            }
        }
        Ok(())
    }
}

/// Of whom there is one each.
const PARENTS: [Relationship; 4] =
    [Relationship::Mother, Relationship::Father, Relationship::MotherInLaw, Relationship::FatherInLaw];

fn age_of_member(ages: &Eligibility, member: &Member, cover: &Cover) -> Result<(), (Rule, Option<Bound>)> {
    let age = member.life.age_on(cover.starts_on);
    let adult_max = u32::from(ages.age_max_years);
    let (born, holder_born) = (member.life.born.expose(), cover.holder.born.expose());
    let (min, max, agrees) = match member.relationship {
        Relationship::Child => (0, CHILD_YEARS_MAX, born > holder_born),
        Relationship::Sibling => (0, adult_max, true),
        Relationship::Spouse => (ADULT_YEARS_MIN, adult_max, true),
        Relationship::Mother | Relationship::Father => (ADULT_YEARS_MIN, adult_max, born < holder_born),
        Relationship::MotherInLaw | Relationship::FatherInLaw => (ADULT_YEARS_MIN, adult_max, true),
    };
    if age < min {
        return Err((Rule::MemberTooYoung, Some(Bound::YearsMin(min))));
    }
    if !member.life.is_old_enough_on(cover.starts_on) {
        let days = u32::try_from(CHILD_DAYS_MIN).unwrap_or_default();
        return Err((Rule::MemberTooYoung, Some(Bound::DaysMin(days))));
    }
    if age > max {
        return Err((Rule::MemberTooOld, Some(Bound::YearsMax(max))));
    }
    if agrees { Ok(()) } else { Err((Rule::AgesContradict, None)) }
}

#[cfg(test)]
mod tests;
