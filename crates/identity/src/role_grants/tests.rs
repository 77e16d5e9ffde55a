//! The use cases of roles, on the in-memory store and a mock of sessions.

use super::*;
use crate::{
    Phone,
    testing::{InMemoryRoles, Journal, MockSessionStore, People},
};
use kernel::uuid::Uuid;

const ASHA: UserId = UserId::new(Uuid::from_u128(1));

fn desk(sessions: MockSessionStore) -> (Journal, RoleGrants) {
    let (people, journal) = (People::default(), Journal::default());
    people.add(ASHA, Phone::parse("9876543210").unwrap());
    let store = Arc::new(InMemoryRoles::new(people, journal.clone()));
    (journal, RoleGrants::new(Env::system(), store, Arc::new(sessions)))
}

fn wanted(user_id: UserId, role: Role) -> GrantRole {
    GrantRole { actor: Actor::Operator, user_id, role, origin: Origin::default() }
}

#[tokio::test]
async fn a_role_is_given_and_taken_with_every_session() {
    let mut sessions = MockSessionStore::new();
    sessions.expect_end_others().times(1).withf(|fact| fact.user_id == ASHA).returning(|_| Ok(2));
    let (journal, roles) = desk(sessions);
    let admin = Roles::PATIENT.with(Role::Admin);
    assert_eq!(roles.give(&wanted(ASHA, Role::Admin)).await.unwrap(), admin);
    assert_eq!(roles.get(ASHA).await.unwrap(), admin);
    assert_eq!(roles.take(&wanted(ASHA, Role::Admin)).await.unwrap(), Roles::PATIENT);
    let events = journal.audited(ASHA);
    let told: Vec<_> = events.iter().map(|event| (event.actor, event.action)).collect();
    let by = |action| (Actor::Operator, action);
    assert_eq!(told, [by(Action::RoleGranted), by(Action::RoleRevoked)]);
    assert_eq!(events[0].detail.get("role"), Some("ADMIN"));
}

#[tokio::test]
async fn nobody_has_no_roles() {
    let (_, roles) = desk(MockSessionStore::new());
    let nobody = UserId::new(Uuid::from_u128(2));
    assert_eq!(roles.get(nobody).await.unwrap_err().entry(), fault::USER_NOT_FOUND);
    assert!(roles.give(&wanted(nobody, Role::Admin)).await.is_err());
    assert!(roles.take(&wanted(nobody, Role::Admin)).await.is_err(), "and no session is ended");
}
