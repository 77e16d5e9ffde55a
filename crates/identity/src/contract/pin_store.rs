//! What every store of PINs must do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, origin, person};
use crate::{
    Action, AuditEvent, CodeHash, Grant, PinId, PinLock, PinPolicy, PinTries,
    ports::{NewPin, PinAnswer, PinAttempt, PinStore, Recorded, StepUp},
};
use futures::future::join_all;
use kernel::{SessionId, UserId};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// Runs every clause.
pub async fn pin_store(world: &dyn World, store: &dyn PinStore) {
    nobody_has_no_pin(world, store).await;
    a_pin_is_set_once_and_replaced_knowingly(world, store).await;
    however_many_set_the_first_at_once_one_does(world, store).await;
    fifty_attempts_at_once_see_it_five_times(world, store).await;
    a_lock_ends(world, store).await;
    locks_in_a_row_grow_until_a_reset(world, store).await;
    a_right_pin_gives_attempts_back(world, store).await;
    a_right_pin_among_wrong_ones_is_not_lost(world, store).await;
    a_replaced_pin_opens_nothing(world, store).await;
    a_new_pin_ends_grants_of_its_owner_alone(world, store).await;
    ended_grants_are_forgotten(world, store).await;
}

/// The counter of a PIN that was tried once.
const FIRST: PinTries = PinTries { spent: 1, locked_until: None };

