//! The payment partner, as far as we need it. It answers three ways: done, refused, or we do not know.

use crate::{Kind, Method, Observation, Payer, RefundId, RefundSeen, Session};
use async_trait::async_trait;
use kernel::{Detail, Entry, Fault, OrderRef, Paise, UserId, catalogue};

/// Takes payments and gives them back. Every call may be repeated: the same number names the same thing.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Makes the order known to the partner, or finds it, and opens a session in which it can be paid.
    ///
    /// # Errors
    /// When the partner refuses, cannot be reached, or does not tell.
    async fn open_session(&self, request: &SessionRequest) -> Result<Session, GatewayError>;

    /// What is known of the order of `user_id`, which is paid by `method`. Answers soon or not at all: readers wait for it.
    ///
    /// # Errors
    /// When the partner cannot be reached or does not tell. An order it does not know is an answer.
    async fn status(
        &self,
        order_id: &OrderRef,
        user_id: UserId,
        method: Method,
    ) -> Result<Observation, GatewayError>;

    /// Asks for money to be sent back to where it came from. Asking again under the same number never sends
    /// it twice.
    ///
    /// # Errors
    /// When the partner refuses, cannot be reached, or does not tell.
    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError>;
}

/// A payment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRequest {
    /// The order.
    pub order_id: OrderRef,
    /// Who pays: names the customer at the partner.
    pub user_id: UserId,
    /// What for.
    pub kind: Kind,
    /// How it is paid.
    pub method: Method,
    /// How much.
    pub amount: Paise,
    /// How to reach who pays.
    pub payer: Payer,
    /// What the payment page calls it.
    pub description: &'static str,
}

/// Money to be sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// The order it was paid for.
    pub order_id: OrderRef,
    /// Who had paid.
    pub user_id: UserId,
    /// How they had paid.
    pub method: Method,
    /// Names this refund for ever.
    pub refund_id: RefundId,
    /// How much.
    pub amount: Paise,
}

/// Why the partner refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It has done this before under the same number: its status tells what became of it.
    Repeated,
    /// It refuses this and would refuse it again; the partner's own code, for operators.
    Rejected {
        /// A short code, never free text.
        code: String,
    },
}

/// The partner did not do it, or did not tell.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The partner understood and refuses.
    #[error("the payment partner refuses: {0:?}")]
    Refused(Refusal),
    /// Who pays cannot, in the words of the domain that keeps their money; nothing was done.
    #[error("the payer's own means are refused: {}", entry.code)]
    Declined {
        /// The refusal's line of the catalogue.
        entry: Entry,
        /// Facts a client can act on.
        details: Vec<(&'static str, Detail)>,
    },
    /// It may or may not have been done: to be asked about until it is known.
    #[error("the payment partner did not tell what became of it")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing was done: the partner could not be reached, or asks us to come back later.
    #[error("the payment partner is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for GatewayError {
    fn entry(&self) -> Entry {
        match self {
            Self::Refused(_) => catalogue::PARTNER_ERROR,
            Self::Declined { entry, .. } => *entry,
            Self::Unknown(_) => catalogue::TIMEOUT,
            Self::Unavailable(_) => catalogue::PARTNER_UNAVAILABLE,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Declined { details, .. } => details.clone(),
            Self::Refused(_) | Self::Unknown(_) | Self::Unavailable(_) => Vec::new(),
        }
    }
}
