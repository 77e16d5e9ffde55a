//! What every store of consents must do.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, origin, person};
use crate::{
    Action, AuditEvent, Channel, Consent, ConsentId, ConsentText, Language, Purpose, TextVersion,
    ports::{ConsentGiven, ConsentStore, ConsentWithdrawal},
};
use futures::future::join_all;
use kernel::{Limit, UserId};
use std::collections::BTreeSet;

/// Runs every clause.
pub async fn consent_store(world: &dyn World, store: &dyn ConsentStore) {
    a_consent_holds_until_it_is_withdrawn(world, store).await;
    the_same_words_twice_are_one_consent(world, store).await;
    other_words_take_its_place(world, store).await;
    people_and_purposes_are_apart(world, store).await;
    pages_show_all_of_them(world, store).await;
    however_many_agree_at_once_one_is_live(world, store).await;
    however_many_withdraw_at_once_one_does(world, store).await;
}

fn given(world: &dyn World, user_id: UserId, purpose: Purpose, version: &str) -> ConsentGiven {
    let env = world.env();
    let language = Language::parse("hi").unwrap();
    let consent = Consent {
        id: ConsentId::generate(env),
        user_id,
        purpose,
        text: ConsentText { version: TextVersion::parse(version).unwrap(), language },
        channel: Channel::App,
        given_at: env.now(),
        withdrawn_at: None,
        replaced_by: None,
    };
    ConsentGiven { consent, audit: AuditEvent::own(env, Action::ConsentGiven, user_id, &origin()) }
}

fn withdrawal(world: &dyn World, user_id: UserId, purpose: Purpose) -> ConsentWithdrawal {
    let env = world.env();
    let audit = AuditEvent::own(env, Action::ConsentWithdrawn, user_id, &origin());
    ConsentWithdrawal { user_id, purpose, at: env.now(), audit }
}

async fn a_consent_holds_until_it_is_withdrawn(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    let purpose = Purpose::HealthIntake;
    assert_eq!(store.live(user_id, purpose).await.unwrap(), None);
    assert_eq!(store.record_withdrawal(&withdrawal(world, user_id, purpose)).await.unwrap(), None);
    assert_eq!(world.audited(user_id).await, [], "nothing happened");
    let fact = given(world, user_id, purpose, "1");
    assert_eq!(store.record_consent(&fact).await.unwrap(), fact.consent);
    assert_eq!(store.live(user_id, purpose).await.unwrap(), Some(fact.consent.clone()));
    let end = withdrawal(world, user_id, purpose);
    let ended = Consent { withdrawn_at: Some(end.at), ..fact.consent };
    assert_eq!(store.record_withdrawal(&end).await.unwrap(), Some(ended));
    assert_eq!(store.live(user_id, purpose).await.unwrap(), None);
    assert_eq!(world.audited(user_id).await.len(), 2);
    let again = given(world, user_id, purpose, "1");
    assert_eq!(store.record_consent(&again).await.unwrap(), again.consent, "agreeing anew is a new consent");
}

async fn the_same_words_twice_are_one_consent(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    let first = given(world, user_id, Purpose::Terms, "1");
    let second = given(world, user_id, Purpose::Terms, "1");
    store.record_consent(&first).await.unwrap();
    assert_eq!(store.record_consent(&second).await.unwrap(), first.consent);
    assert_eq!(world.audited(user_id).await, [first.audit]);
}

async fn other_words_take_its_place(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    let old = given(world, user_id, Purpose::Terms, "1");
    let mut new = given(world, user_id, Purpose::Terms, "1");
    new.consent.text.language = Language::parse("en-IN").unwrap();
    store.record_consent(&old).await.unwrap();
    assert_eq!(store.record_consent(&new).await.unwrap(), new.consent);
    assert_eq!(store.live(user_id, Purpose::Terms).await.unwrap(), Some(new.consent.clone()));
    let page = store.page(user_id, Limit::DEFAULT, None).await.unwrap().rows;
    assert!(page.contains(&Consent { replaced_by: Some(new.consent.id), ..old.consent }));
    assert_eq!(page.len(), 2);
}

async fn people_and_purposes_are_apart(world: &dyn World, store: &dyn ConsentStore) {
    let ((asha, _), (ravi, _)) = (person(world).await, person(world).await);
    store.record_consent(&given(world, asha, Purpose::Wallet, "1")).await.unwrap();
    for (user_id, purpose) in [(asha, Purpose::Offers), (ravi, Purpose::Wallet)] {
        assert_eq!(store.live(user_id, purpose).await.unwrap(), None);
        let answered = store.record_withdrawal(&withdrawal(world, user_id, purpose)).await.unwrap();
        assert_eq!(answered, None);
    }
    assert!(store.live(asha, Purpose::Wallet).await.unwrap().is_some());
}

async fn pages_show_all_of_them(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    for word in Purpose::WORDS {
        let purpose = Purpose::parse(word).unwrap();
        store.record_consent(&given(world, user_id, purpose, "1")).await.unwrap();
    }
    let three = Limit::parse(3).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.page(user_id, three, after).await.unwrap();
        seen.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first, none twice");
    let purposes: BTreeSet<_> = seen.iter().map(|consent| consent.purpose).collect();
    assert_eq!(purposes.len(), Purpose::WORDS.len());
}

async fn however_many_agree_at_once_one_is_live(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    let same: Vec<_> = (0..20).map(|_| given(world, user_id, Purpose::Terms, "1")).collect();
    let answered = join_all(same.iter().map(|fact| store.record_consent(fact))).await;
    let ids: BTreeSet<_> = answered.into_iter().map(|answered| answered.unwrap().id).collect();
    assert_eq!(ids.len(), 1, "all hear of the same one");
    assert_eq!(world.audited(user_id).await.len(), 1);
    let versions: Vec<_> =
        (0..20).map(|version| given(world, user_id, Purpose::Wallet, &version.to_string())).collect();
    for answered in join_all(versions.iter().map(|fact| store.record_consent(fact))).await {
        answered.unwrap();
    }
    let all = store.page(user_id, Limit::parse(100).unwrap(), None).await.unwrap().rows;
    let live: Vec<_> =
        all.iter().filter(|consent| consent.is_live()).map(|consent| consent.purpose).collect();
    assert_eq!(live.len(), 2, "{live:?}");
    assert_eq!(all.len(), 21);
}

async fn however_many_withdraw_at_once_one_does(world: &dyn World, store: &dyn ConsentStore) {
    let (user_id, _) = person(world).await;
    store.record_consent(&given(world, user_id, Purpose::Terms, "1")).await.unwrap();
    let facts: Vec<_> = (0..20).map(|_| withdrawal(world, user_id, Purpose::Terms)).collect();
    let answered = join_all(facts.iter().map(|fact| store.record_withdrawal(fact))).await;
    let ended = answered.into_iter().filter_map(|answered| answered.unwrap()).count();
    assert_eq!(ended, 1);
    assert_eq!(world.audited(user_id).await.len(), 2);
}
