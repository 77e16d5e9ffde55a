//! A wallet is opened and filled at its issuer however often the news of it comes and wherever a step fails.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say so and stop")]

use identity::{
    Phone, Profiles,
    testing::{InMemoryPins, InMemoryProfiles, Journal, People},
};
use kernel::{Env, MovableClock, News, Paise, SystemEntropy, UserId};
use processes::{Heard, MirrorCredit, Outcome, Process as _, ProvisionWallet};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};
use wallet::{
    Credit, CreditKind, Ledger, LimitTable, Provisioning, Reference, Source, TransferId, Wallets,
    testing::{InMemoryBooks, InMemoryIssuer, Misbehaviour},
};

const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

struct World {
    env: Env,
    clock: Arc<MovableClock>,
    issuer: Arc<InMemoryIssuer>,
    wallets: Arc<Wallets>,
    ledger: Ledger,
    provision: ProvisionWallet,
    mirror: MirrorCredit,
    asha: UserId,
}

fn world() -> World {
    let clock = Arc::new(MovableClock::standing_at(START));
    let env = Env::new(clock.clone(), Arc::new(SystemEntropy));
    let (people, journal) = (People::default(), Journal::default());
    let asha = UserId::generate(&env);
    people.add(asha, Phone::parse("9876543210").unwrap());
    let profiles = InMemoryProfiles::new(people, journal);
    let pins = Arc::new(InMemoryPins::beside(&profiles));
    let profiles = Arc::new(Profiles::new(env.clone(), Arc::new(profiles), pins));
    let (books, issuer) = (Arc::new(InMemoryBooks::default()), Arc::new(InMemoryIssuer::new()));
    let limits = LimitTable::rbi_2021();
    let wallets = Wallets::new(env.clone(), limits.clone(), books.clone(), issuer.clone(), books.clone());
    let wallets = Arc::new(wallets);
    World {
        ledger: Ledger::new(env.clone(), limits, books),
        provision: ProvisionWallet::new(profiles, wallets.clone()),
        mirror: MirrorCredit::new(wallets.clone()),
        env,
        clock,
        issuer,
        wallets,
        asha,
    }
}

impl World {
    fn signed_up(&self) -> Heard {
        let event = identity::Event::SignedUp { user_id: self.asha };
        Heard::Identity(News { id: self.env.new_uuid(), at: self.env.now(), event })
    }

    fn requested(&self) -> Heard {
        let event = wallet::Event::WalletRequested { user_id: self.asha };
        Heard::Wallet(News { id: self.env.new_uuid(), at: self.env.now(), event })
    }

    /// Acts on the news until nothing is left to do, as the worker does; answers how the last try ended.
    async fn opened(&self) -> Outcome {
        self.provision.act(&self.signed_up()).await;
        let news = self.requested();
        for _ in 0..200 {
            match self.provision.act(&news).await {
                Outcome::At(at) => self.clock.advance((at - self.env.now()).max(time::Duration::SECOND)),
                outcome => return outcome,
            }
        }
        panic!("it never ends");
    }

    async fn credit(&self, reference: &str, rupees: i32) -> Heard {
        let (reference, amount) = (Reference::parse(reference).unwrap(), Paise::rupees(rupees));
        let credit = Credit {
            user_id: self.asha,
            kind: CreditKind::Topup,
            source: Source::Own,
            amount,
            reference: reference.clone(),
            order: None,
        };
        self.ledger.credit(&credit).await.unwrap();
        let event = wallet::Event::WalletCredited {
            user_id: self.asha,
            transfer_id: TransferId::generate(&self.env),
            amount_paise: amount,
            source: Source::Own,
            reference,
        };
        Heard::Wallet(News { id: self.env.new_uuid(), at: self.env.now(), event })
    }
}

#[tokio::test]
async fn signing_up_asks_for_one_wallet_and_the_wallet_is_opened_once() {
    let world = world();
    for _ in 0..3 {
        assert_eq!(world.provision.act(&world.signed_up()).await, Outcome::Done);
    }
    for _ in 0..3 {
        assert_eq!(world.opened().await, Outcome::Done);
    }
    assert_eq!((world.issuer.opens_asked(), world.issuer.wallets()), (1, 1));
}

#[tokio::test]
async fn each_step_may_fail_and_the_wallet_is_opened_once_all_the_same() {
    for failing in [Misbehaviour::Refuses, Misbehaviour::LosesCall, Misbehaviour::LosesAnswer] {
        for times in 1..=4 {
            let world = world();
            world.issuer.misbehave(vec![failing; times]);
            assert_eq!(world.opened().await, Outcome::Done, "{failing:?} × {times}");
            assert_eq!(world.issuer.wallets(), 1, "{failing:?} × {times}");
        }
    }
}

#[tokio::test]
async fn after_the_fifth_try_it_is_given_up_and_an_operator_sees_it() {
    let world = world();
    world.issuer.misbehave(vec![Misbehaviour::Refuses; 5]);
    assert!(matches!(world.opened().await, Outcome::Never { .. }));
    assert_eq!(world.issuer.opens_asked(), 5);
    let wallet = world.wallets.get(world.asha).await.unwrap();
    assert!(matches!(wallet.provisioning, Provisioning::Failed), "{:?}", wallet.provisioning);
}

#[tokio::test]
async fn a_credit_is_loaded_once_however_often_and_badly_it_is_told() {
    let world = world();
    assert_eq!(world.opened().await, Outcome::Done);
    let news = world.credit("topup:A1", 250).await;
    assert!(world.mirror.hears(&news) && !world.mirror.hears(&world.signed_up()));
    world.issuer.misbehave([Misbehaviour::LosesCall, Misbehaviour::LosesAnswer, Misbehaviour::StaysAtWork]);
    for _ in 0..3 {
        assert!(matches!(world.mirror.act(&news).await, Outcome::Later { .. }));
    }
    for _ in 0..3 {
        assert_eq!(world.mirror.act(&news).await, Outcome::Done);
    }
    assert_eq!(world.issuer.loaded(), Paise::rupees(250));
}

#[tokio::test]
async fn a_load_whose_job_was_given_up_is_asked_after_all_the_same() {
    let world = world();
    assert_eq!(world.opened().await, Outcome::Done);
    let news = world.credit("topup:A1", 250).await;
    world.issuer.misbehave([Misbehaviour::LosesAnswer]);
    assert!(matches!(world.mirror.act(&news).await, Outcome::Later { .. }));
    assert_eq!(world.wallets.ask_after_loads().await.unwrap(), 0, "its own job is still at it");
    world.clock.advance(time::Duration::minutes(11));
    assert_eq!(world.wallets.ask_after_loads().await.unwrap(), 1);
    assert_eq!(world.wallets.ask_after_loads().await.unwrap(), 0, "it is known now");
    assert_eq!(world.issuer.loaded(), Paise::rupees(250));
}

#[tokio::test]
async fn a_refused_load_is_buried_for_an_operator() {
    let world = world();
    assert_eq!(world.opened().await, Outcome::Done);
    let news = world.credit("topup:A1", 250).await;
    world.issuer.misbehave([Misbehaviour::Refuses]);
    for _ in 0..2 {
        assert!(matches!(world.mirror.act(&news).await, Outcome::Never { .. }), "refused once is refused");
    }
    assert_eq!(world.issuer.loaded(), Paise::ZERO);
}
