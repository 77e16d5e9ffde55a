//! Gender, as insurers, doctors and the Aadhaar authority know it.

use crate::{FieldError, parse_word};
use strum::{EnumString, IntoStaticStr, VariantNames};

/// A person's gender.
#[derive(Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Any other.
    Other,
}

impl Gender {
    /// Every gender's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Types a word in any case.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("gender", text)
    }

    /// The one word by which it is told, answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl std::fmt::Debug for Gender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gender([masked])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Detail, Fault as _};

    #[test]
    fn what_is_refused_with_is_what_is_allowed() {
        assert_eq!(Gender::parse("FEMALE"), Ok(Gender::Female));
        let refused = Gender::parse("f").unwrap_err();
        let allowed = Detail::Text("one of male, female, other".to_owned());
        assert_eq!(refused.details(), [("field", "gender".into()), ("constraint", allowed)]);
        assert!(!format!("{:?}", Gender::Female).contains("emale"));
    }
}
