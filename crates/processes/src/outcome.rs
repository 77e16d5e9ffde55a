//! What became of a process's try.

use kernel::{Fault, Kind};
use time::OffsetDateTime;

/// The four ways a try can end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is there, whether this try or an earlier one made it.
    Done,
    /// Not now: tried again after a pause that grows, a bounded number of times.
    Later {
        /// Why, for operators; no personal data.
        reason: String,
    },
    /// Not yet: tried again at an instant the domain chose.
    At(OffsetDateTime),
    /// It can never be done: buried for an operator to see.
    Never {
        /// Why, for operators; no personal data.
        reason: String,
    },
}

impl Outcome {
    /// The outcome of a use case that failed: what may pass is tried again, what cannot is buried.
    ///
    /// Faults of ours and of partners pass, since they are mended or end; a refusal by rule does not change by
    /// asking again.
    #[must_use]
    pub fn of_failure(fault: &dyn Fault) -> Self {
        let reason = format!("{}: {fault}", fault.entry().code);
        match fault.entry().kind {
            Kind::Internal | Kind::Unavailable | Kind::TimedOut | Kind::PartnerFailed | Kind::Exhausted => {
                Self::Later { reason }
            }
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::Missing
            | Kind::Conflict
            | Kind::Refused => Self::Never { reason },
        }
    }
}
