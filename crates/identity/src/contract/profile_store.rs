//! What every store of profiles must do.

#![expect(clippy::unwrap_used, reason = "a suite stops at the first thing that is wrong")]

use super::world::{World, news_of, origin, person};
use crate::{
    Action, AuditEvent, BirthDate, Change, Email, Employer, Event, Gender, Occupation, PersonName,
    PostalAddress, Profile, ProfilePatch, Told,
    ports::{ProfileChange, ProfileStore},
};
use futures::future::join_all;
use kernel::{News, UserId};

/// Runs every clause.
pub async fn profile_store(world: &dyn World, store: &dyn ProfileStore) {
    nobody_has_no_profile(world, store).await;
    a_new_person_has_an_empty_one(world, store).await;
    named_fields_change_and_others_stay(world, store).await;
    a_change_is_audited_and_told(world, store).await;
    the_first_changes_at_once_lose_no_field(world, store).await;
    changes_of_one_field_at_once_leave_one_of_them(world, store).await;
}

pub(super) fn change(world: &dyn World, user_id: UserId, patch: ProfilePatch) -> ProfileChange {
    let env = world.env();
    let event = Event::ProfileChanged { user_id, affects_eligibility: patch.affects_eligibility() };
    ProfileChange {
        user_id,
        patch,
        seen_pin: None,
        at: env.now(),
        audit: AuditEvent::own(env, Action::ProfileChanged, user_id, &origin()),
        news: News { id: env.new_uuid(), at: env.now(), event },
    }
}

fn name(text: &str) -> Change<PersonName> {
    Change::Set(PersonName::stored(text.to_owned()))
}

fn everything() -> ProfilePatch {
    ProfilePatch {
        first_name: name("आशा"),
        last_name: name("Devi"),
        email: Change::Set(Email::stored("asha@example.in".to_owned())),
        dob: Change::Set(BirthDate::stored("1994-03-02").unwrap()),
        gender: Change::Set(Gender::Female),
        address: Change::Set(PostalAddress::stored("12 MG Road, Bengaluru".to_owned())),
        occupation: Change::Set(Occupation::DeliveryPartner),
        employer: Change::Set(Employer::stored("Swift".to_owned())),
    }
}

/// The fields of [`everything`], each in a patch of its own.
fn one_by_one() -> Vec<ProfilePatch> {
    let all = everything();
    let none = ProfilePatch::default;
    vec![
        ProfilePatch { first_name: all.first_name, ..none() },
        ProfilePatch { last_name: all.last_name, ..none() },
        ProfilePatch { email: all.email, ..none() },
        ProfilePatch { dob: all.dob, ..none() },
        ProfilePatch { gender: all.gender, ..none() },
        ProfilePatch { address: all.address, ..none() },
        ProfilePatch { occupation: all.occupation, ..none() },
        ProfilePatch { employer: all.employer, ..none() },
    ]
}

async fn nobody_has_no_profile(world: &dyn World, store: &dyn ProfileStore) {
    let nobody = UserId::generate(world.env());
    assert_eq!(store.find(nobody).await.unwrap(), None);
    assert_eq!(store.record_change(&change(world, nobody, everything())).await.unwrap(), None);
    assert_eq!(world.audited(nobody).await, []);
    assert_eq!(news_of(world, nobody).await, []);
}

async fn a_new_person_has_an_empty_one(world: &dyn World, store: &dyn ProfileStore) {
    let (user_id, phone) = person(world).await;
    assert_eq!(store.find(user_id).await.unwrap(), Some(Profile::empty(user_id, phone)));
}

async fn named_fields_change_and_others_stay(world: &dyn World, store: &dyn ProfileStore) {
    let (user_id, phone) = person(world).await;
    let mut expected = Profile::empty(user_id, phone);
    let some = ProfilePatch {
        first_name: name("Aasha"),
        gender: Change::Clear,
        email: Change::Clear,
        ..ProfilePatch::default()
    };
    let none = ProfilePatch {
        first_name: Change::Clear,
        last_name: Change::Clear,
        email: Change::Clear,
        dob: Change::Clear,
        gender: Change::Clear,
        address: Change::Clear,
        occupation: Change::Clear,
        employer: Change::Clear,
    };
    for patch in [everything(), some, none, everything()] {
        patch.apply(&mut expected.told);
        let answered = store.record_change(&change(world, user_id, patch)).await.unwrap();
        assert_eq!(answered.as_ref(), Some(&expected));
        assert_eq!(store.find(user_id).await.unwrap().as_ref(), Some(&expected));
    }
}

async fn a_change_is_audited_and_told(world: &dyn World, store: &dyn ProfileStore) {
    let (user_id, _) = person(world).await;
    let fact = change(world, user_id, everything());
    store.record_change(&fact).await.unwrap();
    assert_eq!(world.audited(user_id).await, [fact.audit]);
    assert_eq!(news_of(world, user_id).await, [fact.news]);
}

async fn the_first_changes_at_once_lose_no_field(world: &dyn World, store: &dyn ProfileStore) {
    for _ in 0..5 {
        let (user_id, phone) = person(world).await;
        let facts: Vec<_> = one_by_one().into_iter().map(|patch| change(world, user_id, patch)).collect();
        for answered in join_all(facts.iter().map(|fact| store.record_change(fact))).await {
            assert!(answered.unwrap().is_some());
        }
        let mut expected = Profile::empty(user_id, phone);
        everything().apply(&mut expected.told);
        assert_eq!(store.find(user_id).await.unwrap(), Some(expected));
        assert_eq!(world.audited(user_id).await.len(), facts.len());
    }
}

async fn changes_of_one_field_at_once_leave_one_of_them(world: &dyn World, store: &dyn ProfileStore) {
    let (user_id, _) = person(world).await;
    let names: Vec<_> = (0..20).map(|number| format!("Asha {number}")).collect();
    let facts: Vec<_> = names
        .iter()
        .map(|text| {
            change(world, user_id, ProfilePatch { first_name: name(text), ..ProfilePatch::default() })
        })
        .collect();
    join_all(facts.iter().map(|fact| store.record_change(fact))).await;
    let kept = store.find(user_id).await.unwrap().and_then(|profile| profile.told.first_name);
    assert!(kept.is_some_and(|kept| names.iter().any(|text| text == kept.expose())));
}

impl ProfilePatch {
    /// Makes the change. Every store does the same; this is the rule they are held to.
    pub fn apply(&self, told: &mut Told) {
        set(&self.first_name, &mut told.first_name);
        set(&self.last_name, &mut told.last_name);
        set(&self.email, &mut told.email);
        set(&self.dob, &mut told.dob);
        set(&self.gender, &mut told.gender);
        set(&self.address, &mut told.address);
        set(&self.occupation, &mut told.occupation);
        set(&self.employer, &mut told.employer);
    }
}

fn set<T: Clone>(change: &Change<T>, field: &mut Option<T>) {
    if let Some(content) = change.named() {
        *field = content.cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applying_touches_named_fields_only() {
        let mut told = Told { gender: Some(Gender::Other), ..Told::default() };
        told.employer = Employer::parse("Swift Cabs").unwrap();
        let patch = ProfilePatch { gender: Change::Clear, ..ProfilePatch::default() };
        patch.apply(&mut told);
        assert_eq!(told.gender, None);
        assert!(told.employer.is_some());
    }
}
