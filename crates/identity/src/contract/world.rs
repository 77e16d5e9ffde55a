//! What a contract suite needs beside the port it examines.

use crate::{AuditEvent, Event, Origin, Phone};
use async_trait::async_trait;
use kernel::{Env, News, UserId};

/// The surroundings of a port: other things that its facts touch, and a way to look at them.
#[async_trait]
pub trait World: Send + Sync {
    /// Time and randomness; the clock stands still while a suite runs.
    fn env(&self) -> &Env;

    /// The audit entries about a person, in any order: what the port's facts wrote, up to the hundred newest.
    async fn audited(&self, user_id: UserId) -> Vec<AuditEvent>;

    /// Makes a person with this number, a patient.
    async fn add_person(&self, user_id: UserId, phone: &Phone);

    /// All news queued so far.
    async fn news(&self) -> Vec<News<Event>>;
}

/// A new person with a number of their own.
pub(crate) async fn person(world: &dyn World) -> (UserId, Phone) {
    let env = world.env();
    let user_id = UserId::generate(env);
    let number = u64::from(env.below(1_000_000_000)).saturating_add(9_000_000_000);
    #[expect(clippy::unwrap_used, reason = "ten digits beginning with 9 are a mobile number")]
    let phone = Phone::parse(&number.to_string()).unwrap();
    world.add_person(user_id, &phone).await;
    (user_id, phone)
}

/// Where the suites' requests come from.
pub(crate) fn origin() -> Origin {
    Origin { ip: "203.0.113.7".parse().ok(), request_id: Some("contract".to_owned()) }
}

/// The news about a person.
pub(crate) async fn news_of(world: &dyn World, user_id: UserId) -> Vec<News<Event>> {
    let about = |event: &Event| match event {
        Event::SignedUp { user_id }
        | Event::SignedIn { user_id, .. }
        | Event::TokenReuseDetected { user_id, .. }
        | Event::ProfileChanged { user_id, .. } => *user_id,
    };
    world.news().await.into_iter().filter(|news| about(&news.event) == user_id).collect()
}
