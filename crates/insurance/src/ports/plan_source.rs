//! Where plans come from: the insurer.

use crate::{PlanCode, Terms};
use async_trait::async_trait;
use kernel::{Detail, Entry, Fault, catalogue};

/// Publishes plans.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PlanSource: Send + Sync {
    /// Every plan the insurer sells now.
    ///
    /// # Errors
    /// When it cannot be reached, or its answer cannot be used: then nothing of it is.
    async fn offers(&self) -> Result<Vec<Offer>, SourceError>;
}

/// A plan as the insurer publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name of the plan.
    pub code: PlanCode,
    /// The terms.
    pub terms: Terms,
}

/// The insurer's plans could not be learnt.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It could not be reached, or asks us to come back later.
    #[error("the insurer is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It answered something that cannot be used.
    #[error("the insurer's plans cannot be used")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for SourceError {
    fn entry(&self) -> Entry {
        match self {
            Self::Unavailable(_) => catalogue::PARTNER_UNAVAILABLE,
            Self::Unusable(_) => catalogue::PARTNER_ERROR,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}
