//! What a saboteur does to the log is found, on the in-memory one.

use super::*;
use crate::{
    Finding,
    contract::{entry, seal_keys},
    testing::InMemoryAuditLog,
};
use kernel::{MovableClock, SystemEntropy, uuid::Uuid};
use time::macros::datetime;

const ASHA: UserId = UserId::new(Uuid::from_u128(1));
const RAVI: UserId = UserId::new(Uuid::from_u128(2));

/// A log of three entries about each of two people, sealed if asked for.
async fn log(sealed: bool) -> (InMemoryAuditLog, Audits) {
    let clock = MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC));
    let env = Env::new(Arc::new(clock), Arc::new(SystemEntropy));
    let kept = InMemoryAuditLog::default();
    let audits = Audits::new(env.clone(), Arc::new(kept.clone()), Arc::new(seal_keys(1)));
    for subject in [ASHA, RAVI] {
        for action in ["signed_up", "profile_changed", "signed_out"] {
            audits.append(&entry(&env, subject, action)).await.unwrap();
        }
    }
    if sealed {
        assert_eq!(audits.seal().await.unwrap().unwrap().chains, 2);
        assert_eq!(audits.seal().await.unwrap(), None);
    }
    (kept, audits)
}

async fn findings(audits: &Audits) -> Vec<Finding> {
    audits.verify().await.unwrap().findings
}

#[tokio::test]
async fn an_untouched_log_is_sound() {
    let (_, audits) = log(true).await;
    let verification = audits.verify().await.unwrap();
    assert!(verification.is_sound());
    assert_eq!((verification.entries, verification.chains, verification.checkpoints), (6, 2, 1));
    assert_eq!(verification.last_checkpoint.map(|checkpoint| checkpoint.number), Some(1));
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    let (kept, audits) = log(false).await;
    kept.tamper(ASHA, |chain| chain[1].entry.action = "pin_set".to_owned());
    assert_eq!(findings(&audits).await, [Finding::EntryChanged { subject: ASHA, place: 2 }]);
}

#[tokio::test]
async fn an_entry_rewritten_with_its_hash_is_found() {
    let (kept, audits) = log(false).await;
    kept.tamper(ASHA, |chain| {
        chain[1].entry.actor = "system".to_owned();
        chain[1].hash = chain[1].computed_hash();
    });
    assert_eq!(findings(&audits).await, [Finding::EntryChanged { subject: ASHA, place: 3 }]);
}

#[tokio::test]
async fn a_chain_rewritten_to_its_end_is_found_by_its_head() {
    let (kept, audits) = log(true).await;
    kept.tamper(ASHA, |chain| {
        chain[1].entry.actor = "system".to_owned();
        chain[1].hash = chain[1].computed_hash();
        chain[2].previous = chain[1].hash;
        chain[2].hash = chain[2].computed_hash();
    });
    let found = findings(&audits).await;
    assert_eq!(found, [Finding::EndChanged { subject: ASHA }, Finding::ChainLost { subject: ASHA }]);
}

#[tokio::test]
async fn a_missing_entry_is_found() {
    let (kept, audits) = log(false).await;
    kept.tamper(ASHA, |chain| drop(chain.remove(1)));
    assert_eq!(findings(&audits).await, [Finding::EntryMissing { subject: ASHA, place: 2 }]);
}

#[tokio::test]
async fn a_cut_end_is_found() {
    let (kept, audits) = log(false).await;
    kept.tamper(ASHA, |chain| drop(chain.pop()));
    assert_eq!(findings(&audits).await, [Finding::EndChanged { subject: ASHA }]);
    kept.tamper(RAVI, Vec::clear);
    assert!(findings(&audits).await.contains(&Finding::ChainLost { subject: RAVI }));
}

#[tokio::test]
async fn swapped_entries_are_found() {
    let (kept, audits) = log(false).await;
    kept.tamper(ASHA, |chain| {
        chain[0].place = 2;
        chain[1].place = 1;
        chain.swap(0, 1);
    });
    let found = findings(&audits).await;
    assert!(found.contains(&Finding::EntryChanged { subject: ASHA, place: 1 }), "{found:?}");
    assert!(found.contains(&Finding::EntryChanged { subject: ASHA, place: 2 }), "{found:?}");
}

#[tokio::test]
async fn a_chain_that_disappears_with_its_head_is_found_by_the_checkpoint() {
    let (kept, audits) = log(true).await;
    kept.lose(RAVI);
    assert_eq!(findings(&audits).await, [Finding::ChainLost { subject: RAVI }]);
}

#[tokio::test]
async fn findings_are_counted_beyond_those_listed() {
    let (kept, audits) = log(false).await;
    let env = Env::system();
    for _ in 0..150 {
        audits.append(&entry(&env, ASHA, "signed_in")).await.unwrap();
    }
    kept.tamper(ASHA, |chain| chain.iter_mut().for_each(|link| link.entry.actor = "operator".to_owned()));
    let verification = audits.verify().await.unwrap();
    assert_eq!((verification.findings.len(), verification.findings_total), (100, 153));
}
