//! Why a field of the profile was refused.

use kernel::{Detail, Entry, Fault, catalogue};

/// The rule a field broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRule {
    /// It is longer than so many characters.
    TooLong {
        /// The most it may have.
        chars_max: usize,
    },
    /// It holds control characters, or characters that change the direction of what stands around them.
    ControlCharacters,
    /// It is not an address of RFC 5321/5322.
    Email,
    /// It is not a calendar date written YYYY-MM-DD, or not in the past.
    Date,
    /// It would make the person older than so many years.
    TooOld {
        /// The most years.
        years_max: u8,
    },
    /// It is not one of the words allowed.
    Word {
        /// The words allowed, separated by commas.
        allowed: &'static str,
    },
}

/// A field of the profile was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the field {field} is not valid")]
pub struct FieldError {
    /// Which field.
    pub field: &'static str,
    /// Which rule it broke.
    pub rule: FieldRule,
}

impl Fault for FieldError {
    fn entry(&self) -> Entry {
        match self.rule {
            FieldRule::Date => catalogue::INVALID_DATE_FORMAT,
            FieldRule::TooLong { .. }
            | FieldRule::ControlCharacters
            | FieldRule::Email
            | FieldRule::TooOld { .. }
            | FieldRule::Word { .. } => catalogue::VALIDATION_ERROR,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let constraint = match self.rule {
            FieldRule::TooLong { chars_max } => format!("at most {chars_max} characters"),
            FieldRule::ControlCharacters => "no control characters".to_owned(),
            FieldRule::Email => "an e-mail address of at most 254 characters".to_owned(),
            FieldRule::Date => "a date written YYYY-MM-DD that lies in the past".to_owned(),
            FieldRule::TooOld { years_max } => format!("at most {years_max} years ago"),
            FieldRule::Word { allowed } => format!("one of {allowed}"),
        };
        vec![("field", self.field.into()), ("constraint", Detail::Text(constraint))]
    }
}
