//! A person as a premium and the rules of entry see them.

use crate::DependantVersion;
use kernel::{FieldError, Gender, Masked, full_years, parse_word};
use strum::{EnumString, IntoStaticStr, VariantNames};
use time::{Date, Duration};

/// How young a child may be covered, in days (the industry's usual 91 days).
pub const CHILD_DAYS_MIN: i64 = 91;

/// How old a child may be covered as a child, in full years.
pub const CHILD_YEARS_MAX: u32 = 25;

/// What a covered relative is to the policyholder.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, EnumString, VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Relationship {
    /// Married to them.
    Spouse,
    /// Their child.
    Child,
    /// Their mother.
    Mother,
    /// Their father.
    Father,
    /// Their spouse's mother.
    MotherInLaw,
    /// Their spouse's father.
    FatherInLaw,
    /// Their brother or sister.
    Sibling,
}

impl Relationship {
    /// Every relationship.
    pub const ALL: [Self; 7] = [
        Self::Spouse,
        Self::Child,
        Self::Mother,
        Self::Father,
        Self::MotherInLaw,
        Self::FatherInLaw,
        Self::Sibling,
    ];

    /// Every relationship's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Reads a word in any case, with `_`, `-` or a space between its parts.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("relationship", text)
    }

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// What of a person bears on price and entry. Masked in `Debug`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When they were born.
    pub born: Masked<Date>,
    /// Their gender; no price depends on it.
    pub gender: Gender,
}

/// A relative to be covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What they are to the policyholder.
    pub relationship: Relationship,
    /// Who they are.
    pub life: Life,
    /// Which version of which dependant they are, if that is known: the name is there.
    pub dependant: Option<DependantVersion>,
}

impl Member {
    /// Somebody of whom no more is known than what a price depends on.
    #[must_use]
    pub const fn told(relationship: Relationship, life: Life) -> Self {
        Self { relationship, life, dependant: None }
    }
}

impl Life {
    /// Full years on `day`.
    #[must_use]
    pub fn age_on(&self, day: Date) -> u32 {
        full_years(*self.born.expose(), day)
    }

    /// Whether they are old enough on `day` to be covered at all: 91 days.
    #[must_use]
    pub fn is_old_enough_on(&self, day: Date) -> bool {
        self.born.expose().checked_add(Duration::days(CHILD_DAYS_MIN)).is_some_and(|first| first <= day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn relationships_read_back_however_they_are_written() {
        for word in Relationship::WORDS {
            for text in [word.to_uppercase(), word.replace('_', "-"), word.replace('_', " ")] {
                assert_eq!(Relationship::parse(&text).map(Relationship::word), Ok(*word), "{text}");
            }
        }
        assert!(Relationship::parse("cousin").is_err());
    }

    #[test]
    fn the_ninety_first_day_is_old_enough() {
        let child = Life { born: Masked::new(date!(2026 - 01 - 01)), gender: Gender::Female };
        assert!(!child.is_old_enough_on(date!(2026 - 04 - 01)));
        assert!(child.is_old_enough_on(date!(2026 - 04 - 02)));
        assert_eq!(child.age_on(date!(2026 - 12 - 31)), 0);
    }
}
