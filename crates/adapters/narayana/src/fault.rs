//! How a call to the insurer goes wrong, without a word of what was sent or answered.

use insurance::ports::{IssuerError, SourceError};
use outbound::PartnerFault;

/// A call that ended without a usable answer.
#[derive(Debug, thiserror::Error)]
pub enum NarayanaFault {
    /// There was no answer that says something.
    #[error(transparent)]
    Call(#[from] PartnerFault),
    /// It refused what we asked, with a status of 400 to 499.
    #[error("the insurer refused the call with HTTP {0}")]
    Refused(u16),
    /// Its answer cannot be understood or contradicts itself.
    #[error("the insurer's answer cannot be used: {0}")]
    Unusable(&'static str),
}

impl From<NarayanaFault> for SourceError {
    fn from(fault: NarayanaFault) -> Self {
        match fault {
            NarayanaFault::Call(_) => Self::Unavailable(fault.into()),
            NarayanaFault::Refused(_) | NarayanaFault::Unusable(_) => Self::Unusable(fault.into()),
        }
    }
}

impl From<NarayanaFault> for IssuerError {
    fn from(fault: NarayanaFault) -> Self {
        Self(fault.into())
    }
}
