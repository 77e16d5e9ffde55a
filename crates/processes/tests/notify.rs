//! Whoever's refresh token came back is told once, and news of anything else tells nobody.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use identity::{
    Event, Phone, Profiles, Template,
    testing::{InMemoryPins, InMemoryProfiles, Inbox, Journal, Outage, People},
};
use kernel::{Env, News, SessionId, UserId};
use processes::{Heard, Notify, Outcome, Process as _};
use std::sync::Arc;

struct World {
    env: Env,
    inbox: Arc<Inbox>,
    notify: Notify,
    asha: UserId,
    phone: Phone,
}

fn world() -> World {
    let env = Env::system();
    let (people, journal, inbox) = (People::default(), Journal::default(), Arc::new(Inbox::default()));
    let (asha, phone) = (UserId::generate(&env), Phone::parse("9876543210").unwrap());
    people.add(asha, phone.clone());
    let store = InMemoryProfiles::new(people, journal);
    let pins = Arc::new(InMemoryPins::beside(&store));
    let profiles = Profiles::new(env.clone(), Arc::new(store), pins);
    let template = Template::parse("1107161234567890124", "One of your devices was signed out.").unwrap();
    let notify = Notify::new(Arc::new(profiles), inbox.clone(), template);
    World { env, inbox, notify, asha, phone }
}

impl World {
    fn news(&self, event: Event) -> Heard {
        Heard::Identity(News { id: self.env.new_uuid(), at: self.env.now(), event })
    }

    fn reuse(&self, user_id: UserId) -> Heard {
        self.news(Event::TokenReuseDetected { user_id, session_id: SessionId::generate(&self.env) })
    }

    fn told(&self) -> Vec<String> {
        self.inbox.of(&self.phone).iter().map(|message| message.text().to_owned()).collect()
    }
}

#[tokio::test]
async fn the_person_is_told_in_the_registered_words() {
    let world = world();
    let news = world.reuse(world.asha);
    assert!(world.notify.hears(&news));
    assert_eq!(world.notify.act(&news).await, Outcome::Done);
    assert_eq!(world.told(), ["One of your devices was signed out."]);
}

#[tokio::test]
async fn a_carrier_that_is_away_is_tried_again_and_one_that_does_not_answer_is_not() {
    let world = world();
    let news = world.reuse(world.asha);
    for (outage, again) in [(Outage::Unavailable, true), (Outage::Refused, false), (Outage::Unknown, false)] {
        world.inbox.set_outage(Some(outage));
        let outcome = world.notify.act(&news).await;
        assert_eq!(matches!(outcome, Outcome::Later { .. }), again, "{outage:?}: {outcome:?}");
        assert_eq!(outcome == Outcome::Done, !again, "{outage:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn nobody_is_told_of_anything_else_and_nobody_who_is_not_there() {
    let world = world();
    for event in [
        Event::SignedUp { user_id: world.asha },
        Event::ProfileChanged { user_id: world.asha, affects_eligibility: true },
    ] {
        let news = world.news(event);
        assert!(!world.notify.hears(&news));
        assert_eq!(world.notify.act(&news).await, Outcome::Done);
    }
    let gone = world.reuse(UserId::generate(&world.env));
    assert!(matches!(world.notify.act(&gone).await, Outcome::Never { .. }));
    assert_eq!(world.told(), Vec::<String>::new());
}
