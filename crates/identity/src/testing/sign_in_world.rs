//! The suites of signing in, run on the in-memory ports.

use super::{InMemorySignIns, Journal, People, SignInStores};
use crate::{
    AuditEvent, Event, Phone, Roles,
    contract::{self, SignInStage, World},
};
use async_trait::async_trait;
use kernel::{Env, News, UserId};
use std::sync::Arc;

struct InMemory {
    env: Env,
    people: People,
    journal: Journal,
    store: Arc<InMemorySignIns>,
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

#[async_trait]
impl SignInStage for InMemory {
    fn stores(&self) -> SignInStores {
        SignInStores::in_memory(&self.store)
    }

    fn race_rounds(&self) -> u32 {
        1_000
    }

    async fn session_count(&self, user_id: UserId) -> usize {
        self.store.session_count(user_id)
    }

    async fn set_roles(&self, user_id: UserId, roles: Roles) {
        assert!(self.people.change(user_id, |person| person.roles = roles).is_some());
    }

    async fn close_account(&self, user_id: UserId) {
        assert!(self.people.change(user_id, |person| person.deactivated = true).is_some());
    }
}

fn stage() -> InMemory {
    let (people, journal) = (People::default(), Journal::default());
    let store = Arc::new(InMemorySignIns::new(people.clone(), journal.clone()));
    InMemory { env: Env::system(), people, journal, store }
}

#[tokio::test]
async fn sign_ins_hold() {
    contract::sign_in_store(&stage()).await;
}

#[tokio::test]
async fn budgets_hold() {
    contract::budget_store(&stage()).await;
}

#[tokio::test]
async fn sessions_hold() {
    contract::session_store(&stage()).await;
}

#[tokio::test]
async fn journeys_hold() {
    contract::sign_in_journeys(&stage()).await;
}
