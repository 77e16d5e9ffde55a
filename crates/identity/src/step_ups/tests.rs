//! The PIN's use cases, on in-memory stores with a one-time code that is right or wrong as a test says.

use super::*;
use crate::{
    BirthDate, Change, CodeHashing, Event, HashCost, OtpCode, Phone, ProfilePatch, VerifyError,
    ports::ProfileChange,
    testing::{InMemoryPins, InMemoryProfiles, Journal, MockCodeCheck, People},
};
use futures::{FutureExt as _, future::join_all};
use kernel::{MovableClock, News, SystemEntropy, uuid::Uuid};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, sync::OnceLock};
use time::{Duration, macros::datetime};

#[derive(Clone)]
struct Desk {
    clock: Arc<MovableClock>,
    env: Env,
    journal: Journal,
    profiles: InMemoryProfiles,
    pins: InMemoryPins,
    step_ups: StepUps,
    user_id: UserId,
    session_id: SessionId,
}

fn desk_where(codes: MockCodeCheck) -> Desk {
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let env = Env::new(clock.clone(), Arc::new(SystemEntropy));
    let (people, journal) = (People::default(), Journal::default());
    let user_id = UserId::generate(&env);
    people.add(user_id, Phone::parse("9876543210").unwrap());
    let profiles = InMemoryProfiles::new(people, journal.clone());
    let pins = InMemoryPins::beside(&profiles);
    let peppers = BTreeMap::from([(1, SecretSlice::from(vec![1; 32]))]);
    let hasher = CodeHashing::new(peppers, 1, HashCost { memory_kib: 8, passes: 1, lanes: 1 }).unwrap();
    let ports = StepUpPorts {
        pins: Arc::new(pins.clone()),
        profiles: Arc::new(profiles.clone()),
        audit: Arc::new(journal.clone()),
        hasher: Arc::new(hasher),
        codes: Arc::new(codes),
    };
    let step_ups = StepUps::new(env.clone(), ports, PinPolicy::contract());
    let session_id = SessionId::generate(&env);
    Desk { clock, env, journal, profiles, pins, step_ups, user_id, session_id }
}

/// A desk whose one-time codes are all right, and a person whose birth date is on record.
async fn desk() -> Desk {
    let mut codes = MockCodeCheck::new();
    codes.expect_confirm().returning(|_| Ok(()));
    let desk = desk_where(codes);
    desk.is_born("1994-03-02").await;
    desk
}

impl Desk {
    async fn set(&self, pin: &str, dob: Option<&str>) -> Result<(), SetPinError> {
        let wanted = SetPin {
            user_id: self.user_id,
            session_id: self.session_id,
            pin: Pin::parse_new(pin).unwrap(),
            otp: OtpCode::parse("123456", crate::CodeLength::SIX).unwrap(),
            dob: dob.map(|dob| BirthDate::stored(dob).unwrap()),
            device_token: None,
            origin: Origin::default(),
        };
        self.step_ups.set_pin(&wanted).await
    }

    async fn give(&self, pin: &str) -> Result<Grant, StepUpError> {
        let (user_id, session_id) = (self.user_id, self.session_id);
        let pin = Pin::parse(pin).unwrap();
        self.step_ups.step_up(&GivePin { user_id, session_id, pin, origin: Origin::default() }).await
    }

    async fn is_born(&self, dob: &str) {
        self.record_birth_date(Change::Set(BirthDate::stored(dob).unwrap())).await;
    }

    async fn record_birth_date(&self, dob: Change<BirthDate>) {
        let (env, user_id) = (&self.env, self.user_id);
        let event = Event::ProfileChanged { user_id, affects_eligibility: true };
        let fact = ProfileChange {
            user_id,
            patch: ProfilePatch { dob, ..ProfilePatch::default() },
            seen_pin: self.pins.find(user_id).await.unwrap(),
            at: env.now(),
            audit: AuditEvent::own(env, Action::ProfileChanged, user_id, &Origin::default()),
            news: News { id: Uuid::nil(), at: env.now(), event },
        };
        self.profiles.record_change(&fact).await.unwrap();
    }

    /// What was done with the PIN.
    fn actions(&self) -> Vec<Action> {
        let actions = self.journal.audited(self.user_id).into_iter().map(|event| event.action);
        actions.filter(|action| *action != Action::ProfileChanged).collect()
    }
}

