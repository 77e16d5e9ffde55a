//! How a call to Juspay goes wrong, without a word of what was sent or answered.

use outbound::PartnerFault;
use payments::ports::{GatewayError, Refusal};

/// Longest code of the partner's that is kept.
const CODE_MAX_BYTES: usize = 64;

/// A call that ended without a usable answer.
#[derive(Debug, thiserror::Error)]
pub enum JuspayFault {
    /// There was no answer that says something.
    #[error(transparent)]
    Call(#[from] PartnerFault),
    /// Its answer cannot be understood or contradicts itself.
    #[error("Juspay's answer cannot be used: {0}")]
    Unusable(&'static str),
}

impl JuspayFault {
    /// Whether it is known that nothing was done.
    pub(crate) const fn is_nothing_done(&self) -> bool {
        match self {
            Self::Call(fault) => fault.is_nothing_done(),
            Self::Unusable(_) => false,
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
            (PartnerFault::TurnedAway(401).into(), true),
            (PartnerFault::Failed(500).into(), false),
            (JuspayFault::Unusable("x"), false),
        ] {
            let known = matches!(GatewayError::from(fault), GatewayError::Unavailable(_));
            assert_eq!(known, undone);
        }
    }
}
