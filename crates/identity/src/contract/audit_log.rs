//! What every audit log must do.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, origin, person};
use crate::{Action, AuditEvent, Finding, SealKeys, ports::AuditLog};
use futures::future::join_all;
use kernel::{Limit, UserId};
use secrecy::SecretSlice;
use std::collections::{BTreeMap, BTreeSet};

/// Runs every clause; the log may hold entries already, and ends sound.
pub async fn audit_log(world: &dyn World, log: &dyn AuditLog) {
    entries_come_back_newest_first(world, log).await;
    telling_twice_leaves_one(world, log).await;
    many_at_once_make_one_chain(world, log).await;
    checkpoints_cover_what_grew(world, log).await;
    two_checkpoints_at_once_do_not_fork(world, log).await;
    a_seal_needs_its_key(log).await;
}

/// Keys whose secret is this byte, for tests alone.
///
/// # Panics
/// Never: the key is long enough.
#[must_use]
pub fn seal_keys(byte: u8) -> SealKeys {
    SealKeys::new(&BTreeMap::from([(1, SecretSlice::from(vec![byte; 32]))])).unwrap()
}

fn event(world: &dyn World, subject: UserId, action: Action) -> AuditEvent {
    AuditEvent::own(world.env(), action, subject, &origin()).with("reason", "contract")
}

async fn entries_come_back_newest_first(world: &dyn World, log: &dyn AuditLog) {
    let (subject, _) = person(world).await;
    let mut events = Vec::new();
    for action in [Action::SignedUp, Action::ProfileChanged, Action::SignedOut] {
        let event = event(world, subject, action).with("session", subject.uuid());
        log.append(&event).await.unwrap();
        events.push(event);
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.id));
    let two = Limit::parse(2).unwrap();
    let first = log.page(subject, two, None).await.unwrap();
    let second = log.page(subject, two, first.next).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!([first.rows, second.rows].concat(), events, "as they were written");
    let (stranger, _) = person(world).await;
    assert_eq!(log.page(stranger, two, None).await.unwrap().rows, []);
}

async fn telling_twice_leaves_one(world: &dyn World, log: &dyn AuditLog) {
    let (subject, _) = person(world).await;
    let event = event(world, subject, Action::SignedIn);
    log.append(&event).await.unwrap();
    log.append(&event).await.unwrap();
    assert_eq!(log.page(subject, Limit::DEFAULT, None).await.unwrap().rows, [event]);
}

async fn many_at_once_make_one_chain(world: &dyn World, log: &dyn AuditLog) {
    let (subject, _) = person(world).await;
    let events: Vec<_> = (0..50).map(|_| event(world, subject, Action::SignedIn)).collect();
    for outcome in join_all(events.iter().map(|event| log.append(event))).await {
        outcome.unwrap();
    }
    let page = log.page(subject, Limit::parse(100).unwrap(), None).await.unwrap();
    let (kept, written): (BTreeSet<_>, BTreeSet<_>) =
        (page.rows.iter().map(|event| event.id).collect(), events.iter().map(|event| event.id).collect());
    assert_eq!(kept, written);
    let verification = log.verify(&seal_keys(1)).await.unwrap();
    assert!(verification.is_sound(), "{:?}", verification.findings);
}

async fn checkpoints_cover_what_grew(world: &dyn World, log: &dyn AuditLog) {
    let (keys, at) = (seal_keys(1), world.env().now());
    while log.checkpoint(at, &keys, 1_000).await.unwrap().is_some() {}
    for _ in 0..3 {
        let (subject, _) = person(world).await;
        log.append(&event(world, subject, Action::SignedUp)).await.unwrap();
    }
    let before = log.verify(&keys).await.unwrap();
    let first = log.checkpoint(at, &keys, 2).await.unwrap().unwrap();
    let second = log.checkpoint(at, &keys, 2).await.unwrap().unwrap();
    assert_eq!((first.chains, second.chains), (2, 1), "bounded, and nothing twice");
    assert_eq!(second.number, first.number + 1);
    assert_eq!(log.checkpoint(at, &keys, 2).await.unwrap(), None, "nothing has grown");
    let after = log.verify(&keys).await.unwrap();
    assert!(after.is_sound(), "{:?}", after.findings);
    assert_eq!(after.checkpoints, before.checkpoints + 2);
    assert_eq!((after.entries, after.chains), (before.entries, before.chains));
    assert_eq!(after.last_checkpoint, Some(second));
}

async fn two_checkpoints_at_once_do_not_fork(world: &dyn World, log: &dyn AuditLog) {
    let (keys, at) = (seal_keys(1), world.env().now());
    for _ in 0..8 {
        let (subject, _) = person(world).await;
        log.append(&event(world, subject, Action::SignedUp)).await.unwrap();
    }
    let made = join_all((0..8).map(|_| log.checkpoint(at, &keys, 2))).await;
    let numbers: BTreeSet<_> =
        made.into_iter().filter_map(|made| made.unwrap()).map(|made| made.number).collect();
    assert_eq!(numbers.len(), 4, "eight chains, two each");
    let verification = log.verify(&keys).await.unwrap();
    assert!(verification.is_sound(), "{:?}", verification.findings);
}

async fn a_seal_needs_its_key(log: &dyn AuditLog) {
    let forged = log.verify(&seal_keys(9)).await.unwrap();
    assert!(forged.findings.contains(&Finding::CheckpointChanged { number: 1 }));
}
