//! How a wallet comes to be open: recorded once, one try at a time, nothing lost.
#![expect(clippy::expect_used, clippy::panic, reason = "a contract that is broken must say so and stop")]

use super::{Stores, phone};
use crate::{
    Event, HolderRef, IssuedWallet, IssuerStatus, KycLevel, LEASE, LookupError, Outcome, Provisioning,
    RequeueError, TRIES_MAX, WORK_MAX, WalletId, Wallets,
    ports::{Advance, Advanced, OpenWallet},
    testing::{InMemoryIssuer, Misbehaviour},
};
use futures::future::join_all;
use kernel::{News, Paise, UserId};
use std::sync::Arc;
use time::Duration;

/// Runs the suite.
pub async fn provisioning(stores: &Stores) {
    a_wallet_is_recorded_once(stores).await;
    every_state_reads_back(stores).await;
    a_step_on_an_old_version_is_stale(stores).await;
    many_at_once_make_one_try(stores).await;
    a_lost_answer_does_not_open_a_second_wallet(stores).await;
    five_failures_are_the_end_until_an_operator_helps(stores).await;
    an_issuer_that_takes_its_time_costs_no_try(stores).await;
    an_issuer_that_never_finishes_is_given_up(stores).await;
    a_try_that_died_is_taken_over(stores).await;
    levels_are_only_raised(stores).await;
    the_issuers_word_is_kept(stores).await;
    stores.books_are_clean().await;
}

fn fresh(stores: &Stores) -> (UserId, Arc<InMemoryIssuer>, Wallets) {
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    (UserId::generate(&stores.env), issuer, wallets)
}

async fn a_wallet_is_recorded_once(stores: &Stores) {
    let (user_id, _, wallets) = fresh(stores);
    assert!(matches!(wallets.get(user_id).await, Err(LookupError::NotFound)));
    let opened = join_all((0..20).map(|_| wallets.open(user_id))).await;
    let created = opened.iter().filter(|opened| opened.as_ref().is_ok_and(|opened| opened.created)).count();
    assert_eq!(created, 1, "one of twenty made the wallet");
    for opened in opened {
        let wallet = opened.expect("a wallet can be asked for at any time").wallet;
        assert_eq!((wallet.user_id, wallet.balance), (user_id, Paise::ZERO));
        assert_eq!((&wallet.provisioning, wallet.level), (&Provisioning::Created, KycLevel::Small));
    }
}

async fn every_state_reads_back(stores: &Stores) {
    let (user_id, _, wallets) = fresh(stores);
    let mut wallet = wallets.open(user_id).await.expect("recorded").wallet;
    let (at, later) = (stores.env.now(), stores.env.now().saturating_add(Duration::seconds(9)));
    let wallet_id = WalletId::parse(&format!("wlm_{}", user_id.uuid().simple())).expect("an id");
    let issued = IssuedWallet { wallet_id, status: IssuerStatus::Blocked };
    for to in [
        Provisioning::Pending { attempt: 1, lease_until: later, at_work_since: None },
        Provisioning::InProgress { attempt: 1, lease_until: later, at_work_since: None },
        Provisioning::Pending { attempt: 1, lease_until: later, at_work_since: Some(at) },
        Provisioning::InProgress { attempt: 0, lease_until: later, at_work_since: Some(at) },
        Provisioning::Retrying { attempts: 1, next_try_at: later },
        Provisioning::Failed,
        Provisioning::Retrying { attempts: 0, next_try_at: at },
        Provisioning::Completed(issued),
    ] {
        let reason = Some("why".to_owned());
        let step = Advance { user_id, version: wallet.version, to: to.clone(), reason, at, news: None };
        assert_eq!(stores.wallets.advance(&step).await.expect("a step is recorded"), Advanced::Recorded);
        let read = stores.wallets.find(user_id).await.expect("readable").expect("there");
        assert_eq!(read.provisioning, to);
        assert!(read.version > wallet.version);
        wallet = read;
    }
}