#[tokio::test]
async fn a_right_pin_opens_the_way_for_five_minutes_on_its_session() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    let required = desk.step_ups.require_grant(desk.user_id, desk.session_id).await;
    assert!(matches!(required, Err(RequireGrantError::Required)));
    let grant = desk.give("2580").await.unwrap();
    assert_eq!(grant.expires_at, desk.env.now() + Duration::minutes(5));
    assert_eq!(desk.step_ups.require_grant(desk.user_id, desk.session_id).await.unwrap(), grant);
    let elsewhere = SessionId::generate(&desk.env);
    assert!(desk.step_ups.require_grant(desk.user_id, elsewhere).await.is_err(), "another session");
    let stranger = UserId::generate(&desk.env);
    assert!(desk.step_ups.require_grant(stranger, desk.session_id).await.is_err(), "another person");
    desk.clock.advance(Duration::minutes(5));
    assert!(
        desk.step_ups.require_grant(desk.user_id, desk.session_id).await.is_err(),
        "five minutes are over"
    );
    assert_eq!(desk.actions(), [Action::PinSet, Action::SteppedUp]);
    assert_eq!(desk.step_ups.forget_ended_grants().await.unwrap(), 1);
}

#[tokio::test]
async fn five_wrong_ones_lock_for_a_quarter_of_an_hour() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    for left in [4, 3, 2, 1] {
        let refused = desk.give("0852").await.unwrap_err();
        assert_eq!(refused.entry(), fault::INVALID_OTP);
        assert_eq!(refused.details(), [("attempts_remaining", left.into())]);
    }
    for _ in 0..2 {
        let refused = desk.give("0852").await.unwrap_err();
        assert_eq!(refused.entry(), fault::MAX_ATTEMPTS_EXCEEDED);
        assert_eq!(refused.details(), [("retry_after", 900.into())]);
    }
    assert!(matches!(desk.give("2580").await, Err(StepUpError::Locked { .. })), "the right one too");
    let refusals = [Action::StepUpRefused; 5];
    assert_eq!(desk.actions(), [&[Action::PinSet], refusals.as_slice(), &[Action::PinLocked]].concat());
    desk.clock.advance(Duration::minutes(15));
    desk.give("2580").await.unwrap();
}

#[tokio::test]
async fn locks_grow_and_the_twentieth_wrong_one_holds_until_a_reset() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    for lasts in [900, 1_800, 3_600] {
        for _ in 0..4 {
            assert_eq!(desk.give("0852").await.unwrap_err().entry(), fault::INVALID_OTP);
        }
        let locked = desk.give("0852").await.unwrap_err();
        assert_eq!(
            (locked.entry(), locked.details()),
            (fault::MAX_ATTEMPTS_EXCEEDED, vec![("retry_after", lasts.into())])
        );
        desk.clock.advance(Duration::seconds(lasts));
    }
    for _ in 0..4 {
        desk.give("0852").await.unwrap_err();
    }
    for pin in ["0852", "0852", "2580"] {
        let closed = desk.give(pin).await.unwrap_err();
        let reason = vec![("reason", "pin_reset_needed".into())];
        assert_eq!((closed.entry(), closed.details()), (catalogue::INVALID_STATE, reason));
        desk.clock.advance(Duration::days(30));
    }
    assert_eq!(desk.set("9041", None).await.unwrap_err().entry(), fault::STEP_UP_REQUIRED);
    desk.set("9041", Some("1994-03-02")).await.unwrap();
    desk.give("9041").await.unwrap();
}

#[tokio::test]
async fn a_right_one_shortens_the_next_lock_again() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    for _ in 0..6 {
        for _ in 0..5 {
            desk.give("0852").await.unwrap_err();
        }
        let locked = desk.give("2580").await.unwrap_err();
        assert_eq!(locked.details(), [("retry_after", 900.into())]);
        desk.clock.advance(Duration::minutes(15));
        desk.give("2580").await.unwrap();
    }
}

#[tokio::test]
async fn fifty_wrong_ones_at_once_are_compared_five_times() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    let outcomes = join_all((0..50).map(|_| desk.give("0852"))).await;
    let wrong = outcomes.iter().filter(|outcome| matches!(outcome, Err(StepUpError::Wrong { .. }))).count();
    let locked = outcomes.iter().filter(|outcome| matches!(outcome, Err(StepUpError::Locked { .. }))).count();
    assert_eq!((wrong, locked), (4, 46), "the fifth locks");
    let compared = desk.actions().iter().filter(|action| **action == Action::StepUpRefused).count();
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn a_right_one_gives_attempts_back() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    for _ in 0..3 {
        for _ in 0..4 {
            desk.give("0852").await.unwrap_err();
        }
        desk.give("2580").await.unwrap();
    }
}

