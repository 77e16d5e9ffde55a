//! The use cases of consent, on the in-memory store.

use super::*;
use crate::{
    Language, TextVersion,
    testing::{InMemoryConsents, Journal},
};
use kernel::uuid::Uuid;

const ASHA: UserId = UserId::new(Uuid::from_u128(1));

fn desk() -> (Journal, Consents) {
    let journal = Journal::default();
    let store = Arc::new(InMemoryConsents::new(journal.clone()));
    (journal, Consents::new(Env::system(), store))
}

fn given(purpose: Purpose, version: &str) -> GiveConsent {
    let text = ConsentText {
        version: TextVersion::parse(version).unwrap(),
        language: Language::parse("hi").unwrap(),
    };
    GiveConsent { user_id: ASHA, purpose, text, channel: Channel::App, origin: Origin::default() }
}

#[tokio::test]
async fn a_use_case_that_needs_consent_refuses_without_it() {
    let (_, consents) = desk();
    let refused = consents.require(ASHA, Purpose::HealthIntake).await.unwrap_err();
    assert_eq!(refused.entry(), fault::CONSENT_REQUIRED);
    assert_eq!(refused.details(), [("purpose", "health_intake".into())]);
    let consent = consents.give(&given(Purpose::HealthIntake, "2026-01")).await.unwrap();
    assert_eq!(consents.require(ASHA, Purpose::HealthIntake).await.unwrap(), consent);
    assert!(consents.require(ASHA, Purpose::Insurance).await.is_err(), "each purpose is asked for by itself");
    let ended = consents.withdraw(ASHA, Purpose::HealthIntake, &Origin::default()).await.unwrap();
    assert!(ended.withdrawn_at.is_some());
    assert!(consents.require(ASHA, Purpose::HealthIntake).await.is_err());
    assert!(consents.withdraw(ASHA, Purpose::HealthIntake, &Origin::default()).await.is_err());
}

#[tokio::test]
async fn giving_and_withdrawing_are_audited() {
    let (journal, consents) = desk();
    let consent = consents.give(&given(Purpose::Terms, "1")).await.unwrap();
    consents.give(&given(Purpose::Terms, "1")).await.unwrap();
    consents.withdraw(ASHA, Purpose::Terms, &Origin::default()).await.unwrap();
    let events = journal.audited(ASHA);
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    assert_eq!(actions, [Action::ConsentGiven, Action::ConsentWithdrawn]);
    assert_eq!(events[0].detail.get("consent"), Some(consent.id.to_string().as_str()));
    assert_eq!(consents.list(ASHA, Limit::DEFAULT, None).await.unwrap().rows.len(), 1);
}
