//! The suites of the person's ports, run on the in-memory ones.

use super::{InMemoryConsents, InMemoryPins, InMemoryProfiles, InMemoryRoles, Journal, People};
use crate::{
    AuditEvent, Event, Phone,
    contract::{self, World},
};
use async_trait::async_trait;
use kernel::{Env, MovableClock, News, SystemEntropy, UserId};
use std::sync::Arc;
use time::macros::datetime;

struct InMemory {
    env: Env,
    people: People,
    journal: Journal,
}

#[async_trait]
impl World for InMemory {
    fn env(&self) -> &Env {
        &self.env
    }

    async fn audited(&self, user_id: UserId) -> Vec<AuditEvent> {
        self.journal.audited(user_id)
    }

    async fn add_person(&self, user_id: UserId, phone: &Phone) {
        self.people.add(user_id, phone.clone());
    }

    async fn news(&self) -> Vec<News<Event>> {
        self.journal.news()
    }
}

fn world() -> InMemory {
    let clock = MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC));
    let env = Env::new(Arc::new(clock), Arc::new(SystemEntropy));
    InMemory { env, people: People::default(), journal: Journal::default() }
}

#[tokio::test]
async fn the_audit_trail_holds() {
    let world = world();
    contract::audit_trail(&world, &world.journal).await;
}

#[tokio::test]
async fn profiles_hold() {
    let world = world();
    let store = InMemoryProfiles::new(world.people.clone(), world.journal.clone());
    contract::profile_store(&world, &store).await;
}

#[tokio::test]
async fn consents_hold() {
    let world = world();
    contract::consent_store(&world, &InMemoryConsents::new(world.journal.clone())).await;
}

#[tokio::test]
async fn pins_hold() {
    let world = world();
    let profiles = InMemoryProfiles::new(world.people.clone(), world.journal.clone());
    contract::pin_store(&world, &InMemoryPins::beside(&profiles)).await;
}

#[tokio::test]
async fn birth_dates_hold() {
    let world = world();
    let profiles = InMemoryProfiles::new(world.people.clone(), world.journal.clone());
    contract::birth_date(&world, &profiles, &InMemoryPins::beside(&profiles)).await;
}

#[tokio::test]
async fn roles_hold() {
    let world = world();
    let store = InMemoryRoles::new(world.people.clone(), world.journal.clone());
    contract::role_store(&world, &store).await;
}
