//! What a person tells about themselves.

mod date;
mod patch;
mod text;
mod word;

pub use date::BirthDate;
pub use patch::{Change, ProfileFields, ProfilePatch};
pub use text::{AadhaarTail, Email, Employer, PersonName, PostalAddress};
pub use word::{KycStatus, Occupation};

use crate::Phone;
use kernel::{Gender, UserId};

/// A person's profile, as its owner sees it. Everything in it is masked in `Debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose.
    pub user_id: UserId,
    /// The number by which they sign in; it cannot be changed here.
    pub phone: Phone,
    /// What they told.
    pub told: Told,
    /// How far their identity was verified.
    pub kyc_status: KycStatus,
    /// The last digits of the verified Aadhaar number; written by the verification alone.
    pub aadhaar_last4: Option<AadhaarTail>,
}

/// The part of a profile that its owner may change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// First name.
    pub first_name: Option<PersonName>,
    /// Last name.
    pub last_name: Option<PersonName>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Birth date.
    pub dob: Option<BirthDate>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Postal address.
    pub address: Option<PostalAddress>,
    /// What they live by.
    pub occupation: Option<Occupation>,
    /// For whom they work.
    pub employer: Option<Employer>,
}

impl Profile {
    /// The profile of somebody who has told nothing yet.
    #[must_use]
    pub fn empty(user_id: UserId, phone: Phone) -> Self {
        Self { user_id, phone, told: Told::default(), kyc_status: KycStatus::Pending, aadhaar_last4: None }
    }

    /// Whether both names are there; a blank one is never kept.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.told.first_name.is_some() && self.told.last_name.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::uuid::Uuid;
    use time::macros::date;

    #[test]
    fn a_profile_is_complete_with_both_names() {
        let mut profile =
            Profile::empty(UserId::new(Uuid::from_u128(7)), Phone::parse("9876543210").unwrap());
        assert!(!profile.is_complete());
        profile.told.first_name = PersonName::parse("first_name", "Asha").unwrap();
        assert!(!profile.is_complete());
        profile.told.last_name = PersonName::parse("last_name", "Devi").unwrap();
        assert!(profile.is_complete());
    }

    #[test]
    fn debug_tells_nothing() {
        let today = date!(2026 - 01 - 15);
        let mut profile =
            Profile::empty(UserId::new(Uuid::from_u128(7)), Phone::parse("9876543210").unwrap());
        profile.told.first_name = PersonName::parse("first_name", "Asha").unwrap();
        profile.told.email = Email::parse("asha@example.in").unwrap();
        profile.told.dob = BirthDate::parse("1994-03-02", today).ok();
        profile.told.gender = Some(Gender::Female);
        profile.told.address = PostalAddress::parse("12 MG Road").unwrap();
        profile.told.occupation = Some(Occupation::Driver);
        profile.told.employer = Employer::parse("Swift Cabs").unwrap();
        profile.aadhaar_last4 = AadhaarTail::parse("1234");
        let shown = format!("{profile:?}").to_lowercase();
        for secret in ["asha", "devi", "9876543210", "1994", "female", "mg road", "driver", "swift", "1234"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
