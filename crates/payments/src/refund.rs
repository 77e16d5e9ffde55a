//! Money going back: one demand per order, tried under one number at a time until it is known to have arrived.

use crate::RefundId;
use kernel::{OrderRef, Paise};
use time::OffsetDateTime;

/// How often a refund the partner declared failed is tried anew before an operator must look.
pub(crate) const ATTEMPTS_MAX: usize = 3;

/// What goes back, why, and each try to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much; at most what was captured.
    pub amount: Paise,
    /// Why.
    pub cause: RefundCause,
    /// When it was decided.
    pub demanded_at: OffsetDateTime,
    /// The tries, oldest first; none if the partner returned the money by itself.
    pub attempts: Vec<Attempt>,
}

/// One try to send money back, under a number of its own. Asking again under the same number is the same try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first.
    pub sequence: u16,
    /// The number the partner knows it by.
    pub refund_id: RefundId,
    /// What became of it.
    pub state: RefundState,
    /// When it was decided.
    pub requested_at: OffsetDateTime,
}

/// What became of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundState {
    /// On its way, or not known to have reached the partner.
    Pending,
    /// The money is back.
    Success,
    /// The partner gave up; a new try needs a new number.
    Failure,
    /// The partner's people are looking at it.
    ManualReview,
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundCause {
    /// What was paid for can never be given.
    FulfilmentFailed,
    /// What was given was taken back: a cancellation.
    Cancelled,
    /// An operator decided so before anything was given.
    Operator,
    /// The partner returned the money by itself, such as a payment that came too late.
    ByPartner,
}

impl RefundState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Success, Self::Failure, Self::ManualReview];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::ManualReview => "MANUAL_REVIEW",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether the money of such a try may be gone: it counts against what was captured.
    #[must_use]
    pub const fn counts(self) -> bool {
        match self {
            Self::Pending | Self::Success | Self::ManualReview => true,
            Self::Failure => false,
        }
    }
}

impl RefundCause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::FulfilmentFailed, Self::Cancelled, Self::Operator, Self::ByPartner];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FulfilmentFailed => "FULFILMENT_FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Operator => "OPERATOR",
            Self::ByPartner => "BY_PARTNER",
        }
    }

    /// The cause of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
}

impl Refund {
    /// A demand to send `amount` back, with its first try.
    pub(crate) fn demand(order_id: &OrderRef, amount: Paise, cause: RefundCause, at: OffsetDateTime) -> Self {
        Self { amount, cause, demanded_at: at, attempts: vec![Attempt::new(order_id, 1, at)] }
    }

    /// Money the partner returned by itself.
    pub(crate) const fn by_partner(amount: Paise, at: OffsetDateTime) -> Self {
        Self { amount, cause: RefundCause::ByPartner, demanded_at: at, attempts: Vec::new() }
    }

    /// The try that counts: the newest.
    #[must_use]
    pub fn current(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// What became of it as a whole.
    #[must_use]
    pub fn state(&self) -> RefundState {
        self.current().map_or(RefundState::Success, |attempt| attempt.state)
    }

    /// The same with the newest try in `state`.
    pub(crate) fn moved(&self, state: RefundState) -> Self {
        let mut refund = self.clone();
        if let Some(attempt) = refund.attempts.last_mut() {
            attempt.state = state;
        }
        refund
    }

    /// The same with a further try, the newest having failed.
    pub(crate) fn tried_anew(&self, order_id: &OrderRef, at: OffsetDateTime) -> Self {
        let mut refund = self.moved(RefundState::Failure);
        let sequence = refund.current().map_or(1, |attempt| attempt.sequence.saturating_add(1));
        refund.attempts.push(Attempt::new(order_id, sequence, at));
        refund
    }
}

impl Attempt {
    fn new(order_id: &OrderRef, sequence: u16, at: OffsetDateTime) -> Self {
        Self {
            sequence,
            refund_id: RefundId::derive(order_id, sequence),
            state: RefundState::Pending,
            requested_at: at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for state in RefundState::ALL {
            assert_eq!(RefundState::from_word(state.word()), Some(state));
        }
        for cause in RefundCause::ALL {
            assert_eq!(RefundCause::from_word(cause.word()), Some(cause));
        }
    }
}