#[tokio::test]
async fn who_has_no_pin_is_told_so() {
    let refused = desk().await.give("2580").await.unwrap_err();
    assert_eq!(refused.entry(), catalogue::INVALID_STATE);
    assert_eq!(refused.details(), [("reason", "no_pin".into())]);
}

#[tokio::test]
async fn a_wrong_one_time_code_sets_nothing() {
    let mut codes = MockCodeCheck::new();
    codes.expect_confirm().returning(|_| Err(VerifyError::InvalidOtp { attempts_remaining: Some(3) }));
    let desk = desk_where(codes);
    desk.is_born("1994-03-02").await;
    let refused = desk.set("2580", None).await.unwrap_err();
    assert_eq!(refused.entry(), fault::INVALID_OTP);
    assert_eq!(refused.details(), [("attempts_remaining", 3.into())]);
    assert!(matches!(desk.give("2580").await, Err(StepUpError::Missing)));
}

#[tokio::test]
async fn a_thief_with_the_telephone_cannot_replace_the_pin() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    let refused = desk.set("9041", None).await.unwrap_err();
    assert_eq!(refused.entry(), fault::STEP_UP_REQUIRED);
    let refused = desk.set("9041", Some("1994-02-03")).await.unwrap_err();
    assert_eq!(refused.entry(), catalogue::FORBIDDEN);
    assert_eq!(desk.actions().last(), Some(&Action::PinRefused));
    desk.give("2580").await.unwrap();
}

#[tokio::test]
async fn what_is_missing_is_said_before_the_code_is_used_up() {
    let mut codes = MockCodeCheck::new();
    codes.expect_confirm().times(1).returning(|_| Ok(()));
    let desk = desk_where(codes);
    let refused = desk.set("2580", None).await.unwrap_err();
    assert_eq!(refused.entry(), catalogue::INVALID_STATE);
    let reason = ("reason", "no_birth_date_on_record".into());
    assert_eq!(refused.details(), [("field", "dob".into()), reason]);
    desk.is_born("1994-03-02").await;
    desk.set("2580", None).await.unwrap();
    assert!(matches!(desk.set("9041", None).await, Err(SetPinError::ProofNeeded)));
}

#[tokio::test]
async fn a_birth_date_that_goes_while_a_pin_is_set_takes_it_along() {
    let elsewhere: Arc<OnceLock<Desk>> = Arc::default();
    let mut codes = MockCodeCheck::new();
    codes.expect_confirm().returning({
        let elsewhere = elsewhere.clone();
        // What the person does on another device while the code is compared.
        move |_| {
            elsewhere.get().map(|desk| desk.record_birth_date(Change::Clear).now_or_never());
            Ok(())
        }
    });
    let desk = desk_where(codes);
    desk.is_born("1994-03-02").await;
    assert!(elsewhere.set(desk.clone()).is_ok());
    let refused = desk.set("2580", None).await.unwrap_err();
    assert!(matches!(refused, SetPinError::Overtaken), "{refused}");
    assert!(matches!(desk.give("2580").await, Err(StepUpError::Missing)));
}

#[tokio::test]
async fn the_birth_date_lifts_a_lock() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    for _ in 0..5 {
        desk.give("0852").await.unwrap_err();
    }
    desk.set("9041", Some("1994-03-02")).await.unwrap();
    assert!(matches!(desk.give("2580").await, Err(StepUpError::Wrong { .. })));
    desk.give("9041").await.unwrap();
}

#[tokio::test]
async fn who_just_gave_the_pin_may_replace_it_and_then_gives_the_new_one() {
    let desk = desk().await;
    desk.set("2580", None).await.unwrap();
    desk.give("2580").await.unwrap();
    desk.set("9041", None).await.unwrap();
    assert!(desk.step_ups.require_grant(desk.user_id, desk.session_id).await.is_err());
    desk.give("9041").await.unwrap();
}

#[tokio::test]
async fn nobody_sets_no_pin() {
    let mut desk = desk().await;
    desk.user_id = UserId::generate(&desk.env);
    assert_eq!(desk.set("2580", None).await.unwrap_err().entry(), fault::USER_NOT_FOUND);
}
