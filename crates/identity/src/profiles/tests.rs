//! The profile's use cases, on mocks.

use super::*;
use crate::{
    BirthDate, Change, Gender, Grant, PersonName, Phone, PinId, Told,
    testing::{MockPinStore, MockProfileStore},
};
use kernel::uuid::Uuid;
use mockall::Sequence;
use time::{Duration, OffsetDateTime};

const USER: UserId = UserId::new(Uuid::from_u128(1));
const SESSION: SessionId = SessionId::new(Uuid::from_u128(2));

fn profile(dob: Option<&str>) -> Profile {
    let told = Told { dob: dob.map(|dob| BirthDate::stored(dob).unwrap()), ..Told::default() };
    Profile { told, ..Profile::empty(USER, Phone::parse("9876543210").unwrap()) }
}

fn wanted(patch: ProfilePatch) -> PatchProfile {
    PatchProfile { user_id: USER, session_id: SESSION, patch, origin: Origin::default() }
}

fn birth_date(dob: &str) -> ProfilePatch {
    ProfilePatch { dob: Change::Set(BirthDate::stored(dob).unwrap()), ..ProfilePatch::default() }
}

fn profiles(store: MockProfileStore, pins: MockPinStore) -> Profiles {
    Profiles::new(Env::system(), Arc::new(store), Arc::new(pins))
}

/// A person with a PIN and this birth date, whose session has a grant until then, or none.
fn guarded(dob: &'static str, granted_until: Option<OffsetDateTime>) -> (MockProfileStore, MockPinStore) {
    let (mut store, mut pins) = (MockProfileStore::new(), MockPinStore::new());
    store.expect_find().returning(move |_| Ok(Some(profile(Some(dob)))));
    pins.expect_find().returning(|_| Ok(Some(PinId::new(Uuid::from_u128(3)))));
    pins.expect_grant().returning(move |user_id, session_id| {
        Ok(granted_until.map(|expires_at| Grant {
            session_id,
            user_id,
            granted_at: OffsetDateTime::UNIX_EPOCH,
            expires_at,
        }))
    });
    (store, pins)
}

#[tokio::test]
async fn a_change_names_its_fields_and_says_whether_eligibility_rests_on_them() {
    for (patch, fields, affects) in [
        (ProfilePatch { gender: Change::Set(Gender::Other), ..ProfilePatch::default() }, "gender", true),
        (ProfilePatch { address: Change::Clear, ..ProfilePatch::default() }, "address", true),
        (
            ProfilePatch {
                first_name: Change::Set(PersonName::stored("Asha".to_owned())),
                employer: Change::Clear,
                ..ProfilePatch::default()
            },
            "first_name,employer",
            false,
        ),
    ] {
        let mut store = MockProfileStore::new();
        store.expect_record_change().times(1).returning(move |fact| {
            assert_eq!(fact.audit.detail.get("fields"), Some(fields));
            assert!(!format!("{:?}", fact.audit).contains("Asha"));
            let event = Event::ProfileChanged { user_id: USER, affects_eligibility: affects };
            assert_eq!((fact.news.event.clone(), fact.news.at), (event, fact.at));
            Ok(Some(profile(None)))
        });
        profiles(store, MockPinStore::new()).patch(&wanted(patch)).await.unwrap();
    }
}

#[tokio::test]
async fn naming_nothing_changes_nothing() {
    let mut store = MockProfileStore::new();
    store.expect_find().times(1).returning(|_| Ok(Some(profile(None))));
    let patched = profiles(store, MockPinStore::new()).patch(&wanted(ProfilePatch::default())).await;
    assert_eq!(patched.unwrap(), profile(None));
}

#[tokio::test]
async fn nobody_has_no_profile() {
    let mut store = MockProfileStore::new();
    store.expect_find().returning(|_| Ok(None));
    let refused = profiles(store, MockPinStore::new()).get(USER).await.unwrap_err();
    assert_eq!(refused.entry(), fault::USER_NOT_FOUND);
}

