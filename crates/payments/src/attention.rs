//! Why a person must look at an order: what no rule may decide.

/// Something about an order that an operator has to settle. It stays until they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attention {
    /// The partner answered for another order or another merchant.
    IdentityMismatch,
    /// Another amount was charged than we asked for.
    AmountMismatch,
    /// Another currency was charged than rupees.
    CurrencyMismatch,
    /// Money went back that we did not send: giving what was paid for could give it twice.
    RefundedElsewhere,
    /// Who was to give what was paid for found it contradicted: it can neither be given nor be sent back by rule.
    FulfilmentContradicted,
    /// The partner named a state of the payment that we never ask for.
    UnusualStatus,
    /// The partner refuses to refund.
    RefundRefused,
    /// The partner declared each of our tries to refund failed.
    RefundFailing,
    /// The partner's people are looking at the refund, or it has been on its way for more than ten days.
    RefundOverdue,
}

impl Attention {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::IdentityMismatch,
        Self::AmountMismatch,
        Self::CurrencyMismatch,
        Self::RefundedElsewhere,
        Self::FulfilmentContradicted,
        Self::UnusualStatus,
        Self::RefundRefused,
        Self::RefundFailing,
        Self::RefundOverdue,
    ];

    /// The word operators and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::IdentityMismatch => "IDENTITY_MISMATCH",
            Self::AmountMismatch => "AMOUNT_MISMATCH",
            Self::CurrencyMismatch => "CURRENCY_MISMATCH",
            Self::RefundedElsewhere => "REFUNDED_ELSEWHERE",
            Self::FulfilmentContradicted => "FULFILMENT_CONTRADICTED",
            Self::UnusualStatus => "UNUSUAL_STATUS",
            Self::RefundRefused => "REFUND_REFUSED",
            Self::RefundFailing => "REFUND_FAILING",
            Self::RefundOverdue => "REFUND_OVERDUE",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// Whether no payment may be counted and nothing given until an operator has looked.
    #[must_use]
    pub const fn stops_money(self) -> bool {
        match self {
            Self::IdentityMismatch
            | Self::AmountMismatch
            | Self::CurrencyMismatch
            | Self::RefundedElsewhere
            | Self::FulfilmentContradicted => true,
            Self::UnusualStatus | Self::RefundRefused | Self::RefundFailing | Self::RefundOverdue => false,
        }
    }

    /// The graver of what is known and what is new: a reason that stops money is never covered by one that
    /// does not, and otherwise the first stays.
    pub(crate) const fn graver(known: Option<Self>, new: Option<Self>) -> Option<Self> {
        match (known, new) {
            (Some(known), Some(new)) if new.stops_money() && !known.stops_money() => Some(new),
            (Some(known), _) => Some(known),
            (None, new) => new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for reason in Attention::ALL {
            assert_eq!(Attention::from_word(reason.word()), Some(reason));
        }
    }

    #[test]
    fn what_stops_money_is_never_covered() {
        for known in Attention::ALL {
            for new in Attention::ALL {
                let graver = Attention::graver(Some(known), Some(new)).unwrap();
                assert_eq!(graver.stops_money(), known.stops_money() || new.stops_money());
            }
            assert_eq!(Attention::graver(Some(known), None), Some(known));
            assert_eq!(Attention::graver(None, Some(known)), Some(known));
        }
    }
}