fn hash(mark: char) -> CodeHash {
    let (salt, hash) = (format!("{mark}{}", "A".repeat(21)), "A".repeat(43));
    CodeHash::from_text(&format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${salt}${hash}")).unwrap()
}

pub(super) fn new_pin(world: &dyn World, user_id: UserId, replaces: Option<PinId>) -> NewPin {
    let env = world.env();
    NewPin {
        user_id,
        pin_id: PinId::generate(env),
        hash: hash('A'),
        replaces,
        needs_birth_date: false,
        at: env.now(),
        audit: AuditEvent::own(env, Action::PinSet, user_id, &origin()),
    }
}

fn attempt(user_id: UserId, at: OffsetDateTime) -> PinAttempt {
    PinAttempt { user_id, policy: PinPolicy::contract(), at }
}

fn step_up(world: &dyn World, user_id: UserId, pin_id: PinId) -> StepUp {
    let env = world.env();
    let (granted_at, session_id) = (env.now(), SessionId::generate(env));
    let grant = Grant { session_id, user_id, granted_at, expires_at: granted_at + Duration::minutes(5) };
    StepUp { pin_id, grant, audit: AuditEvent::own(env, Action::SteppedUp, user_id, &origin()) }
}

async fn grant_of(store: &dyn PinStore, grant: &Grant) -> Option<Grant> {
    store.grant(grant.user_id, grant.session_id).await.unwrap()
}

async fn with_pin(world: &dyn World, store: &dyn PinStore) -> (UserId, PinId) {
    let (user_id, _) = person(world).await;
    let fact = new_pin(world, user_id, None);
    assert_eq!(store.record_pin(&fact).await.unwrap(), Recorded::Done);
    (user_id, fact.pin_id)
}

async fn nobody_has_no_pin(world: &dyn World, store: &dyn PinStore) {
    let (user_id, _) = person(world).await;
    assert_eq!(store.find(user_id).await.unwrap(), None);
    let answer = store.spend_attempt(&attempt(user_id, world.env().now())).await.unwrap();
    assert_eq!(answer, PinAnswer::Missing);
    let fact = step_up(world, user_id, PinId::generate(world.env()));
    assert_eq!(store.record_step_up(&fact).await.unwrap(), Recorded::Stale);
    assert_eq!(grant_of(store, &fact.grant).await, None);
    assert_eq!(world.audited(user_id).await, []);
}

async fn a_pin_is_set_once_and_replaced_knowingly(world: &dyn World, store: &dyn PinStore) {
    let (user_id, first) = with_pin(world, store).await;
    assert_eq!(store.find(user_id).await.unwrap(), Some(first));
    let unknowing = new_pin(world, user_id, None);
    assert_eq!(store.record_pin(&unknowing).await.unwrap(), Recorded::Stale);
    let mistaken = new_pin(world, user_id, Some(unknowing.pin_id));
    assert_eq!(store.record_pin(&mistaken).await.unwrap(), Recorded::Stale);
    let knowing = NewPin { hash: hash('B'), ..new_pin(world, user_id, Some(first)) };
    assert_eq!(store.record_pin(&knowing).await.unwrap(), Recorded::Done);
    let answer = store.spend_attempt(&attempt(user_id, world.env().now())).await.unwrap();
    let granted = PinAnswer::Granted { pin_id: knowing.pin_id, hash: hash('B'), tries: FIRST };
    assert_eq!(answer, granted);
    assert_eq!(world.audited(user_id).await.len(), 2, "what was not done is not audited");
}

async fn however_many_set_the_first_at_once_one_does(world: &dyn World, store: &dyn PinStore) {
    let (user_id, _) = person(world).await;
    let facts: Vec<_> = (0..20).map(|_| new_pin(world, user_id, None)).collect();
    let answered = join_all(facts.iter().map(|fact| store.record_pin(fact))).await;
    let done = answered.into_iter().filter(|answered| matches!(answered, Ok(Recorded::Done))).count();
    assert_eq!(done, 1);
    assert_eq!(world.audited(user_id).await.len(), 1);
}

async fn fifty_attempts_at_once_see_it_five_times(world: &dyn World, store: &dyn PinStore) {
    let (user_id, _) = with_pin(world, store).await;
    let fact = attempt(user_id, world.env().now());
    let (mut seen, mut locked) = (BTreeSet::new(), 0);
    for answer in join_all((0..50).map(|_| store.spend_attempt(&fact))).await {
        match answer.unwrap() {
            PinAnswer::Granted { tries, .. } => {
                assert!(seen.insert(tries.spent), "{tries:?} twice");
            }
            PinAnswer::Locked(lock) => {
                assert_eq!(lock, PinLock::Until(fact.at + Duration::minutes(15)));
                locked += 1;
            }
            PinAnswer::Missing => panic!("the PIN is gone"),
        }
    }
    assert_eq!(seen, BTreeSet::from([1, 2, 3, 4, 5]));
    assert_eq!(locked, 45);
}

async fn spend_all(store: &dyn PinStore, user_id: UserId, at: OffsetDateTime) {
    for _ in 0..5 {
        let answer = store.spend_attempt(&attempt(user_id, at)).await.unwrap();
        assert!(matches!(answer, PinAnswer::Granted { .. }));
    }
}

async fn a_lock_ends(world: &dyn World, store: &dyn PinStore) {
    let (user_id, _) = with_pin(world, store).await;
    let at = world.env().now();
    spend_all(store, user_id, at).await;
    let until = at + Duration::minutes(15);
    let just_before = attempt(user_id, until - Duration::microseconds(1));
    let locked = PinAnswer::Locked(PinLock::Until(until));
    assert_eq!(store.spend_attempt(&just_before).await.unwrap(), locked);
    let after = store.spend_attempt(&attempt(user_id, until)).await.unwrap();
    let sixth = PinTries { spent: 6, locked_until: None };
    assert!(matches!(after, PinAnswer::Granted { tries, .. } if tries == sixth), "{after:?}");
}

async fn locks_in_a_row_grow_until_a_reset(world: &dyn World, store: &dyn PinStore) {
    let policy = PinPolicy { locked_for_most: Duration::minutes(50), wrong_max: 22, ..PinPolicy::contract() };
    let (user_id, pin_id) = with_pin(world, store).await;
    let (mut tries, mut at) = (PinTries::default(), world.env().now());
    for spent in 1..=22 {
        tries = policy.spend(tries, at).unwrap();
        assert_eq!(tries.spent, spent);
        let fact = PinAttempt { user_id, policy, at };
        let answer = store.spend_attempt(&fact).await.unwrap();
        assert_eq!(answer, PinAnswer::Granted { pin_id, hash: hash('A'), tries });
        if let Some(lock) = policy.lock(tries, at) {
            assert_eq!(store.spend_attempt(&fact).await.unwrap(), PinAnswer::Locked(lock));
        }
        at = tries.locked_until.unwrap_or(at);
    }
    let later = PinAttempt { user_id, policy, at: at + Duration::days(1_000) };
    assert_eq!(store.spend_attempt(&later).await.unwrap(), PinAnswer::Locked(PinLock::UntilReset));
    let fact = new_pin(world, user_id, Some(pin_id));
    assert_eq!(store.record_pin(&fact).await.unwrap(), Recorded::Done);
    let answer = store.spend_attempt(&later).await.unwrap();
    assert!(matches!(answer, PinAnswer::Granted { tries: FIRST, .. }), "{answer:?}");
}

async fn a_right_pin_gives_attempts_back(world: &dyn World, store: &dyn PinStore) {
    let (user_id, pin_id) = with_pin(world, store).await;
    let at = world.env().now();
    // The fifth is the right one: it was seen before the lock, and lifts it.
    spend_all(store, user_id, at).await;
    let fact = step_up(world, user_id, pin_id);
    assert_eq!(store.record_step_up(&fact).await.unwrap(), Recorded::Done);
    assert_eq!(grant_of(store, &fact.grant).await, Some(fact.grant));
    let (ravi, _) = person(world).await;
    assert_eq!(store.grant(ravi, fact.grant.session_id).await.unwrap(), None, "another person");
    let answer = store.spend_attempt(&attempt(user_id, at)).await.unwrap();
    assert!(matches!(answer, PinAnswer::Granted { tries: FIRST, .. }), "{answer:?}");
    let later = fact.grant.expires_at + Duration::minutes(1);
    let grant = Grant { granted_at: later, expires_at: later + Duration::minutes(5), ..fact.grant };
    let renewed = StepUp { grant, ..step_up(world, user_id, pin_id) };
    assert_eq!(store.record_step_up(&renewed).await.unwrap(), Recorded::Done);
    assert_eq!(grant_of(store, &grant).await, Some(grant), "in the place of the former");
}

async fn a_right_pin_among_wrong_ones_is_not_lost(world: &dyn World, store: &dyn PinStore) {
    for _ in 0..10 {
        let (user_id, pin_id) = with_pin(world, store).await;
        let at = world.env().now();
        let fact = attempt(user_id, at);
        let wrong = (0..4).map(|_| store.spend_attempt(&fact));
        let right = async {
            let answer = store.spend_attempt(&attempt(user_id, at)).await.unwrap();
            assert!(matches!(answer, PinAnswer::Granted { .. }), "an attempt was left: {answer:?}");
            store.record_step_up(&step_up(world, user_id, pin_id)).await.unwrap()
        };
        let (granted, recorded) = futures::join!(join_all(wrong), right);
        assert!(granted.into_iter().all(|granted| matches!(granted, Ok(PinAnswer::Granted { .. }))));
        assert_eq!(recorded, Recorded::Done);
    }
}

async fn a_replaced_pin_opens_nothing(world: &dyn World, store: &dyn PinStore) {
    let (user_id, first) = with_pin(world, store).await;
    let replaced = new_pin(world, user_id, Some(first));
    assert_eq!(store.record_pin(&replaced).await.unwrap(), Recorded::Done);
    let fact = step_up(world, user_id, first);
    assert_eq!(store.record_step_up(&fact).await.unwrap(), Recorded::Stale);
    assert_eq!(grant_of(store, &fact.grant).await, None);
}

async fn a_new_pin_ends_grants_of_its_owner_alone(world: &dyn World, store: &dyn PinStore) {
    let ((asha, ashas), (ravi, ravis)) = (with_pin(world, store).await, with_pin(world, store).await);
    let (mine, other) = (step_up(world, asha, ashas), step_up(world, ravi, ravis));
    for fact in [&mine, &other] {
        assert_eq!(store.record_step_up(fact).await.unwrap(), Recorded::Done);
    }
    spend_all(store, asha, world.env().now()).await;
    let fact = new_pin(world, asha, Some(ashas));
    assert_eq!(store.record_pin(&fact).await.unwrap(), Recorded::Done);
    assert_eq!(grant_of(store, &mine.grant).await, None);
    assert_eq!(grant_of(store, &other.grant).await, Some(other.grant));
    let answer = store.spend_attempt(&attempt(asha, world.env().now())).await.unwrap();
    assert!(matches!(answer, PinAnswer::Granted { tries: FIRST, .. }), "the lock is lifted: {answer:?}");
}

async fn ended_grants_are_forgotten(world: &dyn World, store: &dyn PinStore) {
    let (user_id, pin_id) = with_pin(world, store).await;
    let fact = step_up(world, user_id, pin_id);
    store.record_step_up(&fact).await.unwrap();
    store.forget_ended_grants(fact.grant.expires_at - Duration::microseconds(1)).await.unwrap();
    assert!(grant_of(store, &fact.grant).await.is_some());
    assert!(store.forget_ended_grants(fact.grant.expires_at).await.unwrap() >= 1);
    assert_eq!(grant_of(store, &fact.grant).await, None);
}
