//! Where wallet money comes from, and what alone it may be spent on.

use crate::fault;
use kernel::{Detail, Entry, Fault, catalogue};

/// Who gave the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The worker.
    #[serde(rename = "self")]
    Own,
    /// Who employs them.
    Employer,
    /// The platform they work through.
    Platform,
    /// A relative.
    Family,
    /// A customer who left a tip.
    Tip,
    /// A foundation or a company that sponsors care.
    Sponsor,
    /// A public scheme.
    Government,
}

/// What wallet money is spent on: health care and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A doctor's time.
    Consultation,
    /// Medicines.
    Pharmacy,
    /// The premium of a health policy.
    InsurancePremium,
    /// A stay in hospital.
    Hospitalisation,
    /// Tests and imaging.
    Diagnostics,
}

/// The word names no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a source of money")]
pub struct SourceError;

/// The purpose is not health care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose wallet money may be spent on")]
pub struct PurposeError;

impl Fault for SourceError {
    fn entry(&self) -> Entry {
        catalogue::VALIDATION_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let words = Source::ALL.map(Source::word).join(", ");
        vec![("field", "source".into()), ("constraint", Detail::Text(format!("one of {words}")))]
    }
}

impl Fault for PurposeError {
    fn entry(&self) -> Entry {
        fault::PURPOSE_NOT_ALLOWED
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("allowed", Detail::Text(Purpose::ALL.map(Purpose::word).join(", ")))]
    }
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 7] =
        [Self::Own, Self::Employer, Self::Platform, Self::Family, Self::Tip, Self::Sponsor, Self::Government];

    /// Its one spelling on the wire, in tables and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Employer => "employer",
            Self::Platform => "platform",
            Self::Family => "family",
            Self::Tip => "tip",
            Self::Sponsor => "sponsor",
            Self::Government => "government",
        }
    }

    /// Reads a source in any case.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        Self::ALL.into_iter().find(|source| same_word(text, source.word())).ok_or(SourceError)
    }
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [
        Self::Consultation,
        Self::Pharmacy,
        Self::InsurancePremium,
        Self::Hospitalisation,
        Self::Diagnostics,
    ];

    /// Its one spelling on the wire, in tables and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Pharmacy => "pharmacy",
            Self::InsurancePremium => "insurance_premium",
            Self::Hospitalisation => "hospitalisation",
            Self::Diagnostics => "diagnostics",
        }
    }

    /// Reads a purpose in any case, with `-`, `_` or a space between words.
    ///
    /// # Errors
    /// When it is not health care.
    pub fn parse(text: &str) -> Result<Self, PurposeError> {
        Self::ALL.into_iter().find(|purpose| same_word(text, purpose.word())).ok_or(PurposeError)
    }
}

/// Whether `text` is `word` but for case and what stands between words.
pub(crate) fn same_word(text: &str, word: &str) -> bool {
    text.len() == word.len()
        && text.bytes().zip(word.bytes()).all(|(given, wanted)| match given {
            b'-' | b' ' | b'_' => wanted == b'_',
            letter => letter.eq_ignore_ascii_case(&wanted),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_in_any_case() {
        for source in Source::ALL {
            assert_eq!(Source::parse(&source.word().to_uppercase()), Ok(source));
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.word()), Ok(purpose));
        }
        assert_eq!(Purpose::parse("Insurance-Premium"), Ok(Purpose::InsurancePremium));
        assert_eq!(Purpose::parse("INSURANCE PREMIUM"), Ok(Purpose::InsurancePremium));
    }

    #[test]
    fn nothing_but_health_care_is_a_purpose() {
        for wrong in ["", "groceries", "insurancepremium", "insurance__premium", "consultation ", "rent"] {
            assert_eq!(Purpose::parse(wrong), Err(PurposeError), "{wrong}");
        }
        assert_eq!(PurposeError.entry(), fault::PURPOSE_NOT_ALLOWED);
        assert_eq!(Source::parse("lottery"), Err(SourceError));
    }
}
