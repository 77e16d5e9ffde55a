//! Why a field that a caller sent was refused.

use crate::fault;
use kernel::{Detail, Entry, Fault, catalogue};

/// The rule a field broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRule {
    /// It is longer than so many characters.
    TooLong {
        /// The most it may have.
        chars_max: usize,
    },
    /// It is not an Indian mobile number.
    Phone,
    /// It is not a calendar date written YYYY-MM-DD, or not in the past.
    Date,
    /// It would make the person older than so many years.
    TooOld {
        /// The most years.
        years_max: u8,
    },
    /// It is not one of the words allowed.
    Word {
        /// The words allowed.
        allowed: &'static [&'static str],
    },
    /// It is not a code of so many digits.
    Digits {
        /// How many.
        exactly: u8,
    },
    /// It has not the form that these words tell.
    Form(&'static str),
}

/// A field was refused.
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
            FieldRule::Phone => fault::INVALID_PHONE,
            FieldRule::Date => catalogue::INVALID_DATE_FORMAT,
            FieldRule::TooLong { .. }
            | FieldRule::TooOld { .. }
            | FieldRule::Word { .. }
            | FieldRule::Digits { .. }
            | FieldRule::Form(_) => catalogue::VALIDATION_ERROR,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let constraint = match self.rule {
            FieldRule::TooLong { chars_max } => format!("at most {chars_max} characters"),
            FieldRule::Phone => "ten digits of which the first is 6 to 9, with or without +91".to_owned(),
            FieldRule::Date => "a date written YYYY-MM-DD that lies in the past".to_owned(),
            FieldRule::TooOld { years_max } => format!("at most {years_max} years ago"),
            FieldRule::Word { allowed } => format!("one of {}", allowed.join(", ")),
            FieldRule::Digits { exactly } => format!("exactly {exactly} digits"),
            FieldRule::Form(constraint) => constraint.to_owned(),
        };
        vec![("field", self.field.into()), ("constraint", Detail::Text(constraint))]
    }
}
