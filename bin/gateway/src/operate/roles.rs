//! Giving and taking roles: the only door to them.

use super::{Failure, Told};
use crate::app::App;
use identity::{Actor, GrantRole, Origin, Role, RoleError, RoleGrants, Roles};
use kernel::UserId;
use std::sync::Arc;

/// Gives a role; it is in the person's tokens from their next refresh on.
///
/// # Errors
/// When the store fails.
pub async fn grant_role(app: &App, user_id: UserId, role: Role) -> Result<Told, Failure> {
    let grants = grants(app);
    match grants.get(user_id).await {
        Ok(roles) if roles.has(role) => {
            return Ok(Told::not_done(format!("{user_id} has that role already: {}", words(roles))));
        }
        Ok(_) => {}
        Err(error) => return refused(user_id, error),
    }
    match grants.give(&wanted(user_id, role)).await {
        Ok(roles) => {
            let words = words(roles);
            Ok(Told::done(format!("{user_id} is {words} now, in tokens from the next refresh on")))
        }
        Err(error) => refused(user_id, error),
    }
}

/// Takes a role and ends every session of the person. A role they do not have is taken all the same: the run
/// before may have stopped before it ended the sessions.
///
/// # Errors
/// When the store fails.
pub async fn revoke_role(app: &App, user_id: UserId, role: Role) -> Result<Told, Failure> {
    if role == Role::Patient {
        return Ok(Told::not_done("everybody is a PATIENT: that role cannot be taken"));
    }
    match grants(app).take(&wanted(user_id, role)).await {
        Ok(roles) => {
            let words = words(roles);
            Ok(Told::done(format!("{user_id} is {words} now, and every session of theirs was ended")))
        }
        Err(error) => refused(user_id, error),
    }
}

fn grants(app: &App) -> RoleGrants {
    let (roles, sessions) = (app.postgres.roles(), app.postgres.sessions());
    RoleGrants::new(app.env.clone(), Arc::new(roles), Arc::new(sessions))
}

/// The entry of the audit log is part of the change itself.
fn wanted(user_id: UserId, role: Role) -> GrantRole {
    GrantRole { actor: Actor::Operator, user_id, role, origin: Origin::default() }
}

fn words(roles: Roles) -> String {
    roles.words().collect::<Vec<_>>().join(", ")
}

fn refused(user_id: UserId, error: RoleError) -> Result<Told, Failure> {
    match error {
        RoleError::UnknownUser => Ok(Told::not_done(format!("{error} {user_id}: check the id"))),
        RoleError::Store(error) => Err(error.into()),
    }
}
