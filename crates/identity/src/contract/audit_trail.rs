//! What every audit trail must do.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, origin, person};
use crate::{Action, Actor, AuditEvent, Origin, ports::AuditTrail};
use kernel::UserId;

/// Runs every clause.
pub async fn audit_trail(world: &dyn World, trail: &dyn AuditTrail) {
    entries_are_kept_as_they_were_written(world, trail).await;
    telling_twice_leaves_one(world, trail).await;
}

/// One of each kind of actor, with and without what an entry may lack.
fn events(world: &dyn World, subject: UserId) -> Vec<AuditEvent> {
    let actors = [Actor::Person(subject), Actor::Anonymous, Actor::Operator, Actor::System];
    let origins = [origin(), Origin::default()];
    let pairs = actors.iter().flat_map(|actor| origins.iter().map(move |origin| (*actor, origin)));
    let bare = pairs
        .zip(Action::ALL)
        .map(|((actor, origin), action)| AuditEvent::new(world.env(), actor, *action, subject, origin));
    bare.flat_map(|event| {
        let id = world.env().new_uuid();
        let told = AuditEvent { id, ..event.clone() }.with("session", subject).with("attempts_left", 3);
        [event, told]
    })
    .collect()
}

async fn entries_are_kept_as_they_were_written(world: &dyn World, trail: &dyn AuditTrail) {
    let (subject, _) = person(world).await;
    let mut written = events(world, subject);
    for event in &written {
        trail.append(event).await.unwrap();
    }
    let mut kept = world.audited(subject).await;
    written.sort_by_key(|event| event.id);
    kept.sort_by_key(|event| event.id);
    assert_eq!(kept, written);
}

async fn telling_twice_leaves_one(world: &dyn World, trail: &dyn AuditTrail) {
    let (subject, _) = person(world).await;
    let event = AuditEvent::own(world.env(), Action::SignedIn, subject, &origin());
    trail.append(&event).await.unwrap();
    trail.append(&event).await.unwrap();
    assert_eq!(world.audited(subject).await, [event]);
}
