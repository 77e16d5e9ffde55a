//! Loads at the issuer: begun before they are asked for, concluded once, never forgotten.
#![expect(clippy::expect_used, clippy::panic, reason = "a contract that is broken must say so and stop")]

use super::{Stores, phone};
use crate::{
    Load, Mirrored, Reference, ReopenError,
    ports::{IssuerLoad, LoadState},
    testing::{InMemoryIssuer, Misbehaviour},
};
use futures::future::join_all;
use kernel::{Paise, UserId};
use std::sync::Arc;
use time::Duration;

/// Runs the suite.
pub async fn loads(stores: &Stores) {
    a_credit_is_loaded_once(stores).await;
    a_refusal_stands(stores).await;
    a_refused_load_is_opened_again(stores).await;
    a_wallet_that_is_not_open_waits(stores).await;
    who_waits_longest_is_asked_after_first(stores).await;
    what_stays_unknown_holds_up_no_other(stores).await;
    stores.books_are_clean().await;
}

async fn unsettled(stores: &Stores, user_id: UserId) -> Vec<(IssuerLoad, LoadState)> {
    let before = stores.env.now().saturating_add(Duration::seconds(1));
    let open = stores.loads.unsettled(before).await.expect("readable");
    open.into_iter().filter(|(load, _)| load.user_id == user_id).collect()
}

async fn a_credit_is_loaded_once(stores: &Stores) {
    let asha = stores.person().await;
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    let credit = asha.credit("in", 5_000);
    asha.ledger.credit(&credit).await.expect("credited");
    let load = Load { user_id: asha.user_id, reference: credit.reference.clone(), amount: credit.amount };
    issuer.misbehave([Misbehaviour::LosesCall, Misbehaviour::LosesAnswer]);
    for _ in 0..2 {
        let Ok(Mirrored::Later { .. }) = wallets.mirror_credit(&load).await else {
            panic!("what is not known is asked again");
        };
        let open = unsettled(stores, asha.user_id).await;
        assert!(matches!(&open[..], [(known, LoadState::Pending)] if known.reference == credit.reference));
    }
    let older = stores.loads.unsettled(stores.env.now()).await.expect("readable");
    assert!(older.iter().all(|(known, _)| known.user_id != asha.user_id), "only older ones");
    let done = join_all((0..10).map(|_| wallets.mirror_credit(&load))).await;
    assert!(done.iter().all(|done| matches!(done, Ok(Mirrored::Done))), "{done:?}");
    assert_eq!(issuer.loaded(), Paise::new(5_000));
    assert_eq!(unsettled(stores, asha.user_id).await, Vec::new());
    let refused = LoadState::Refused("too late".to_owned());
    let stands = stores.loads.conclude(&credit.reference, &refused, stores.env.now()).await;
    assert_eq!(stands.expect("answered"), LoadState::Done, "a word once recorded stands");
}

async fn a_refusal_stands(stores: &Stores) {
    let asha = stores.person().await;
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    let credit = asha.credit("in", 5_000);
    asha.ledger.credit(&credit).await.expect("credited");
    let load = Load { user_id: asha.user_id, reference: credit.reference.clone(), amount: credit.amount };
    issuer.misbehave([Misbehaviour::Refuses]);
    for _ in 0..2 {
        assert!(matches!(wallets.mirror_credit(&load).await, Ok(Mirrored::Never { .. })));
    }
    assert_eq!(issuer.loaded(), Paise::ZERO);
    let open = unsettled(stores, asha.user_id).await;
    assert!(matches!(&open[..], [(_, LoadState::Refused(_))]), "operators see it");
    let never_begun = Reference::parse("never-begun").expect("a reference");
    assert!(stores.loads.conclude(&never_begun, &LoadState::Done, stores.env.now()).await.is_err());
}

async fn a_refused_load_is_opened_again(stores: &Stores) {
    let asha = stores.person().await;
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    let credit = asha.credit("in", 5_000);
    asha.ledger.credit(&credit).await.expect("credited");
    let load = Load { user_id: asha.user_id, reference: credit.reference.clone(), amount: credit.amount };
    issuer.misbehave([Misbehaviour::Refuses]);
    assert!(matches!(wallets.mirror_credit(&load).await, Ok(Mirrored::Never { .. })));
    // Operators who press twice, at the same time, open one load.
    for opened in join_all((0..5).map(|_| wallets.reopen_load(&credit.reference))).await {
        assert_eq!(opened.expect("opened again"), load);
    }
    let open = unsettled(stores, asha.user_id).await;
    assert!(matches!(&open[..], [(_, LoadState::Pending)]), "it waits for the issuer's word: {open:?}");
    let done = join_all((0..5).map(|_| wallets.mirror_credit(&load))).await;
    assert!(done.iter().all(|done| matches!(done, Ok(Mirrored::Done))), "{done:?}");
    assert_eq!(issuer.loaded(), Paise::new(5_000), "once");
    let again = wallets.reopen_load(&credit.reference).await;
    assert!(matches!(again, Err(ReopenError::Taken)), "what the issuer has is left alone: {again:?}");
    assert_eq!(unsettled(stores, asha.user_id).await, Vec::new());
    let never_begun = Reference::parse("never-begun").expect("a reference");
    assert!(matches!(wallets.reopen_load(&never_begun).await, Err(ReopenError::NotFound)));
}

