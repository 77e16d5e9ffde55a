//! How a call to a partner goes wrong, without a word of what was sent or answered.

use crate::CallError;

/// A connection cannot be made as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The base address cannot take a path.
    #[error("the address of {partner} cannot be used as a base")]
    Address {
        /// Whose.
        partner: &'static str,
    },
    /// A key or an id cannot stand in a header.
    #[error("the {what} for {partner} cannot stand in a header")]
    Header {
        /// For whom.
        partner: &'static str,
        /// What.
        what: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client for {partner} could not be made")]
    Client {
        /// For whom.
        partner: &'static str,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
}

/// A call that ended without an answer that says something.
#[derive(Debug, thiserror::Error)]
pub enum PartnerFault {
    /// It kept failing and is left alone for a while; nothing was sent.
    #[error("the partner kept failing and is left alone for a while")]
    Resting,
    /// No whole answer was had.
    #[error("the exchange with the partner failed")]
    Call(#[from] CallError),
    /// It answered that it did nothing: our key is refused, or we ask too often.
    #[error("the partner turned the call away with HTTP {0}")]
    TurnedAway(u16),
    /// It answered that it failed.
    #[error("the partner failed with HTTP {0}")]
    Failed(u16),
}

impl PartnerFault {
    /// Whether it is known that nothing was done.
    #[must_use]
    pub const fn is_nothing_done(&self) -> bool {
        match self {
            Self::Resting | Self::Call(CallError::Unsent(_)) | Self::TurnedAway(_) => true,
            Self::Call(CallError::Lost(_) | CallError::TooLong) | Self::Failed(_) => false,
        }
    }

    /// Whether the partner is to blame in a way that leaving it alone may mend.
    pub(crate) const fn is_failure(&self) -> bool {
        match self {
            Self::Call(_) | Self::Failed(_) => true,
            Self::TurnedAway(status) => *status == 429,
            Self::Resting => false,
        }
    }

    /// Whether asking once more at once may help. A time-out has used up the caller's patience.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Call(CallError::TooLong) => false,
            Self::Call(error) => !error.is_timeout(),
            Self::Failed(_) => true,
            Self::Resting | Self::TurnedAway(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_undone_is_unknown() {
        for (fault, undone, is_failure) in [
            (PartnerFault::Resting, true, false),
            (PartnerFault::TurnedAway(401), true, false),
            (PartnerFault::TurnedAway(429), true, true),
            (PartnerFault::Failed(500), false, true),
            (PartnerFault::Call(CallError::TooLong), false, true),
        ] {
            assert_eq!((fault.is_nothing_done(), fault.is_failure()), (undone, is_failure), "{fault}");
        }
    }
}
