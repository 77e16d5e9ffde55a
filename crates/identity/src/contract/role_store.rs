//! What every store of roles must do.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, origin, person};
use crate::{
    Action, Actor, AuditEvent, Role, Roles,
    ports::{RoleChange, RoleStore},
};
use futures::future::join_all;
use kernel::UserId;

/// Runs every clause.
pub async fn role_store(world: &dyn World, store: &dyn RoleStore) {
    roles_are_given_and_taken(world, store).await;
    only_changes_are_audited(world, store).await;
    roles_given_at_once_are_all_kept(world, store).await;
}

fn change(world: &dyn World, user_id: UserId, role: Role, given: bool) -> RoleChange {
    let env = world.env();
    let action = if given { Action::RoleGranted } else { Action::RoleRevoked };
    let audit = AuditEvent::new(env, Actor::Operator, action, user_id, &origin()).with("role", role.word());
    RoleChange { user_id, role, given, at: env.now(), audit }
}

async fn roles_are_given_and_taken(world: &dyn World, store: &dyn RoleStore) {
    let nobody = UserId::generate(world.env());
    assert_eq!(store.find(nobody).await.unwrap(), None);
    assert_eq!(store.record_change(&change(world, nobody, Role::Admin, true)).await.unwrap(), None);
    assert_eq!(world.audited(nobody).await, []);
    let (user_id, _) = person(world).await;
    assert_eq!(store.find(user_id).await.unwrap(), Some(Roles::PATIENT));
    let admin = Roles::PATIENT.with(Role::Admin);
    assert_eq!(store.record_change(&change(world, user_id, Role::Admin, true)).await.unwrap(), Some(admin));
    assert_eq!(store.find(user_id).await.unwrap(), Some(admin));
    let taken = store.record_change(&change(world, user_id, Role::Admin, false)).await.unwrap();
    assert_eq!(taken, Some(Roles::PATIENT));
    let stays = store.record_change(&change(world, user_id, Role::Patient, false)).await.unwrap();
    assert_eq!(stays, Some(Roles::PATIENT), "everybody is a patient");
}

async fn only_changes_are_audited(world: &dyn World, store: &dyn RoleStore) {
    let (user_id, _) = person(world).await;
    let first = change(world, user_id, Role::Practitioner, true);
    store.record_change(&first).await.unwrap();
    store.record_change(&change(world, user_id, Role::Practitioner, true)).await.unwrap();
    assert_eq!(world.audited(user_id).await, [first.audit]);
}

async fn roles_given_at_once_are_all_kept(world: &dyn World, store: &dyn RoleStore) {
    for _ in 0..5 {
        let (user_id, _) = person(world).await;
        let facts = [Role::Admin, Role::Practitioner].map(|role| change(world, user_id, role, true));
        join_all(facts.iter().map(|fact| store.record_change(fact))).await;
        let all = Roles::PATIENT.with(Role::Admin).with(Role::Practitioner);
        assert_eq!(store.find(user_id).await.unwrap(), Some(all));
    }
}