#[tokio::test]
async fn without_a_pin_the_birth_date_is_free() {
    let (mut store, mut pins) = (MockProfileStore::new(), MockPinStore::new());
    pins.expect_find().returning(|_| Ok(None));
    store.expect_record_change().times(1).returning(|_| Ok(Some(profile(None))));
    profiles(store, pins).patch(&wanted(birth_date("1994-03-02"))).await.unwrap();
}

#[tokio::test]
async fn with_a_pin_it_changes_only_after_the_pin_was_given() {
    let clearing = ProfilePatch { dob: Change::Clear, ..ProfilePatch::default() };
    let past = Some(OffsetDateTime::UNIX_EPOCH);
    for (patch, grant) in
        [(birth_date("1990-01-01"), None), (clearing, None), (birth_date("1990-01-01"), past)]
    {
        let (store, pins) = guarded("1994-03-02", grant);
        let refused = profiles(store, pins).patch(&wanted(patch)).await.unwrap_err();
        assert_eq!(refused.entry(), fault::STEP_UP_REQUIRED);
    }
    let (mut store, pins) = guarded("1994-03-02", Some(Env::system().now() + Duration::minutes(5)));
    store.expect_record_change().times(1).returning(|_| Ok(Some(profile(None))));
    profiles(store, pins).patch(&wanted(birth_date("1990-01-01"))).await.unwrap();
}

#[tokio::test]
async fn a_pin_that_is_set_meanwhile_guards_it_at_once() {
    let (mut store, mut pins) = (MockProfileStore::new(), MockPinStore::new());
    let (mut order, pin) = (Sequence::new(), PinId::new(Uuid::from_u128(3)));
    pins.expect_find().times(1).in_sequence(&mut order).returning(|_| Ok(None));
    let unseen = |fact: &ProfileChange| fact.seen_pin.is_none();
    let stale = |_: &_| Err(ChangeError::Stale);
    store.expect_record_change().times(1).in_sequence(&mut order).withf(unseen).returning(stale);
    pins.expect_find().times(1).in_sequence(&mut order).returning(move |_| Ok(Some(pin)));
    store.expect_find().returning(|_| Ok(Some(profile(Some("1994-03-02")))));
    pins.expect_grant().times(1).returning(|_, _| Ok(None));
    let refused = profiles(store, pins).patch(&wanted(birth_date("1990-01-01"))).await.unwrap_err();
    assert_eq!(refused.entry(), fault::STEP_UP_REQUIRED);
}

#[tokio::test]
async fn after_three_times_it_is_given_up() {
    let (mut store, pins) = guarded("1994-03-02", Some(Env::system().now() + Duration::minutes(5)));
    let seen = |fact: &ProfileChange| fact.seen_pin == Some(PinId::new(Uuid::from_u128(3)));
    store.expect_record_change().times(3).withf(seen).returning(|_| Err(ChangeError::Stale));
    let refused = profiles(store, pins).patch(&wanted(birth_date("1990-01-01"))).await.unwrap_err();
    assert_eq!(refused.entry(), catalogue::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn with_a_pin_it_is_never_taken_away() {
    let (store, pins) = guarded("1994-03-02", Some(Env::system().now() + Duration::minutes(5)));
    let clearing = ProfilePatch { dob: Change::Clear, ..ProfilePatch::default() };
    let refused = profiles(store, pins).patch(&wanted(clearing)).await.unwrap_err();
    assert_eq!(refused.entry(), catalogue::INVALID_STATE);
    assert_eq!(refused.details(), [("field", "dob".into()), ("reason", "needed_for_pin".into())]);
}

#[tokio::test]
async fn sending_the_same_birth_date_again_needs_nothing() {
    let (mut store, pins) = guarded("1994-03-02", None);
    store.expect_record_change().times(1).returning(|_| Ok(Some(profile(None))));
    profiles(store, pins).patch(&wanted(birth_date("1994-03-02"))).await.unwrap();
}
