//! What every implementation of the log must do, as a suite that runs on the one in memory and on real ones. A
//! clause that is broken panics.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use crate::{Entry, Finding, SealKeys, ports::AuditLog};
use futures::future::join_all;
use kernel::{Env, Limit, UserId};
use secrecy::SecretSlice;
use std::collections::{BTreeMap, BTreeSet};

/// Runs every clause; the log may hold entries already, and ends sound. The clock stands still meanwhile.
pub async fn audit_log(env: &Env, log: &dyn AuditLog) {
    entries_come_back_newest_first(env, log).await;
    telling_twice_leaves_one(env, log).await;
    many_at_once_make_one_chain(env, log).await;
    checkpoints_cover_what_grew(env, log).await;
    two_checkpoints_at_once_do_not_fork(env, log).await;
    a_seal_needs_its_key(log).await;
}

/// Keys whose secret is this byte, for tests alone.
///
/// # Panics
/// Never: the key is long enough.
#[must_use]
pub fn seal_keys(byte: u8) -> SealKeys {
    SealKeys::new(&BTreeMap::from([(1, SecretSlice::from(vec![byte; 32]))]), 1).unwrap()
}

/// An entry about what a person did to their own data, for tests alone.
#[must_use]
pub fn entry(env: &Env, subject: UserId, action: &str) -> Entry {
    Entry {
        id: env.new_uuid(),
        subject,
        actor: format!("person:{subject}"),
        action: action.to_owned(),
        at: env.now(),
        ip: Some("203.0.113.7".to_owned()),
        request_id: Some("contract".to_owned()),
        detail: BTreeMap::from([("reason".to_owned(), "contract".to_owned())]),
    }
}

async fn entries_come_back_newest_first(env: &Env, log: &dyn AuditLog) {
    let subject = UserId::generate(env);
    let mut entries = Vec::new();
    for action in ["signed_up", "profile_changed", "signed_out"] {
        let mut entry = entry(env, subject, action);
        entry.detail.insert("session".to_owned(), subject.to_string());
        log.append(&entry).await.unwrap();
        entries.push(entry);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    let two = Limit::parse(2).unwrap();
    let first = log.page(subject, two, None).await.unwrap();
    let second = log.page(subject, two, first.next).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!([first.rows, second.rows].concat(), entries, "as they were written");
    let stranger = UserId::generate(env);
    assert_eq!(log.page(stranger, two, None).await.unwrap().rows, []);
}

async fn telling_twice_leaves_one(env: &Env, log: &dyn AuditLog) {
    let subject = UserId::generate(env);
    let entry = entry(env, subject, "signed_in");
    log.append(&entry).await.unwrap();
    log.append(&entry).await.unwrap();
    assert_eq!(log.page(subject, Limit::DEFAULT, None).await.unwrap().rows, [entry]);
}

async fn many_at_once_make_one_chain(env: &Env, log: &dyn AuditLog) {
    let subject = UserId::generate(env);
    let entries: Vec<_> = (0..50).map(|_| entry(env, subject, "signed_in")).collect();
    for outcome in join_all(entries.iter().map(|entry| log.append(entry))).await {
        outcome.unwrap();
    }
    let page = log.page(subject, Limit::parse(100).unwrap(), None).await.unwrap();
    let (kept, written): (BTreeSet<_>, BTreeSet<_>) =
        (page.rows.iter().map(|entry| entry.id).collect(), entries.iter().map(|entry| entry.id).collect());
    assert_eq!(kept, written);
    let verification = log.verify(&seal_keys(1)).await.unwrap();
    assert!(verification.is_sound(), "{:?}", verification.findings);
}

async fn checkpoints_cover_what_grew(env: &Env, log: &dyn AuditLog) {
    let (keys, at) = (seal_keys(1), env.now());
    while log.checkpoint(at, &keys, 1_000).await.unwrap().is_some() {}
    for _ in 0..3 {
        let subject = UserId::generate(env);
        log.append(&entry(env, subject, "signed_up")).await.unwrap();
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

async fn two_checkpoints_at_once_do_not_fork(env: &Env, log: &dyn AuditLog) {
    let (keys, at) = (seal_keys(1), env.now());
    for _ in 0..8 {
        let subject = UserId::generate(env);
        log.append(&entry(env, subject, "signed_up")).await.unwrap();
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