async fn a_step_on_an_old_version_is_stale(stores: &Stores) {
    let (user_id, _, wallets) = fresh(stores);
    let wallet = wallets.open(user_id).await.expect("recorded").wallet;
    let news =
        News { id: stores.env.new_uuid(), at: stores.env.now(), event: Event::WalletFailed { user_id } };
    let step = Advance {
        user_id,
        version: wallet.version,
        to: Provisioning::Failed,
        reason: None,
        at: stores.env.now(),
        news: Some(news.clone()),
    };
    let steps = join_all((0..20).map(|_| stores.wallets.advance(&step))).await;
    let recorded = steps.iter().filter(|step| matches!(step, Ok(Advanced::Recorded))).count();
    let stale = steps.iter().filter(|step| matches!(step, Ok(Advanced::Stale))).count();
    assert_eq!((recorded, stale), (1, 19));
    let nobody = Advance { user_id: UserId::generate(&stores.env), ..step };
    assert_eq!(stores.wallets.advance(&nobody).await.expect("answered"), Advanced::Stale);
    let again = OpenWallet { user_id, at: stores.env.now(), news };
    assert!(!stores.wallets.open(&again).await.expect("answered"), "a failed wallet is still a wallet");
}

async fn many_at_once_make_one_try(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    wallets.open(user_id).await.expect("recorded");
    let outcomes = join_all((0..20).map(|_| wallets.provision(user_id, phone()))).await;
    assert_eq!(issuer.opens_asked(), 1, "the issuer was asked once: {outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Ok(Outcome::Completed(_)))), "{outcomes:?}");
    let Ok(Outcome::Completed(wallet_id)) = wallets.provision(user_id, phone()).await else {
        panic!("an open wallet stays open");
    };
    let wallet = wallets.get(user_id).await.expect("there");
    assert_eq!(wallet.wallet_id(), Some(&wallet_id));
    assert!(wallet.is_ready());
    assert_eq!(wallets.status(user_id, &wallet_id).await.expect("theirs").wallet_status, "COMPLETED");
    let stranger = UserId::generate(&stores.env);
    wallets.open(stranger).await.expect("recorded");
    assert!(matches!(wallets.balance(stranger, &wallet_id).await, Err(LookupError::NotFound)));
}

async fn a_lost_answer_does_not_open_a_second_wallet(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    issuer.misbehave([Misbehaviour::LosesAnswer]);
    wallets.open(user_id).await.expect("recorded");
    let Ok(Outcome::TryAgainAt(at)) = wallets.provision(user_id, phone()).await else {
        panic!("a lost answer is asked about");
    };
    let early = wallets.provision(user_id, phone()).await.expect("answered");
    assert_eq!(early, Outcome::TryAgainAt(at), "no try before its time");
    stores.clock.set(at);
    assert!(matches!(wallets.provision(user_id, phone()).await, Ok(Outcome::Completed(_))));
    assert_eq!((issuer.opens_asked(), issuer.wallets()), (1, 1), "found, not opened again");
}

async fn five_failures_are_the_end_until_an_operator_helps(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    issuer.misbehave(
        [Misbehaviour::LosesCall, Misbehaviour::Refuses].into_iter().cycle().take(TRIES_MAX.into()),
    );
    wallets.open(user_id).await.expect("recorded");
    assert!(matches!(wallets.requeue(user_id).await, Err(RequeueError::NotFailed)));
    for _ in 1..TRIES_MAX {
        let outcome = wallets.provision(user_id, phone()).await.expect("answered");
        let Outcome::TryAgainAt(at) = outcome else { panic!("tries were left: {outcome:?}") };
        stores.clock.set(at);
    }
    assert_eq!(wallets.provision(user_id, phone()).await.expect("answered"), Outcome::Failed);
    assert_eq!(wallets.provision(user_id, phone()).await.expect("answered"), Outcome::Failed);
    assert_eq!(issuer.opens_asked(), usize::from(TRIES_MAX));
    wallets.requeue(user_id).await.expect("an operator may help");
    assert!(matches!(wallets.provision(user_id, phone()).await, Ok(Outcome::Completed(_))));
    assert!(matches!(wallets.requeue(user_id).await, Err(RequeueError::NotFailed)));
}

async fn an_issuer_that_takes_its_time_costs_no_try(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    wallets.open(user_id).await.expect("recorded");
    let looks = usize::from(TRIES_MAX) * 2;
    issuer.misbehave(std::iter::repeat_n(Misbehaviour::StaysAtWork, looks));
    for look in 0..looks {
        let outcome = wallets.provision(user_id, phone()).await.expect("a try is made");
        let Outcome::TryAgainAt(at) = outcome else { panic!("look {look} came to {outcome:?}") };
        let soon = stores.env.now().saturating_add(Duration::SECOND);
        let late = stores.env.now().saturating_add(Duration::MINUTE);
        assert!((soon..=late).contains(&at), "look {look} waits until {at}");
        let wallet = wallets.get(user_id).await.expect("there");
        assert_eq!(wallet.provisioning.word(), "IN_PROGRESS", "look {look}");
        stores.clock.set(at);
    }
    let outcome = wallets.provision(user_id, phone()).await.expect("a try is made");
    assert!(matches!(outcome, Outcome::Completed(_)), "{outcome:?}");
    assert_eq!(issuer.wallets(), 1);
}

async fn an_issuer_that_never_finishes_is_given_up(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    wallets.open(user_id).await.expect("recorded");
    issuer.misbehave(std::iter::repeat_n(Misbehaviour::StaysAtWork, usize::from(TRIES_MAX) * 3));
    for attempt in 1..=TRIES_MAX {
        for waited in [Duration::MINUTE, WORK_MAX.saturating_sub(Duration::MINUTE)] {
            let outcome = wallets.provision(user_id, phone()).await.expect("a try is made");
            assert!(matches!(outcome, Outcome::TryAgainAt(_)), "try {attempt} came to {outcome:?}");
            let wallet = wallets.get(user_id).await.expect("there");
            assert_eq!(wallet.provisioning.word(), "IN_PROGRESS", "try {attempt} has its day");
            stores.clock.advance(waited);
        }
        let outcome = wallets.provision(user_id, phone()).await.expect("a try is made");
        match outcome {
            Outcome::TryAgainAt(at) if attempt < TRIES_MAX => stores.clock.set(at),
            Outcome::Failed if attempt == TRIES_MAX => {}
            Outcome::TryAgainAt(_) | Outcome::Completed(_) | Outcome::Failed => {
                panic!("after its day try {attempt} came to {outcome:?}")
            }
        }
    }
    wallets.requeue(user_id).await.expect("an operator may help");
    assert!(matches!(wallets.provision(user_id, phone()).await, Ok(Outcome::Completed(_))));
}

async fn a_try_that_died_is_taken_over(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    let wallet = wallets.open(user_id).await.expect("recorded").wallet;
    let lease_until = stores.env.now().saturating_add(LEASE);
    let to = Provisioning::InProgress { attempt: 1, lease_until, at_work_since: None };
    let step =
        Advance { user_id, version: wallet.version, to, reason: None, at: stores.env.now(), news: None };
    stores.wallets.advance(&step).await.expect("recorded");
    let waiting = wallets.provision(user_id, phone()).await.expect("answered");
    assert_eq!((waiting, issuer.opens_asked()), (Outcome::TryAgainAt(lease_until), 0));
    stores.clock.set(lease_until);
    assert!(matches!(wallets.provision(user_id, phone()).await, Ok(Outcome::Completed(_))));
}

async fn levels_are_only_raised(stores: &Stores) {
    let (user_id, _, wallets) = fresh(stores);
    assert!(matches!(wallets.raise_limit(user_id, KycLevel::Full).await, Err(LookupError::NotFound)));
    wallets.open(user_id).await.expect("recorded");
    for (level, stands) in [
        (KycLevel::Small, KycLevel::Small),
        (KycLevel::Full, KycLevel::Full),
        (KycLevel::Small, KycLevel::Full),
    ] {
        wallets.raise_limit(user_id, level).await.expect("recorded");
        assert_eq!(wallets.get(user_id).await.expect("there").level, stands);
    }
}

async fn the_issuers_word_is_kept(stores: &Stores) {
    let (user_id, issuer, wallets) = fresh(stores);
    wallets.open(user_id).await.expect("recorded");
    wallets.provision(user_id, phone()).await.expect("opened");
    for status in [IssuerStatus::Blocked, IssuerStatus::Unknown, IssuerStatus::Active, IssuerStatus::Active] {
        issuer.set_status(&HolderRef::of(user_id), status);
        assert_eq!(wallets.refresh_status(user_id).await.expect("there").issuer_status(), status);
        let wallet = wallets.get(user_id).await.expect("there");
        assert_eq!(wallet.is_ready(), status != IssuerStatus::Blocked);
    }
}
