//! Consents: given, withdrawn, and asked for by every use case that needs one.

#[cfg(test)]
mod tests;

use crate::{
    Action, AuditEvent, Channel, Consent, ConsentId, ConsentText, Origin, Purpose, fault,
    ports::{ConsentGiven, ConsentStore, ConsentWithdrawal},
};
use kernel::{Cursor, Detail, Entry, Env, Fault, Limit, Page, StoreError, UserId};
use std::sync::Arc;

/// Consents.
#[derive(Clone)]
pub struct Consents {
    env: Env,
    store: Arc<dyn ConsentStore>,
}

/// A person agrees.
#[derive(Debug, Clone)]
pub struct GiveConsent {
    /// Who.
    pub user_id: UserId,
    /// What for.
    pub purpose: Purpose,
    /// To which words.
    pub text: ConsentText,
    /// Through what.
    pub channel: Channel,
    /// Where the request came from.
    pub origin: Origin,
}

/// There is no live consent.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// It was never given, or was withdrawn.
    #[error("there is no live consent for {}", .purpose.word())]
    Required {
        /// What for.
        purpose: Purpose,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for ConsentError {
    fn entry(&self) -> Entry {
        match self {
            Self::Required { .. } => fault::CONSENT_REQUIRED,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Required { purpose } => vec![("purpose", purpose.word().into())],
            Self::Store(error) => error.details(),
        }
    }
}

impl Consents {
    /// The use cases of consents.
    #[must_use]
    pub fn new(env: Env, store: Arc<dyn ConsentStore>) -> Self {
        Self { env, store }
    }

    /// Records that a person agrees; answers the consent that is live then. Agreeing twice to the same words
    /// leaves the first; agreeing to other words takes the place of what was agreed before.
    ///
    /// # Errors
    /// When the store fails: then nothing was agreed.
    pub async fn give(&self, given: &GiveConsent) -> Result<Consent, StoreError> {
        let (env, user_id, purpose) = (&self.env, given.user_id, given.purpose);
        let id = ConsentId::generate(env);
        let consent = Consent {
            id,
            user_id,
            purpose,
            text: given.text.clone(),
            channel: given.channel,
            given_at: env.now(),
            withdrawn_at: None,
            replaced_by: None,
        };
        let audit = AuditEvent::own(env, Action::ConsentGiven, user_id, &given.origin)
            .with("purpose", purpose.word())
            .with("consent", id.uuid());
        self.store.record_consent(&ConsentGiven { consent, audit }).await
    }

    /// Records that a person agrees no more; answers the consent that ended.
    ///
    /// # Errors
    /// [`ConsentError::Required`] when there was none, or the store fails.
    pub async fn withdraw(
        &self,
        user_id: UserId,
        purpose: Purpose,
        origin: &Origin,
    ) -> Result<Consent, ConsentError> {
        let audit = AuditEvent::own(&self.env, Action::ConsentWithdrawn, user_id, origin)
            .with("purpose", purpose.word());
        let fact = ConsentWithdrawal { user_id, purpose, at: self.env.now(), audit };
        self.store.record_withdrawal(&fact).await?.ok_or(ConsentError::Required { purpose })
    }

    /// Lets pass whoever agreed to this purpose and still does; answers to which words.
    ///
    /// # Errors
    /// [`ConsentError::Required`] when they do not, or the store fails.
    pub async fn require(&self, user_id: UserId, purpose: Purpose) -> Result<Consent, ConsentError> {
        self.store.live(user_id, purpose).await?.ok_or(ConsentError::Required { purpose })
    }

    /// Every consent a person ever gave, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        user_id: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Consent>, StoreError> {
        self.store.page(user_id, limit, after).await
    }
}
