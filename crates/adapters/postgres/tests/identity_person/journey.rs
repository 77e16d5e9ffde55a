//! From the first code to a step-up, on a real server: what one port writes, the others read.

use audit::{Audits, contract::seal_keys, ports::AuditLog as _};
use identity::{
    Action, Actor, BirthDate, CodeHashing, GivePin, GrantRole, HashCost, KycStatus, Origin, PatchProfile,
    Phone, Pin, PinPolicy, Profile, ProfileFields, ProfilePatch, Profiles, Role, RoleGrants, SetPin,
    StepUpPorts, StepUps,
    testing::{FrontDesk, SignInStores},
};
use kernel::{Env, Fault as _, Limit, SessionId, UserId, business_day};
use postgres::{Postgres, testing::TestDatabase};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, sync::Arc};
use time::Duration;

/// Every service of a person over one database, and Asha, who has just signed in.
struct Journey {
    postgres: Postgres,
    desk: FrontDesk,
    profiles: Profiles,
    step_ups: StepUps,
    phone: Phone,
    user_id: UserId,
    session_id: SessionId,
    _database: TestDatabase,
}

impl Journey {
    async fn begin() -> Self {
        let database = TestDatabase::create().await;
        let postgres = database.open(&Env::system()).await;
        let desk = FrontDesk::over(SignInStores {
            sign_ins: Arc::new(postgres.sign_ins()),
            sessions: Arc::new(postgres.sessions()),
            budgets: Arc::new(postgres.budgets()),
        });
        let (env, pins) = (desk.env.clone(), Arc::new(postgres.pins()));
        let profiles = Profiles::new(env.clone(), Arc::new(postgres.profiles()), pins.clone());
        let peppers = BTreeMap::from([(1, SecretSlice::from(vec![1; 32]))]);
        let cost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };
        let ports = StepUpPorts {
            pins,
            profiles: Arc::new(postgres.profiles()),
            audit: Arc::new(postgres.audit_trail()),
            hasher: Arc::new(CodeHashing::new(peppers, 1, cost).unwrap()),
            codes: Arc::new(desk.sign_ins.clone()),
        };
        let step_ups = StepUps::new(env, ports, PinPolicy::contract());
        let phone = Phone::parse("98765 43210").unwrap();
        let signed_in = desk.sign_in(&phone, None).await.unwrap();
        let (user_id, session_id) = (signed_in.user_id, signed_in.session_id);
        Self { postgres, desk, profiles, step_ups, phone, user_id, session_id, _database: database }
    }

    async fn tell(&self, fields: ProfileFields) -> Profile {
        let patch = ProfilePatch::parse(&fields, business_day(self.desk.env.now())).unwrap();
        let (user_id, session_id) = (self.user_id, self.session_id);
        let wanted = PatchProfile { user_id, session_id, patch, origin: Origin::default() };
        self.profiles.patch(&wanted).await.unwrap()
    }

    /// What setting this PIN with a fresh code asks for.
    async fn pin(&self, pin: &str) -> SetPin {
        self.desk.clock.advance(Duration::MINUTE);
        self.desk.ask(&self.phone, None).await.unwrap();
        let code = self.desk.inbox.code(&self.phone).unwrap();
        SetPin {
            user_id: self.user_id,
            session_id: self.session_id,
            pin: Pin::parse_new(pin).unwrap(),
            otp: self.desk.sign_ins.parse_code(&code).unwrap(),
            dob: None,
            device_token: None,
            origin: Origin::default(),
        }
    }

    fn give(&self, pin: &str) -> GivePin {
        let pin = Pin::parse(pin).unwrap();
        GivePin { user_id: self.user_id, session_id: self.session_id, pin, origin: Origin::default() }
    }
}

fn text(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[tokio::test]
async fn whoever_signed_in_tells_who_they_are() {
    let asha = Journey::begin().await;
    let profile = asha.profiles.get(asha.user_id).await.unwrap();
    assert_eq!((profile.phone.e164(), profile.kyc_status), ("+919876543210", KycStatus::Pending));
    assert!(!profile.is_complete());
    let names =
        ProfileFields { first_name: text("Asha"), last_name: text("Devi"), ..ProfileFields::default() };
    assert!(asha.tell(names).await.is_complete());
}

#[tokio::test]
async fn a_pin_is_set_with_a_fresh_code_and_opens_the_way_to_money() {
    let asha = Journey::begin().await;
    asha.tell(ProfileFields { dob: text("1994-03-02"), ..ProfileFields::default() }).await;
    let set = asha.pin("2580").await;
    asha.step_ups.set_pin(&set).await.unwrap();
    let again = SetPin { dob: BirthDate::stored("1994-03-02"), ..set };
    let refused = asha.step_ups.set_pin(&again).await.unwrap_err();
    assert_eq!(refused.entry().code, "INVALID_OTP", "a code is good once");
    assert!(asha.step_ups.require_grant(asha.user_id, asha.session_id).await.is_err());
    assert_eq!(asha.step_ups.step_up(&asha.give("0852")).await.unwrap_err().entry().code, "INVALID_OTP");
    asha.step_ups.step_up(&asha.give("2580")).await.unwrap();
    asha.step_ups.require_grant(asha.user_id, asha.session_id).await.unwrap();
    let fresh = SetPin { dob: BirthDate::stored("1994-03-02"), ..asha.pin("9041").await };
    asha.step_ups.set_pin(&fresh).await.unwrap();
    asha.step_ups.step_up(&asha.give("9041")).await.unwrap();
}

#[tokio::test]
async fn a_role_that_is_taken_takes_the_sessions_along() {
    let asha = Journey::begin().await;
    let (roles, sessions) = (Arc::new(asha.postgres.roles()), Arc::new(asha.postgres.sessions()));
    let roles = RoleGrants::new(asha.desk.env.clone(), roles, sessions);
    let (actor, user_id, origin) = (Actor::Operator, asha.user_id, Origin::default());
    let role = GrantRole { actor, user_id, role: Role::Practitioner, origin };
    assert!(roles.give(&role).await.unwrap().has(Role::Practitioner));
    assert!(asha.desk.sessions.is_live(asha.session_id).await.unwrap());
    assert!(!roles.take(&role).await.unwrap().has(Role::Practitioner));
    assert!(!asha.desk.sessions.is_live(asha.session_id).await.unwrap());
}

#[tokio::test]
async fn all_of_it_is_in_the_audit_log() {
    let asha = Journey::begin().await;
    let told =
        ProfileFields { first_name: text("Asha"), dob: text("1994-03-02"), ..ProfileFields::default() };
    asha.tell(told).await;
    asha.step_ups.set_pin(&asha.pin("2580").await).await.unwrap();
    asha.step_ups.step_up(&asha.give("0852")).await.unwrap_err();
    asha.step_ups.step_up(&asha.give("2580")).await.unwrap();
    let log = Arc::new(asha.postgres.audit_log());
    let entries = log.page(asha.user_id, Limit::DEFAULT, None).await.unwrap().rows;
    let actions: Vec<_> = entries.iter().filter_map(|entry| Action::from_word(&entry.action)).collect();
    let expected =
        [Action::SignedUp, Action::ProfileChanged, Action::PinSet, Action::StepUpRefused, Action::SteppedUp];
    for action in expected {
        assert!(actions.contains(&action), "{action:?} not in {actions:?}");
    }
    let audits = Audits::new(asha.desk.env.clone(), log, Arc::new(seal_keys(1)));
    assert_eq!(audits.seal().await.unwrap().map(|checkpoint| checkpoint.chains), Some(1));
    assert!(audits.verify().await.unwrap().is_sound());
}
