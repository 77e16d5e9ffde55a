//! Giving and taking roles, by the server's own operators only.

#[cfg(test)]
mod tests;

use crate::{
    Action, Actor, AuditEvent, Origin, Role, Roles, fault,
    ports::{OthersEnd, RoleChange, RoleStore, SessionStore},
};
use kernel::{Detail, Entry, Env, Fault, SessionId, StoreError, UserId};
use std::sync::Arc;

/// Giving and taking roles.
#[derive(Clone)]
pub struct RoleGrants {
    env: Env,
    store: Arc<dyn RoleStore>,
    sessions: Arc<dyn SessionStore>,
}

/// An operator gives or takes a role.
#[derive(Debug, Clone)]
pub struct GrantRole {
    /// Who does it.
    pub actor: Actor,
    /// To or from whom.
    pub user_id: UserId,
    /// Which. [`Role::Patient`] stays with everybody.
    pub role: Role,
    /// Where the request came from.
    pub origin: Origin,
}

/// The roles were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// There is no such person.
    #[error("there is no such person")]
    UnknownUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RoleError {
    fn entry(&self) -> Entry {
        match self {
            Self::UnknownUser => fault::USER_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::UnknownUser => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl RoleGrants {
    /// The use cases of roles.
    #[must_use]
    pub fn new(env: Env, store: Arc<dyn RoleStore>, sessions: Arc<dyn SessionStore>) -> Self {
        Self { env, store, sessions }
    }

    /// The roles of a person.
    ///
    /// # Errors
    /// When there is no such person, or the store fails.
    pub async fn get(&self, user_id: UserId) -> Result<Roles, RoleError> {
        self.store.find(user_id).await?.ok_or(RoleError::UnknownUser)
    }

    /// Gives a role; it is in the person's tokens from their next refresh on.
    ///
    /// # Errors
    /// When there is no such person, or the store fails.
    pub async fn give(&self, wanted: &GrantRole) -> Result<Roles, RoleError> {
        self.change(wanted, true).await
    }

    /// Takes a role and ends every session of the person, since tokens that name the role are out there. Taking
    /// again what was taken does no harm: it is how to go on after a failure in between.
    ///
    /// # Errors
    /// When there is no such person, or the store fails.
    pub async fn take(&self, wanted: &GrantRole) -> Result<Roles, RoleError> {
        let roles = self.change(wanted, false).await?;
        let (env, user_id) = (&self.env, wanted.user_id);
        // "Every session but one that does not exist" is every session.
        let kept = SessionId::generate(env);
        let audit = AuditEvent::new(env, wanted.actor, Action::OtherSessionsRevoked, user_id, &wanted.origin)
            .with("reason", "role_revoked");
        self.sessions.end_others(&OthersEnd { user_id, kept, at: env.now(), audit }).await?;
        Ok(roles)
    }

    async fn change(&self, wanted: &GrantRole, given: bool) -> Result<Roles, RoleError> {
        let (env, user_id, role) = (&self.env, wanted.user_id, wanted.role);
        let action = if given { Action::RoleGranted } else { Action::RoleRevoked };
        let audit =
            AuditEvent::new(env, wanted.actor, action, user_id, &wanted.origin).with("role", role.word());
        let fact = RoleChange { user_id, role, given, at: env.now(), audit };
        self.store.record_change(&fact).await?.ok_or(RoleError::UnknownUser)
    }
}
