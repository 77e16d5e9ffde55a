//! The insurer, as far as policies depend on it. Every call may be repeated: the same policy id names the same policy.

use crate::{Issuance, Policy, PolicyId, Sale};
use async_trait::async_trait;

/// Issues policies.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PolicyIssuer: Send + Sync {
    /// What it knows of the policy.
    ///
    /// # Errors
    /// When it cannot be reached or does not tell. A policy it does not know is an answer.
    async fn find(&self, id: PolicyId) -> Result<Issuance, IssuerError>;

    /// Asks for the policy to be issued; answers what it comes to, or has come to if that was asked before.
    ///
    /// # Errors
    /// When it cannot be reached or does not tell.
    async fn issue(&self, policy: &Policy, sale: &Sale) -> Result<Issuance, IssuerError>;

    /// Asks that the policy never be issued, whatever was or will be asked; answers what it is: withdrawn, unless it was
    /// issued or refused before.
    ///
    /// # Errors
    /// When it cannot be reached or does not tell.
    async fn withdraw(&self, id: PolicyId) -> Result<Issuance, IssuerError>;
}

/// The insurer did not tell. Whether it did what it was asked is found out by asking again.
#[derive(Debug, thiserror::Error)]
#[error("the insurer did not tell what became of the policy")]
pub struct IssuerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
