//! The closed sets of the profile.

use crate::FieldError;
use kernel::parse_word;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// What somebody lives by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Occupation {
    /// Drives people.
    Driver,
    /// Delivers goods or food.
    DeliveryPartner,
    /// Works in other people's homes.
    DomesticWorker,
    /// Works on building sites.
    ConstructionWorker,
    /// Sells in the street.
    StreetVendor,
    /// Has a salary.
    Salaried,
    /// Works for themselves.
    SelfEmployed,
    /// Has a profession.
    Professional,
    /// Studies.
    Student,
    /// Keeps the home.
    Homemaker,
    /// Has retired.
    Retired,
    /// Anything else.
    Other,
}

/// How far a person's identity was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum KycStatus {
    /// Not yet.
    Pending,
    /// By Aadhaar.
    Verified,
    /// It was tried and refused.
    Rejected,
}

impl Occupation {
    /// Every occupation's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Types a word in any case, with `-`, `_` or space within.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("occupation", text)
    }
}

impl KycStatus {
    /// Every status's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// The status of a word as [`word`](Self::word) writes it; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl std::fmt::Debug for Occupation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Occupation([masked])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fault as _;

    #[test]
    fn any_spelling_is_accepted_and_one_is_answered() {
        for text in ["delivery_partner", "Delivery Partner", "DELIVERY-PARTNER", "delivery partner"] {
            assert_eq!(Occupation::parse(text).map(Occupation::word), Ok("delivery_partner"));
        }
        assert!(Occupation::parse("").is_err());
    }

    #[test]
    fn what_is_refused_with_is_what_is_allowed() {
        let told = |refused: FieldError| refused.details().pop().unwrap();
        let occupations = "one of driver, delivery_partner, domestic_worker, construction_worker, street_vendor, \
                           salaried, self_employed, professional, student, homemaker, retired, other";
        assert_eq!(told(Occupation::parse("?").unwrap_err()), ("constraint", occupations.into()));
    }
}
