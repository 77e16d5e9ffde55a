//! Why a field that a caller sent was refused.

use crate::{Detail, Entry, Fault, catalogue};

/// The rule a field broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRule {
    /// Not as much or as many as it may be, such as `at most` `255` `characters`.
    Count {
        /// `at most` or `exactly`.
        how: &'static str,
        /// How many.
        many: usize,
        /// Of what.
        of: &'static str,
    },
    /// It is not one of the words allowed.
    Word {
        /// The words allowed.
        allowed: &'static [&'static str],
    },
    /// It has not the form that these words tell.
    Form(&'static str),
    /// It breaks a rule that has a code of its own.
    Coded {
        /// Its line of the catalogue.
        entry: Entry,
        /// The rule, in words.
        constraint: &'static str,
    },
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

impl FieldRule {
    /// The rule in words, for whoever sent the field.
    #[must_use]
    pub fn constraint(self) -> String {
        match self {
            Self::Count { how, many, of } => format!("{how} {many} {of}"),
            Self::Word { allowed } => format!("one of {}", allowed.join(", ")),
            Self::Form(constraint) | Self::Coded { constraint, .. } => constraint.to_owned(),
        }
    }
}

impl Fault for FieldError {
    fn entry(&self) -> Entry {
        match self.rule {
            FieldRule::Coded { entry, .. } => entry,
            FieldRule::Count { .. } | FieldRule::Word { .. } | FieldRule::Form(_) => {
                catalogue::VALIDATION_ERROR
            }
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", self.field.into()), ("constraint", Detail::Text(self.rule.constraint()))]
    }
}
