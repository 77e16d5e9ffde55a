//! How a call to Juspay goes wrong, without a word of what was sent or answered.

use outbound::CallError;
use payments::ports::{GatewayError, Refusal};

/// Longest code of the partner's that is kept.
const CODE_MAX_BYTES: usize = 64;

/// The adapter cannot be built as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The base address cannot take a path.
    #[error("the address of Juspay cannot be used as a base")]
    Address,
    /// The key or an id cannot stand in a header.
    #[error("the {0} for Juspay cannot stand in a header")]
    Header(&'static str),
    /// The HTTP client could not be made.
    #[error("the HTTP client for Juspay could not be made")]
    Client(#[source] reqwest::Error),
}

/// A call that ended without a usable answer.
#[derive(Debug, thiserror::Error)]
pub enum JuspayFault {
    /// It kept failing and is left alone for a while; nothing was sent.
    #[error("Juspay kept failing and is left alone for a while")]
    Resting,
    /// No whole answer was had.
    #[error("the exchange with Juspay failed")]
    Call(#[from] CallError),
    /// It answered that it did nothing: our key is refused, or we ask too often.
    #[error("Juspay turned the call away with HTTP {0}")]
    TurnedAway(u16),
    /// It answered that it failed.
    #[error("Juspay failed with HTTP {0}")]
    Failed(u16),
    /// Its answer cannot be understood or contradicts itself.
    #[error("Juspay's answer cannot be used: {0}")]
    Unusable(&'static str),
}

impl JuspayFault {
    /// Whether it is known that nothing was done.
    pub(crate) const fn is_nothing_done(&self) -> bool {
        match self {
            Self::Resting | Self::Call(CallError::Unsent(_)) | Self::TurnedAway(_) => true,
            Self::Call(CallError::Lost(_) | CallError::TooLong) | Self::Failed(_) | Self::Unusable(_) => {
                false
            }
        }
    }

    /// Whether the partner is to blame in a way that leaving it alone may mend.
    pub(crate) const fn is_failure(&self) -> bool {
        match self {
            Self::Call(_) | Self::Failed(_) => true,
            Self::TurnedAway(status) => *status == 429,
            Self::Resting | Self::Unusable(_) => false,
        }
    }

    /// Whether asking once more at once may help. A time-out has used up the caller's patience.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Call(CallError::TooLong) => false,
            Self::Call(error) => !error.is_timeout(),
            Self::Failed(_) => true,
            Self::Resting | Self::TurnedAway(_) | Self::Unusable(_) => false,
        }
    }
}

impl From<JuspayFault> for GatewayError {
    fn from(fault: JuspayFault) -> Self {
        if fault.is_nothing_done() { Self::Unavailable(fault.into()) } else { Self::Unknown(fault.into()) }
    }
}

/// A refusal under the partner's own code.
pub(crate) fn rejected(code: &str) -> GatewayError {
    GatewayError::Refused(Refusal::Rejected { code: readable(Some(code)) })
}

/// Stands for a code that is none.
pub(crate) const UNREADABLE: &str = "unreadable";

/// The code if it is one: short, and of letters, digits and the marks codes have. Free text may quote values.
pub(crate) fn readable(code: Option<&str>) -> String {
    let is_code = |code: &&str| {
        let mark = |byte: u8| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte);
        (1..=CODE_MAX_BYTES).contains(&code.len()) && code.bytes().all(mark)
    };
    code.filter(is_code).unwrap_or(UNREADABLE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_are_repeated() {
        assert_eq!(readable(Some("invalid.amount.exceeded")), "invalid.amount.exceeded");
        for wrong in [None, Some(""), Some("asha@example.in"), Some(&*"x".repeat(65))] {
            assert_eq!(readable(wrong), "unreadable");
        }
    }

    #[test]
    fn what_is_not_known_to_be_undone_is_unknown() {
        for (fault, undone) in [
            (JuspayFault::Resting, true),
            (JuspayFault::TurnedAway(401), true),
            (JuspayFault::Failed(500), false),
            (JuspayFault::Call(CallError::TooLong), false),
            (JuspayFault::Unusable("x"), false),
        ] {
            let known = matches!(GatewayError::from(fault), GatewayError::Unavailable(_));
            assert_eq!(known, undone);
        }
    }
}
