//! The words that are stored and hashed, written out: they never change, whatever their variants are called.

use identity::{
    Action, Actor, Channel, Effect, EndReason, Gender, KycStatus, Meter, Occupation, Purpose, Role, Surface,
};
use kernel::{UserId, uuid::Uuid};

fn pinned<T: Copy, const N: usize>(word: impl Fn(T) -> &'static str, pairs: [(T, &'static str); N]) {
    assert_eq!(pairs.map(|(variant, _)| word(variant)), pairs.map(|(_, written)| written));
}

#[test]
fn of_the_audit_log() {
    let actions = [
        (Action::SignedUp, "signed_up"),
        (Action::SignedIn, "signed_in"),
        (Action::SignInRefused, "sign_in_refused"),
        (Action::SignedOut, "signed_out"),
        (Action::SessionRevoked, "session_revoked"),
        (Action::OtherSessionsRevoked, "other_sessions_revoked"),
        (Action::TokenReuseDetected, "token_reuse_detected"),
        (Action::ProfileChanged, "profile_changed"),
        (Action::ConsentGiven, "consent_given"),
        (Action::ConsentWithdrawn, "consent_withdrawn"),
        (Action::PinSet, "pin_set"),
        (Action::PinRefused, "pin_refused"),
        (Action::PinLocked, "pin_locked"),
        (Action::SteppedUp, "stepped_up"),
        (Action::StepUpRefused, "step_up_refused"),
        (Action::RoleGranted, "role_granted"),
        (Action::RoleRevoked, "role_revoked"),
        (Action::OperatorActed, "operator_acted"),
        (Action::DataExported, "data_exported"),
        (Action::AccountClosed, "account_closed"),
    ];
    assert_eq!(Action::ALL, actions.map(|(action, _)| action));
    pinned(Action::word, actions);
    let person = Actor::Person(UserId::new(Uuid::from_u128(7)));
    assert_eq!(person.to_text(), "person:00000000-0000-0000-0000-000000000007");
    let others = [Actor::Anonymous, Actor::Operator, Actor::System];
    assert_eq!(others.map(Actor::to_text), ["anonymous", "operator", "system"]);
}

#[test]
fn of_the_profile() {
    let genders = [(Gender::Male, "male"), (Gender::Female, "female"), (Gender::Other, "other")];
    assert_eq!(Gender::WORDS, genders.map(|(_, word)| word));
    pinned(Gender::word, genders);
    for (gender, word) in genders {
        assert_eq!(Gender::parse(word), Ok(gender));
    }
    let occupations = [
        (Occupation::Driver, "driver"),
        (Occupation::DeliveryPartner, "delivery_partner"),
        (Occupation::DomesticWorker, "domestic_worker"),
        (Occupation::ConstructionWorker, "construction_worker"),
        (Occupation::StreetVendor, "street_vendor"),
        (Occupation::Salaried, "salaried"),
        (Occupation::SelfEmployed, "self_employed"),
        (Occupation::Professional, "professional"),
        (Occupation::Student, "student"),
        (Occupation::Homemaker, "homemaker"),
        (Occupation::Retired, "retired"),
        (Occupation::Other, "other"),
    ];
    assert_eq!(Occupation::WORDS, occupations.map(|(_, word)| word));
    pinned(Occupation::word, occupations);
    for (occupation, word) in occupations {
        assert_eq!(Occupation::parse(word), Ok(occupation));
    }
    let statuses = [
        (KycStatus::Pending, "PENDING"),
        (KycStatus::Verified, "VERIFIED"),
        (KycStatus::Rejected, "REJECTED"),
    ];
    assert_eq!(KycStatus::WORDS, statuses.map(|(_, word)| word));
    pinned(KycStatus::word, statuses);
    for (status, word) in statuses {
        assert_eq!(KycStatus::from_word(word), Some(status));
    }
    assert_eq!(KycStatus::from_word("pending"), None);
}

#[test]
fn of_roles_and_consents() {
    let roles = [(Role::Patient, "PATIENT"), (Role::Practitioner, "PRACTITIONER"), (Role::Admin, "ADMIN")];
    assert_eq!(Role::ALL, roles.map(|(role, _)| role));
    pinned(Role::word, roles);
    for (role, word) in roles {
        assert_eq!(Role::from_word(word), Some(role));
    }
    let purposes = [
        (Purpose::Terms, "terms"),
        (Purpose::AadhaarKyc, "aadhaar_kyc"),
        (Purpose::Wallet, "wallet"),
        (Purpose::Insurance, "insurance"),
        (Purpose::HealthIntake, "health_intake"),
        (Purpose::Consultation, "consultation"),
        (Purpose::Offers, "offers"),
    ];
    assert_eq!(Purpose::WORDS, purposes.map(|(_, word)| word));
    pinned(Purpose::word, purposes);
    for (purpose, word) in purposes {
        assert_eq!(Purpose::parse(word), Ok(purpose));
    }
    pinned(
        Channel::word,
        [
            (Channel::App, "app"),
            (Channel::Web, "web"),
            (Channel::Partner, "partner"),
            (Channel::Assisted, "assisted"),
        ],
    );
}

#[test]
fn of_sessions_codes_and_counters() {
    pinned(
        EndReason::word,
        [
            (EndReason::LoggedOut, "logged_out"),
            (EndReason::Revoked, "revoked"),
            (EndReason::Reused, "reused"),
            (EndReason::Crowded, "crowded"),
        ],
    );
    pinned(Surface::word, [(Surface::App, "app"), (Surface::Patient, "patient")]);
    pinned(
        Effect::word,
        [(Effect::GiveBack, "give_back"), (Effect::Forget, "forget"), (Effect::Verified, "verified")],
    );
    pinned(
        Meter::word,
        [
            (Meter::Resend, "resend"),
            (Meter::TriggersPerMinute, "triggers_per_minute"),
            (Meter::TriggersPerDay, "triggers_per_day"),
            (Meter::TriggersPerHour, "triggers_per_hour"),
            (Meter::Conversion, "conversion"),
            (Meter::Spend, "spend"),
            (Meter::WrongCodesPerDay, "wrong_codes_per_day"),
            (Meter::WrongCodesInARow, "wrong_codes_in_a_row"),
        ],
    );
}
