//! How each use case can fail: the variants are what a caller can act on.

use super::step::StepError;
use crate::{StepRefusal, fault, ports::AdmissionError, ports::GatewayError};
use kernel::{Detail, Entry, Fault, OrderRef, StoreError, catalogue};
use time::OffsetDateTime;

/// No order was opened, or no session for it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key was used for an order with other content.
    #[error("the idempotency key was used for another purchase")]
    KeyReused,
    /// The order of this key is over and cannot be paid any more: look at it, or use a new key.
    #[error("the order of this key is over")]
    Closed {
        /// The order.
        order_id: OrderRef,
    },
    /// The thing may not be bought now.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    /// The order is recorded, but the partner opened no session that we know of: ask again under the same key.
    #[error("no session was opened")]
    Gateway(#[from] GatewayError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for OpenError {
    fn entry(&self) -> Entry {
        match self {
            Self::KeyReused => catalogue::IDEMPOTENCY_KEY_REUSED,
            Self::Closed { .. } => catalogue::INVALID_STATE,
            Self::Admission(error) => error.entry(),
            Self::Gateway(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::KeyReused => Vec::new(),
            Self::Closed { order_id } => {
                vec![("reason", "order_closed".into()), ("order_id", order_id.as_str().into())]
            }
            Self::Admission(error) => error.details(),
            Self::Gateway(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }
}

/// No order can be shown.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// This person has no such order.
    #[error("no such order")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for FindError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::ORDER_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// The partner's word could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// There is no such order here: if the partner spoke of it, a person must look.
    #[error("no such order")]
    NotFound,
    /// The partner did not tell.
    #[error("the payment partner did not tell")]
    Gateway(#[from] Unanswered),
    /// Others kept moving the order: try again.
    #[error("the order kept changing")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A look that the partner did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the partner was asked and the look came to nothing")]
pub struct Unanswered {
    /// Why it did not.
    #[source]
    pub cause: GatewayError,
    /// When the order is looked at next by itself; `None` if it is not: what came to its end without a further
    /// look, such as a paid order, is looked at only because somebody heard something.
    pub next_look_at: Option<OffsetDateTime>,
}

impl LookError {
    /// Whether the order is looked at again by itself. If not, whoever had a reason to look has to ask again.
    #[must_use]
    pub const fn is_planned(&self) -> bool {
        match self {
            Self::Gateway(unanswered) => unanswered.next_look_at.is_some(),
            Self::NotFound | Self::Busy | Self::Store(_) => false,
        }
    }
}

impl Fault for LookError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::ORDER_NOT_FOUND,
            Self::Gateway(unanswered) => unanswered.cause.entry(),
            Self::Busy => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::Busy => Vec::new(),
            Self::Gateway(unanswered) => unanswered.cause.details(),
            Self::Store(error) => error.details(),
        }
    }
}

/// What an order paid for may not be given, or need not be.
#[derive(Debug, thiserror::Error)]
pub enum FulfilError {
    /// There is no such order.
    #[error("no such order")]
    NotFound,
    /// It is not paid, or its money goes or went back: nothing may be given, ever.
    #[error("the order is not paid")]
    NotPaid,
    /// What it paid for was given.
    #[error("the order was used")]
    AlreadyUsed,
    /// It is for another amount than the thing costs.
    #[error("the order is for another amount")]
    AmountMismatch,
    /// Nobody has begun to give it.
    #[error("nobody has begun to fulfil the order")]
    NotBegun,
    /// An operator has to look first.
    #[error("an operator has to look at the order")]
    Stopped,
    /// Whether the money is still there must be asked first, and the partner did not tell: try again.
    #[error("the payment partner did not tell")]
    Gateway(#[from] GatewayError),
    /// Others kept moving the order: try again.
    #[error("the order kept changing")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for FulfilError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::ORDER_NOT_FOUND,
            Self::NotPaid => fault::ORDER_NOT_PAID,
            Self::AlreadyUsed => fault::ORDER_ALREADY_USED,
            Self::AmountMismatch => fault::AMOUNT_MISMATCH,
            Self::NotBegun | Self::Stopped => catalogue::INVALID_STATE,
            Self::Gateway(error) => error.entry(),
            Self::Busy => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound
            | Self::NotPaid
            | Self::AlreadyUsed
            | Self::AmountMismatch
            | Self::NotBegun
            | Self::Busy => Vec::new(),
            Self::Stopped => vec![("reason", "needs_operator".into())],
            Self::Gateway(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }
}

impl From<StepError> for FulfilError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::NotFound => Self::NotFound,
            StepError::Busy => Self::Busy,
            StepError::Store(error) => Self::Store(error),
            StepError::Refused(StepRefusal::NotPaid) => Self::NotPaid,
            StepError::Refused(StepRefusal::AlreadyUsed) => Self::AlreadyUsed,
            StepError::Refused(StepRefusal::AmountMismatch | StepRefusal::WrongAmount) => {
                Self::AmountMismatch
            }
            StepError::Refused(StepRefusal::Underway) => Self::NotBegun,
            StepError::Refused(StepRefusal::Stopped) => Self::Stopped,
        }
    }
}

impl From<LookError> for FulfilError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::NotFound => Self::NotFound,
            LookError::Gateway(unanswered) => Self::Gateway(unanswered.cause),
            LookError::Busy => Self::Busy,
            LookError::Store(error) => Self::Store(error),
        }
    }
}

/// No money is sent back.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// There is no such order.
    #[error("no such order")]
    NotFound,
    /// There is nothing to send back.
    #[error("the order is not paid")]
    NotPaid,
    /// What was paid for was given and has not been taken back.
    #[error("the order was used")]
    AlreadyUsed,
    /// What was paid for is being given at this moment.
    #[error("the order is being fulfilled")]
    Underway,
    /// The amount is not positive, more than was captured, or not what goes back already.
    #[error("the amount cannot be refunded")]
    WrongAmount,
    /// Others kept moving the order: try again.
    #[error("the order kept changing")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RefundError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::ORDER_NOT_FOUND,
            Self::NotPaid => fault::ORDER_NOT_PAID,
            Self::AlreadyUsed => fault::ORDER_ALREADY_USED,
            Self::Underway => catalogue::INVALID_STATE,
            Self::WrongAmount => catalogue::INVALID_AMOUNT,
            Self::Busy => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::NotPaid | Self::AlreadyUsed | Self::Busy => Vec::new(),
            Self::Underway => vec![("reason", "being_fulfilled".into())],
            Self::WrongAmount => vec![("field", "amount".into())],
            Self::Store(error) => error.details(),
        }
    }
}

impl From<StepError> for RefundError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::NotFound => Self::NotFound,
            StepError::Busy => Self::Busy,
            StepError::Store(error) => Self::Store(error),
            StepError::Refused(StepRefusal::NotPaid) => Self::NotPaid,
            StepError::Refused(StepRefusal::AlreadyUsed) => Self::AlreadyUsed,
            StepError::Refused(StepRefusal::Underway | StepRefusal::Stopped) => Self::Underway,
            StepError::Refused(StepRefusal::AmountMismatch | StepRefusal::WrongAmount) => Self::WrongAmount,
        }
    }
}
