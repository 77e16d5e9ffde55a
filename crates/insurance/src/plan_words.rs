//! The closed sets of words by which plans are told apart.

use kernel::{Detail, Entry, Fault, catalogue};

/// Whom a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanType {
    /// One person.
    Individual,
    /// A family that shares one sum insured.
    FamilyFloater,
    /// Several persons with a sum insured each.
    MultiIndividual,
    /// The members of a group under one master policy.
    Group,
}

/// How much a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoverageType {
    /// The least.
    Basic,
    /// More.
    Standard,
    /// The most.
    Comprehensive,
}

/// A word is not of the closed set its field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be one of {words}")]
pub struct WordError {
    field: &'static str,
    words: &'static str,
}

impl Fault for WordError {
    fn entry(&self) -> Entry {
        catalogue::VALIDATION_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", self.field.into()), ("constraint", format!("one of {}", self.words).as_str().into())]
    }
}

impl PlanType {
    /// Every one, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Individual, Self::FamilyFloater, Self::MultiIndividual, Self::Group];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Individual => "INDIVIDUAL",
            Self::FamilyFloater => "FAMILY_FLOATER",
            Self::MultiIndividual => "MULTI_INDIVIDUAL",
            Self::Group => "GROUP",
        }
    }

    /// Reads a word in any case, with `_`, `-` or a space between its parts. `FAMILY`, the older name, is a
    /// family floater.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, WordError> {
        let older = same(text, "FAMILY").then_some(Self::FamilyFloater);
        let found = Self::ALL.into_iter().find(|plan_type| same(text, plan_type.word())).or(older);
        found.ok_or(WordError {
            field: "plan_type",
            words: "INDIVIDUAL, FAMILY_FLOATER, MULTI_INDIVIDUAL, GROUP",
        })
    }
}

impl CoverageType {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Standard, Self::Comprehensive];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Standard => "STANDARD",
            Self::Comprehensive => "COMPREHENSIVE",
        }
    }

    /// Reads a word in any case. `PREMIUM`, the older name, is comprehensive.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, WordError> {
        let older = same(text, "PREMIUM").then_some(Self::Comprehensive);
        let found = Self::ALL.into_iter().find(|coverage_type| same(text, coverage_type.word())).or(older);
        found.ok_or(WordError { field: "coverage_type", words: "BASIC, STANDARD, COMPREHENSIVE" })
    }
}

/// Whether `text` is `word` as people may write it.
fn same(text: &str, word: &str) -> bool {
    let plain = |byte: u8| if matches!(byte, b'-' | b' ') { b'_' } else { byte.to_ascii_uppercase() };
    text.bytes().map(plain).eq(word.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_however_it_is_written() {
        for plan_type in PlanType::ALL {
            let word = plan_type.word();
            for text in [word.to_owned(), word.to_lowercase(), word.replace('_', "-"), word.replace('_', " ")]
            {
                assert_eq!(PlanType::parse(&text), Ok(plan_type), "{text}");
            }
        }
        for coverage_type in CoverageType::ALL {
            assert_eq!(CoverageType::parse(&coverage_type.word().to_lowercase()), Ok(coverage_type));
        }
    }

    #[test]
    fn older_names_are_understood() {
        assert_eq!(PlanType::parse("family"), Ok(PlanType::FamilyFloater));
        assert_eq!(CoverageType::parse("PREMIUM"), Ok(CoverageType::Comprehensive));
    }

    #[test]
    fn anything_else_is_refused_with_its_field_and_without_its_value() {
        for text in ["", " GROUP", "GROUP ", "FAMILYFLOATER", "FAMILY__FLOATER", "ＧＲＯＵＰ", "INDIVIDUAL\0"]
        {
            let refusal = PlanType::parse(text).unwrap_err();
            assert_eq!(refusal.entry().code, "VALIDATION_ERROR");
            assert_eq!(refusal.details()[0], ("field", Detail::Text("plan_type".into())));
        }
        let refusal = CoverageType::parse("gold").unwrap_err();
        assert_eq!(refusal.details()[0], ("field", Detail::Text("coverage_type".into())));
        assert!(!refusal.to_string().contains("gold"));
    }
}
