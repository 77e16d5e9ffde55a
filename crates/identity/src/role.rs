//! What a person may do. Given by the server alone.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// One role, and its bit among others.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, EnumString, VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everybody.
    Patient = 1,
    /// A doctor or other licensed practitioner whose documents were approved.
    Practitioner = 2,
    /// An operator.
    Admin = 4,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The role of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    const fn bit(self) -> u8 {
        self as u8
    }
}

/// The roles of a person. Everybody is a patient.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// What everybody has.
    pub const PATIENT: Self = Self(Role::Patient.bit());

    /// These and one more.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// These but one, which may not be [`Role::Patient`]: that stays.
    #[must_use]
    pub const fn without(self, role: Role) -> Self {
        Self((self.0 & !role.bit()) | Role::Patient.bit())
    }

    /// Whether `role` is among them.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// The roles, in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }

    /// Their words, in their fixed order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(Role::word)
    }

    /// Reads words back; `None` if one is not a role.
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        words.into_iter().try_fold(Self::PATIENT, |roles, word| Some(roles.with(Role::from_word(word)?)))
    }

    /// One bit each, for compact tokens.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Reads [`bits`](Self::bits) back; `None` if a bit is not a role, or the one of everybody is missing.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        let all = Role::ALL.iter().fold(0, |all, role| all | role.bit());
        (bits & !all == 0 && bits & Role::Patient.bit() != 0).then_some(Self(bits))
    }
}

impl std::fmt::Debug for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_a_patient() {
        assert_eq!(Roles::from_words([]), Some(Roles::PATIENT));
        assert!(Roles::PATIENT.without(Role::Patient).has(Role::Patient));
        assert_eq!(Roles::from_bits(Role::Admin.bit()), None);
    }

    #[test]
    fn words_and_bits_read_back() {
        for bits in 0..=u8::MAX {
            let Some(roles) = Roles::from_bits(bits) else { continue };
            assert_eq!(roles.bits(), bits);
            assert_eq!(Roles::from_words(roles.words()), Some(roles));
        }
        assert_eq!(Roles::from_words(["OWNER"]), None);
        assert_eq!(Roles::from_words(["patient"]), None);
    }
}
