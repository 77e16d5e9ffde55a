//! Whether a thing may be bought now: known to other domains, so asked of whoever joins them.

use crate::{Payer, Purchase};
use async_trait::async_trait;
use kernel::{Detail, Entry, Fault, UserId, catalogue};

/// Asks the domain that gives what is bought whether it could, before the customer pays for nothing.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Admission: Send + Sync {
    /// Whether `user_id` may buy this now, and the contact details the payment page needs. It promises nothing:
    /// what cannot be given after all is refunded.
    ///
    /// # Errors
    /// When it is refused, in the words of the domain that refuses, or cannot be told.
    async fn admit(&self, user_id: UserId, purchase: &Purchase) -> Result<Payer, AdmissionError>;
}

/// The thing may not be bought now.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// Another domain refuses; its place in the catalogue and its facts are passed on.
    #[error("the purchase is refused: {}", entry.code)]
    Refused {
        /// The refusal's line of the catalogue.
        entry: Entry,
        /// Facts a client can act on.
        details: Vec<(&'static str, Detail)>,
    },
    /// It cannot be told at the moment.
    #[error("whether the purchase is allowed cannot be told")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for AdmissionError {
    fn entry(&self) -> Entry {
        match self {
            Self::Refused { entry, .. } => *entry,
            Self::Unavailable(_) => catalogue::SERVICE_UNAVAILABLE,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Refused { details, .. } => details.clone(),
            Self::Unavailable(_) => Vec::new(),
        }
    }
}
