//! What became of an order's money. A state carries what exists in it and nothing else.

use crate::{Refund, order::Status};
use time::OffsetDateTime;

/// The state of an order. It only moves forward: see [`rank`](State::rank).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Recorded here; no attempt to pay is known.
    Created,
    /// The customer is paying, or has tried and may try again.
    Pending {
        /// Why the last attempt failed, if it did.
        last_failure: Option<FailureReason>,
    },
    /// The time to pay is over and the last attempt had failed. A late success can still come.
    Failed(FailureReason),
    /// The time to pay is over and nobody paid. A late success can still come.
    Expired,
    /// The money was captured, is ours and is still there.
    Paid(Payment),
    /// The money is on its way back.
    Refunding {
        /// What had been paid.
        payment: Payment,
        /// What goes back.
        refund: Refund,
    },
    /// The money went back.
    Refunded {
        /// What had been paid; `None` if the partner returned a late payment before it ever counted here.
        payment: Option<Payment>,
        /// What went back.
        refund: Refund,
    },
}

/// A captured payment and what was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// When we learnt of it from the partner's own answer.
    pub paid_at: OffsetDateTime,
    /// Whether what it paid for was given.
    pub fulfilment: Fulfilment,
}

/// Whether what was paid for was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfilment {
    /// Nobody has begun.
    NotStarted,
    /// Somebody has begun; whether it took effect is not known yet.
    InProgress {
        /// Since when.
        since: OffsetDateTime,
    },
    /// It was given.
    Done {
        /// When.
        at: OffsetDateTime,
    },
    /// It can never be given, so the money goes back.
    Failed {
        /// When that was known.
        at: OffsetDateTime,
    },
}

/// Why an attempt to pay failed, as far as the customer can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// The payment partner refused to try.
    Declined,
    /// The customer did not confirm with their bank or app.
    AuthenticationFailed,
    /// The customer's bank refused.
    AuthorizationFailed,
}

impl FailureReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Declined, Self::AuthenticationFailed, Self::AuthorizationFailed];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declined => "DECLINED",
            Self::AuthenticationFailed => "AUTHENTICATION_FAILED",
            Self::AuthorizationFailed => "AUTHORIZATION_FAILED",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

impl Fulfilment {
    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::InProgress { .. } => "IN_PROGRESS",
            Self::Done { .. } => "DONE",
            Self::Failed { .. } => "FAILED",
        }
    }

    /// When it came to this; `None` before anybody began.
    #[must_use]
    pub const fn at(self) -> Option<OffsetDateTime> {
        match self {
            Self::NotStarted => None,
            Self::InProgress { since: at } | Self::Done { at } | Self::Failed { at } => Some(at),
        }
    }

    /// The fulfilment that [`word`](Self::word) and [`at`](Self::at) tell of, as a table keeps it.
    #[must_use]
    pub fn from_word(word: &str, at: Option<OffsetDateTime>) -> Option<Self> {
        match (word, at) {
            ("NOT_STARTED", None) => Some(Self::NotStarted),
            ("IN_PROGRESS", Some(since)) => Some(Self::InProgress { since }),
            ("DONE", Some(at)) => Some(Self::Done { at }),
            ("FAILED", Some(at)) => Some(Self::Failed { at }),
            _ => None,
        }
    }
}

impl State {
    /// The one word for it.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Created => Status::Created,
            Self::Pending { .. } => Status::Pending,
            Self::Failed(_) => Status::Failed,
            Self::Expired => Status::Expired,
            Self::Paid(_) => Status::Success,
            Self::Refunding { .. } => Status::RefundPending,
            Self::Refunded { .. } => Status::Refunded,
        }
    }

    /// How far along it is. No decision ever lowers it, which makes late, doubled and disordered news harmless.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Created => 0,
            Self::Pending { .. } => 1,
            Self::Failed(_) | Self::Expired => 2,
            Self::Paid(_) => 3,
            Self::Refunding { .. } => 4,
            Self::Refunded { .. } => 5,
        }
    }

    /// What was paid, if it counted here.
    #[must_use]
    pub const fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Created | Self::Pending { .. } | Self::Failed(_) | Self::Expired => None,
            Self::Paid(payment) | Self::Refunding { payment, .. } => Some(payment),
            Self::Refunded { payment, .. } => payment.as_ref(),
        }
    }

    /// What goes or went back.
    #[must_use]
    pub const fn refund(&self) -> Option<&Refund> {
        match self {
            Self::Created | Self::Pending { .. } | Self::Failed(_) | Self::Expired | Self::Paid(_) => None,
            Self::Refunding { refund, .. } | Self::Refunded { refund, .. } => Some(refund),
        }
    }

    /// Why paying failed, the last attempt of a pending order included.
    #[must_use]
    pub const fn failure_reason(&self) -> Option<FailureReason> {
        match self {
            Self::Pending { last_failure } => *last_failure,
            Self::Failed(reason) => Some(*reason),
            Self::Created
            | Self::Expired
            | Self::Paid(_)
            | Self::Refunding { .. }
            | Self::Refunded { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn words_read_back() {
        for reason in FailureReason::ALL {
            assert_eq!(FailureReason::from_word(reason.word()), Some(reason));
        }
        let at = datetime!(2026-01-15 12:00 UTC);
        for fulfilment in [
            Fulfilment::NotStarted,
            Fulfilment::InProgress { since: at },
            Fulfilment::Done { at },
            Fulfilment::Failed { at },
        ] {
            assert_eq!(Fulfilment::from_word(fulfilment.word(), fulfilment.at()), Some(fulfilment));
        }
        assert_eq!(Fulfilment::from_word("DONE", None), None);
    }
}
