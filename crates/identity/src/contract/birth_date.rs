//! What stores of profiles and of PINs must do together: a PIN rests on a birth date, by which it is replaced once it
//! is forgotten, and from then on guards it.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::{
    pin_store::new_pin,
    profile_store::change,
    world::{World, person},
};
use crate::{
    BirthDate, Change, Gender, PinId, ProfilePatch,
    ports::{ChangeError, NewPin, PinStore, ProfileChange, ProfileStore, Recorded},
};
use futures::future::join;
use kernel::UserId;

/// Runs every clause.
pub async fn birth_date(world: &dyn World, profiles: &dyn ProfileStore, pins: &dyn PinStore) {
    it_changes_under_the_pin_that_was_seen(world, profiles, pins).await;
    other_fields_rest_on_no_pin(world, profiles, pins).await;
    a_pin_that_needs_one_is_set_on_one(world, profiles, pins).await;
    it_goes_or_a_pin_comes_but_not_both(world, profiles, pins).await;
}

fn birth(world: &dyn World, user_id: UserId, dob: Change<BirthDate>, seen: Option<PinId>) -> ProfileChange {
    let patch = ProfilePatch { dob, ..ProfilePatch::default() };
    ProfileChange { seen_pin: seen, ..change(world, user_id, patch) }
}

fn born(dob: &str) -> Change<BirthDate> {
    Change::Set(BirthDate::stored(dob).unwrap())
}

/// A person whose birth date is on record.
async fn born_person(world: &dyn World, profiles: &dyn ProfileStore) -> UserId {
    let (user_id, _) = person(world).await;
    profiles.record_change(&birth(world, user_id, born("1994-03-02"), None)).await.unwrap().unwrap();
    user_id
}

fn resting(world: &dyn World, user_id: UserId, replaces: Option<PinId>) -> NewPin {
    NewPin { needs_birth_date: true, ..new_pin(world, user_id, replaces) }
}

async fn told(profiles: &dyn ProfileStore, user_id: UserId) -> Option<BirthDate> {
    profiles.find(user_id).await.unwrap().and_then(|profile| profile.told.dob)
}

async fn it_changes_under_the_pin_that_was_seen(
    world: &dyn World,
    profiles: &dyn ProfileStore,
    pins: &dyn PinStore,
) {
    let user_id = born_person(world, profiles).await;
    let (first, other) = (resting(world, user_id, None), PinId::generate(world.env()));
    assert_eq!(pins.record_pin(&first).await.unwrap(), Recorded::Done);
    let audited = world.audited(user_id).await.len();
    for (dob, seen) in [(born("1990-01-01"), None), (Change::Clear, None), (born("1990-01-01"), Some(other))]
    {
        let refused = profiles.record_change(&birth(world, user_id, dob, seen)).await;
        assert!(matches!(refused, Err(ChangeError::Stale)), "{refused:?}");
    }
    assert_eq!(told(profiles, user_id).await, BirthDate::stored("1994-03-02"));
    assert_eq!(world.audited(user_id).await.len(), audited, "what was not done is not audited");
    let seen = birth(world, user_id, born("1990-01-01"), Some(first.pin_id));
    profiles.record_change(&seen).await.unwrap().unwrap();
    assert_eq!(told(profiles, user_id).await, BirthDate::stored("1990-01-01"));
}

async fn other_fields_rest_on_no_pin(world: &dyn World, profiles: &dyn ProfileStore, pins: &dyn PinStore) {
    let user_id = born_person(world, profiles).await;
    assert_eq!(pins.record_pin(&resting(world, user_id, None)).await.unwrap(), Recorded::Done);
    let patch = ProfilePatch { gender: Change::Set(Gender::Other), ..ProfilePatch::default() };
    profiles.record_change(&change(world, user_id, patch)).await.unwrap().unwrap();
}

async fn a_pin_that_needs_one_is_set_on_one(
    world: &dyn World,
    profiles: &dyn ProfileStore,
    pins: &dyn PinStore,
) {
    let (user_id, _) = person(world).await;
    assert_eq!(pins.record_pin(&resting(world, user_id, None)).await.unwrap(), Recorded::Stale, "no profile");
    for (dob, recorded) in [(Change::Clear, Recorded::Stale), (born("1994-03-02"), Recorded::Done)] {
        profiles.record_change(&birth(world, user_id, dob, None)).await.unwrap().unwrap();
        assert_eq!(pins.record_pin(&resting(world, user_id, None)).await.unwrap(), recorded);
    }
    let first = pins.find(user_id).await.unwrap();
    profiles.record_change(&birth(world, user_id, Change::Clear, first)).await.unwrap().unwrap();
    let unfounded = resting(world, user_id, first);
    assert_eq!(pins.record_pin(&unfounded).await.unwrap(), Recorded::Stale);
    let by_grant = NewPin { needs_birth_date: false, ..unfounded };
    assert_eq!(pins.record_pin(&by_grant).await.unwrap(), Recorded::Done);
}

async fn it_goes_or_a_pin_comes_but_not_both(
    world: &dyn World,
    profiles: &dyn ProfileStore,
    pins: &dyn PinStore,
) {
    for round in 0..20 {
        let user_id = born_person(world, profiles).await;
        let (gone, pin) = (birth(world, user_id, Change::Clear, None), resting(world, user_id, None));
        let (gone, set) = if round % 2 == 0 {
            join(profiles.record_change(&gone), pins.record_pin(&pin)).await
        } else {
            let (set, gone) = join(pins.record_pin(&pin), profiles.record_change(&gone)).await;
            (gone, set)
        };
        let is_set = set.unwrap() == Recorded::Done;
        match gone {
            Ok(profile) => assert!(profile.is_some() && !is_set, "a PIN rests on nothing"),
            Err(ChangeError::Stale) => assert!(is_set, "neither was done"),
            Err(ChangeError::Store(error)) => assert!(error.to_string().is_empty(), "{error}"),
        }
        assert_eq!(told(profiles, user_id).await.is_some(), is_set);
        assert_eq!(pins.find(user_id).await.unwrap().is_some(), is_set);
    }
}