async fn a_wallet_that_is_not_open_waits(stores: &Stores) {
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    let user_id = UserId::generate(&stores.env);
    let reference = Reference::parse("some-load").expect("a reference");
    let load = Load { user_id, reference, amount: Paise::new(1) };
    assert!(matches!(wallets.mirror_credit(&load).await, Ok(Mirrored::Later { .. })), "no wallet");
    issuer.misbehave([Misbehaviour::LosesCall]);
    wallets.open(user_id).await.expect("recorded");
    wallets.provision(user_id, phone()).await.expect("a try was made");
    assert!(matches!(wallets.mirror_credit(&load).await, Ok(Mirrored::Later { .. })), "not open");
    assert_eq!(unsettled(stores, user_id).await, Vec::new());
}

/// Loads are taken one by one, by when the issuer was last asked about them, and by one of many.
async fn who_waits_longest_is_asked_after_first(stores: &Stores) {
    let asha = stores.person().await;
    let mut begun = Vec::new();
    for name in ["first", "refused", "second"] {
        let credit = asha.credit(name, 100);
        asha.ledger.credit(&credit).await.expect("credited");
        let load = IssuerLoad {
            reference: credit.reference,
            user_id: asha.user_id,
            wallet_id: asha.wallet_id.clone(),
            amount: credit.amount,
            at: stores.env.now(),
        };
        assert_eq!(stores.loads.begin(&load).await.expect("begun"), LoadState::Pending);
        begun.push(load);
        stores.clock.advance(Duration::SECOND);
    }
    let [first, refused, second] = &begun[..] else { unreachable!("three loads were begun") };
    let no = LoadState::Refused("no".to_owned());
    stores.loads.conclude(&refused.reference, &no, stores.env.now()).await.expect("recorded");
    let take = async || {
        let at = stores.env.now();
        stores.loads.take_pending(at.saturating_sub(Duration::minutes(10)), at).await.expect("answered")
    };
    assert_eq!(take().await, None, "not so soon");
    stores.clock.advance(Duration::minutes(10));
    assert_eq!(take().await.as_ref(), Some(first));
    stores.clock.advance(Duration::SECOND);
    assert_eq!((take().await.as_ref(), take().await), (Some(second), None));
    stores.clock.advance(Duration::minutes(11));
    let again = IssuerLoad { at: stores.env.now(), ..first.clone() };
    stores.loads.begin(&again).await.expect("its own job asked");
    stores.clock.advance(Duration::minutes(5));
    assert_eq!((take().await.as_ref(), take().await), (Some(second), None));
    stores.clock.advance(Duration::minutes(11));
    let taken = join_all((0..10).map(|_| take())).await;
    let mut taken: Vec<_> = taken.into_iter().flatten().collect();
    taken.sort_by_key(|load| load.at);
    assert_eq!(taken, [first.clone(), second.clone()], "each by one of many, and as it was begun");
    for load in [first, second] {
        stores.loads.conclude(&load.reference, &LoadState::Done, stores.env.now()).await.expect("recorded");
    }
}

/// More loads than one round asks after stay unknown, and the one begun last has its turn all the same.
async fn what_stays_unknown_holds_up_no_other(stores: &Stores) {
    const UNKNOWN: usize = 25;
    let asha = stores.person().await;
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    for number in 0..UNKNOWN {
        let credit = asha.credit(&format!("in{number}"), 100);
        asha.ledger.credit(&credit).await.expect("credited");
        let load = Load { user_id: asha.user_id, reference: credit.reference, amount: credit.amount };
        issuer.misbehave([Misbehaviour::LosesCall]);
        assert!(matches!(wallets.mirror_credit(&load).await, Ok(Mirrored::Later { .. })));
        stores.clock.advance(Duration::SECOND);
    }
    stores.clock.advance(Duration::minutes(11));
    issuer.misbehave([Misbehaviour::LosesCall; 20]);
    assert_eq!(wallets.ask_after_loads().await.expect("asked"), 20);
    assert_eq!(wallets.ask_after_loads().await.expect("asked"), 5);
    assert_eq!(issuer.loaded(), Paise::new(500), "those that had not been asked after");
    stores.clock.advance(Duration::minutes(11));
    assert_eq!(wallets.ask_after_loads().await.expect("asked"), 20);
    assert_eq!(wallets.ask_after_loads().await.expect("asked"), 0);
    assert_eq!(unsettled(stores, asha.user_id).await, Vec::new());
}
