//! The closed sets of words by which plans are told apart.

use kernel::{FieldError, parse_word};
use strum::{EnumString, IntoStaticStr, VariantNames};

/// Whom a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PlanType {
    /// One person.
    Individual,
    /// A family that shares one sum insured. `FAMILY` is its older name.
    #[strum(to_string = "FAMILY_FLOATER", serialize = "FAMILY")]
    FamilyFloater,
    /// Several persons with a sum insured each.
    MultiIndividual,
    /// The members of a group under one master policy.
    Group,
}

/// How much a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CoverageType {
    /// The least.
    Basic,
    /// More.
    Standard,
    /// The most. `PREMIUM` is its older name.
    #[strum(to_string = "COMPREHENSIVE", serialize = "PREMIUM")]
    Comprehensive,
}

/// How a policy under a plan comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum IssuanceMode {
    /// Cover begins with the payment: pay, and the insurer issues or the money goes back.
    Instant,
    /// The insurer decides on a proposal first; only what it accepted is paid for.
    Underwritten,
}

impl PlanType {
    /// Every type's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Reads a word in any case, with `_`, `-` or a space between its parts.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("plan_type", text)
    }

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl CoverageType {
    /// Every type's word, the least first.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Reads a word in any case.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("coverage_type", text)
    }

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl IssuanceMode {
    /// Every mode's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Detail, Fault as _};

    #[test]
    fn every_word_reads_back_however_it_is_written() {
        for word in PlanType::WORDS {
            for text in
                [(*word).to_owned(), word.to_lowercase(), word.replace('_', "-"), word.replace('_', " ")]
            {
                assert_eq!(PlanType::parse(&text).map(PlanType::word), Ok(*word), "{text}");
            }
        }
        for word in CoverageType::WORDS {
            assert_eq!(CoverageType::parse(&word.to_lowercase()).map(CoverageType::word), Ok(*word));
        }
        for word in IssuanceMode::WORDS {
            assert_eq!(word.parse().map(IssuanceMode::word), Ok(*word));
        }
    }

    #[test]
    fn older_names_are_understood_and_never_answered() {
        assert_eq!(PlanType::parse("family"), Ok(PlanType::FamilyFloater));
        assert_eq!(CoverageType::parse("PREMIUM"), Ok(CoverageType::Comprehensive));
        assert_eq!(PlanType::WORDS, ["INDIVIDUAL", "FAMILY_FLOATER", "MULTI_INDIVIDUAL", "GROUP"]);
        assert_eq!(CoverageType::WORDS, ["BASIC", "STANDARD", "COMPREHENSIVE"]);
    }

    #[test]
    fn anything_else_is_refused_with_its_field_and_without_its_value() {
        for text in ["", "FAMILYFLOATER", "FAMILY__FLOATER", "ＧＲＯＵＰ", "INDIVIDUAL\0"] {
            let refusal = PlanType::parse(text).unwrap_err();
            assert_eq!(refusal.entry().code, "VALIDATION_ERROR");
            assert_eq!(refusal.details()[0], ("field", Detail::Text("plan_type".into())));
        }
        let refusal = CoverageType::parse("gold").unwrap_err();
        assert_eq!(refusal.details()[0], ("field", Detail::Text("coverage_type".into())));
        assert!(!refusal.to_string().contains("gold"));
    }
}
