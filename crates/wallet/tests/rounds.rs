//! Work that comes round by the clock: a slow issuer does not keep a round for ever.

use kernel::{Env, MovableClock, Paise, SeededEntropy, UserId};
use std::sync::Arc;
use time::{Duration, macros::datetime};
use wallet::{
    LimitTable, Reference, WalletId, Wallets,
    ports::{IssuerAnswer, IssuerLoad, IssuerLoadStore as _},
    testing::{InMemoryBooks, MockWalletIssuer},
};

#[tokio::test]
async fn a_round_leaves_to_the_next_what_it_has_no_time_for() {
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let books = Arc::new(InMemoryBooks::new());
    for number in 0..5 {
        let load = IssuerLoad {
            reference: Reference::parse(&format!("topup:A{number}")).unwrap(),
            user_id: UserId::generate(&env),
            wallet_id: WalletId::parse("wlm_1").unwrap(),
            amount: Paise::new(100),
            at: env.now(),
        };
        books.begin(&load).await.unwrap();
    }
    clock.advance(Duration::minutes(11));
    let (mut slow, time) = (MockWalletIssuer::new(), clock.clone());
    slow.expect_credit().returning(move |_| {
        time.advance(Duration::seconds(15));
        IssuerAnswer::DontKnow("no answer in time".to_owned())
    });
    let wallets = Wallets::new(env, LimitTable::rbi_2021(), books.clone(), Arc::new(slow), books);
    assert_eq!(wallets.ask_after_loads().await.unwrap(), 3);
    assert_eq!(wallets.ask_after_loads().await.unwrap(), 2, "those that were left");
}
