//! A refusal of one domain, passed on to another in its own words.

use insurance::ports::DirectoryError;
use kernel::{Detail, Entry, Fault, Kind};
use payments::ports::AdmissionError;

/// What the domain that was asked said no with.
pub(crate) enum PassedOn {
    /// It refuses: its place in the catalogue and its facts.
    Refused { entry: Entry, details: Vec<(&'static str, Detail)> },
    /// It cannot tell at the moment.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}

impl PassedOn {
    pub(crate) fn of(error: impl Fault + 'static) -> Self {
        match error.entry().kind {
            Kind::Internal | Kind::Unavailable => Self::Unavailable(Box::new(error)),
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::Missing
            | Kind::Conflict
            | Kind::Refused
            | Kind::Exhausted
            | Kind::PartnerFailed
            | Kind::TimedOut => Self::Refused { entry: error.entry(), details: error.details() },
        }
    }
}

impl From<PassedOn> for AdmissionError {
    fn from(said: PassedOn) -> Self {
        match said {
            PassedOn::Refused { entry, details } => Self::Refused { entry, details },
            PassedOn::Unavailable(error) => Self::Unavailable(error),
        }
    }
}

impl From<PassedOn> for DirectoryError {
    fn from(said: PassedOn) -> Self {
        match said {
            PassedOn::Refused { entry, details } => Self::Refused { entry, details },
            PassedOn::Unavailable(error) => Self::Unavailable(error),
        }
    }
}
