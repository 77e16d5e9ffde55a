//! The closed sets of the profile.

use super::{FieldError, FieldRule};
use crate::wording;

/// Gender, as the insurer and the Aadhaar authority know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Any other.
    Other,
}

/// What somebody lives by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KycStatus {
    /// Not yet.
    Pending,
    /// By Aadhaar.
    Verified,
    /// It was tried and refused.
    Rejected,
}

impl Gender {
    /// Every gender.
    pub const ALL: [Self; 3] = [Self::Male, Self::Female, Self::Other];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Other => "other",
        }
    }

    /// Types a word in any case.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let allowed = "male, female, other";
        wording::find(&Self::ALL, Self::word, text)
            .ok_or(FieldError { field: "gender", rule: FieldRule::Word { allowed } })
    }
}

impl Occupation {
    /// Every occupation.
    pub const ALL: [Self; 12] = [
        Self::Driver,
        Self::DeliveryPartner,
        Self::DomesticWorker,
        Self::ConstructionWorker,
        Self::StreetVendor,
        Self::Salaried,
        Self::SelfEmployed,
        Self::Professional,
        Self::Student,
        Self::Homemaker,
        Self::Retired,
        Self::Other,
    ];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::DeliveryPartner => "delivery_partner",
            Self::DomesticWorker => "domestic_worker",
            Self::ConstructionWorker => "construction_worker",
            Self::StreetVendor => "street_vendor",
            Self::Salaried => "salaried",
            Self::SelfEmployed => "self_employed",
            Self::Professional => "professional",
            Self::Student => "student",
            Self::Homemaker => "homemaker",
            Self::Retired => "retired",
            Self::Other => "other",
        }
    }

    /// Types a word in any case, with `-`, `_` or space within.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let allowed = "driver, delivery_partner, domestic_worker, construction_worker, street_vendor, salaried, \
                       self_employed, professional, student, homemaker, retired, other";
        wording::find(&Self::ALL, Self::word, text)
            .ok_or(FieldError { field: "occupation", rule: FieldRule::Word { allowed } })
    }
}

impl KycStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Verified, Self::Rejected];

    /// The word in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Verified => "VERIFIED",
            Self::Rejected => "REJECTED",
        }
    }

    /// The status of a word as [`word`](Self::word) writes it; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl std::fmt::Debug for Gender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gender([masked])")
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

    #[test]
    fn any_spelling_is_accepted_and_one_is_answered() {
        for text in ["delivery_partner", "Delivery Partner", "DELIVERY-PARTNER", "delivery partner"] {
            assert_eq!(Occupation::parse(text).map(Occupation::word), Ok("delivery_partner"));
        }
        assert_eq!(Gender::parse("FEMALE"), Ok(Gender::Female));
        assert!(Gender::parse("f").is_err());
        assert!(Occupation::parse("").is_err());
    }

    #[test]
    fn what_is_refused_with_is_what_is_allowed() {
        let words = Occupation::ALL.map(Occupation::word).join(", ");
        let FieldRule::Word { allowed } = Occupation::parse("?").unwrap_err().rule else { panic!() };
        assert_eq!(allowed, words);
        let words = Gender::ALL.map(Gender::word).join(", ");
        let FieldRule::Word { allowed } = Gender::parse("?").unwrap_err().rule else { panic!() };
        assert_eq!(allowed, words);
    }
}
