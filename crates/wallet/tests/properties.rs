//! Whatever happens in whatever order: money is conserved, a wallet is never below zero, never loaded above its
//! limit in any month of India's calendar, and a repeated call moves nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use kernel::{Env, Masked, MovableClock, Paise, SeededEntropy, UserId};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use time::{Duration, macros::datetime};
use wallet::{
    Credit, CreditKind, Days, Event, KycLevel, Ledger, LimitTable, Purpose, Reference, Refund, Reversal,
    Source, Spend, Transaction, TransferKind, WalletId, Wallets, month_of,
    ports::LedgerAudit as _,
    testing::{InMemoryBooks, InMemoryIssuer, Misbehaviour},
};

#[derive(Debug, Clone)]
enum Step {
    Credit { who: usize, name: u8, paise: i64 },
    Spend { who: usize, name: u8, paise: i64 },
    Refund { who: usize, name: u8, of: u8, paise: i64 },
    Reverse { who: usize, name: u8, of: u8 },
    Wait { minutes: i64 },
    Raise { who: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let (who, name) = (0..2_usize, any::<u8>());
    prop_oneof![
        6 => (who.clone(), name, 1..700_000_i64).prop_map(|(who, name, paise)| Step::Credit { who, name, paise }),
        4 => (who.clone(), name, 1..700_000_i64).prop_map(|(who, name, paise)| Step::Spend { who, name, paise }),
        3 => (who.clone(), name, name, 1..300_000_i64)
            .prop_map(|(who, name, of, paise)| Step::Refund { who, name, of, paise }),
        2 => (who.clone(), name, name).prop_map(|(who, name, of)| Step::Reverse { who, name, of }),
        // Up to eleven days: a run crosses several ends of months, some by a minute.
        3 => (-2..16_000_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => who.prop_map(|who| Step::Raise { who }),
    ]
}

struct World {
    clock: Arc<MovableClock>,
    books: Arc<InMemoryBooks>,
    wallets: Wallets,
    ledger: Ledger,
    people: Vec<(UserId, WalletId)>,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-31 18:00 UTC)));
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(3)));
        let (books, issuer) = (Arc::new(InMemoryBooks::new()), Arc::new(InMemoryIssuer::new()));
        let table = LimitTable::rbi_2021();
        let wallets = Wallets::new(env.clone(), table.clone(), books.clone(), issuer, books.clone());
        let ledger = Ledger::new(env.clone(), table, books.clone());
        let mut people = Vec::new();
        for _ in 0..2 {
            let user_id = UserId::generate(&env);
            wallets.open(user_id).await.unwrap();
            wallets.provision(user_id, Masked::new("+919876543210".to_owned())).await.unwrap();
            people.push((user_id, wallets.get(user_id).await.unwrap().wallet_id().unwrap().clone()));
        }
        Self { clock, books, wallets, ledger, people }
    }

    async fn take(&self, step: &Step) {
        // A refusal is as good an answer as any: what counts is what the books say afterwards.
        match *step {
            Step::Credit { who, name, paise } => {
                drop(self.ledger.credit(&self.credit(who, name, paise)).await)
            }
            Step::Spend { who, name, paise } => {
                let user_id = self.people[who].0;
                let (purpose, amount) = (Purpose::Pharmacy, Paise::new(paise));
                let spend = Spend { user_id, purpose, amount, reference: reference(who, name), order: None };
                drop(self.ledger.spend(&spend).await);
            }
            Step::Refund { who, name, of, paise } => {
                let refund = Refund {
                    user_id: self.people[who].0,
                    spend: reference(who, of),
                    amount: Paise::new(paise),
                    reference: reference(who, name),
                    order: None,
                };
                drop(self.ledger.refund_to_wallet(&refund).await);
            }
            Step::Reverse { who, name, of } => {
                let user_id = self.people[who].0;
                let (transfer, reference) = (reference(who, of), reference(who, name));
                drop(self.ledger.reverse(&Reversal { user_id, transfer, reference }).await);
            }
            Step::Wait { minutes } => self.clock.advance(Duration::minutes(minutes)),
            Step::Raise { who } => {
                self.wallets.raise_limit(self.people[who].0, KycLevel::Full).await.unwrap();
            }
        }
    }

    fn credit(&self, who: usize, name: u8, paise: i64) -> Credit {
        Credit {
            user_id: self.people[who].0,
            kind: CreditKind::Contribution,
            source: Source::Employer,
            amount: Paise::new(paise),
            reference: reference(who, name),
            order: None,
        }
    }

    async fn history(&self, who: usize) -> Vec<Transaction> {
        let (user_id, wallet_id) = &self.people[who];
        let limit = kernel::Limit::parse(7).unwrap();
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let page = self.ledger.history(*user_id, wallet_id, Days::All, limit, after).await.unwrap();
            lines.extend(page.rows);
            after = page.next;
            if after.is_none() {
                lines.reverse();
                return lines;
            }
        }
    }
}

fn reference(who: usize, name: u8) -> Reference {
    Reference::parse(&format!("{who}:{name}")).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What the rules say of a wallet's lines, reckoned anew from nothing but the lines.
fn check(lines: &[Transaction], small: bool) -> Result<i64, TestCaseError> {
    let (mut balance, mut loads) = (0_i64, BTreeMap::new());
    let mut last = None;
    for line in lines {
        balance += line.amount.get();
        prop_assert!(balance >= 0);
        prop_assert_eq!(balance, line.balance_after.get());
        prop_assert!(last <= Some(line.occurred_at));
        last = Some(line.occurred_at);
        let load: &mut i64 = loads.entry(month_of(line.occurred_at)).or_default();
        if line.kind == TransferKind::Contribution {
            let balance_max = if small { 1_000_000 } else { 20_000_000 };
            prop_assert!(balance <= balance_max);
            if line.status.word() == "SUCCESS" {
                *load += line.amount.get();
            }
        }
    }
    if small {
        prop_assert!(loads.values().all(|load| *load <= 1_000_000), "{:?}", loads);
    }
    Ok(balance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_books_stay_right_whatever_happens(steps in proptest::collection::vec(step(), 1..120)) {
        run(async {
            let world = World::new().await;
            for step in &steps {
                world.take(step).await;
            }
            for who in 0..2 {
                let small = !steps.iter().any(|step| matches!(step, Step::Raise { who: raised } if *raised == who));
                let balance = check(&world.history(who).await, small)?;
                prop_assert_eq!(world.wallets.get(world.people[who].0).await.unwrap().balance.get(), balance);
            }
            let report = world.books.check().await.unwrap();
            prop_assert!(report.is_clean(), "{:?}", report.differences);
            Ok(())
        })?;
    }

    #[test]
    fn a_repeated_run_moves_nothing(steps in proptest::collection::vec(step(), 1..60)) {
        run(async {
            let world = World::new().await;
            let mut booked = Vec::new();
            for step in &steps {
                let before = world.books.news().len();
                world.take(step).await;
                if world.books.news().len() > before {
                    booked.push(step);
                }
            }
            let (news, balances) = (world.books.news(), (world.history(0).await, world.history(1).await));
            for step in booked {
                world.take(step).await;
            }
            prop_assert_eq!(world.books.news(), news, "nothing is told twice");
            prop_assert_eq!((world.history(0).await, world.history(1).await), balances);
            Ok(())
        })?;
    }

    #[test]
    fn months_end_in_india(offset_seconds in -7_200_i64..7_200, first in 1..=1_000_000_i64) {
        run(async {
            let world = World::new().await;
            let midnight = datetime!(2026-01-31 18:30 UTC);
            world.clock.set(midnight - Duration::seconds(7_200));
            world.ledger.credit(&world.credit(0, 1, first)).await.unwrap();
            let user_id = world.people[0].0;
            let (purpose, amount) = (Purpose::Diagnostics, Paise::new(first));
            world.ledger.spend(&Spend { user_id, purpose, amount, reference: reference(0, 2), order: None }).await.unwrap();
            world.clock.set(midnight + Duration::seconds(offset_seconds));
            let full = world.ledger.credit(&world.credit(0, 3, 1_000_000)).await;
            prop_assert_eq!(full.is_ok(), offset_seconds >= 0);
            Ok(())
        })?;
    }

    #[test]
    fn one_wallet_whatever_the_issuer_does(script in proptest::collection::vec(0..3_u8, 0..12), requeues in 0..4_u8) {
        run(async {
            let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
            let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(script.len() as u64)));
            let (books, issuer) = (Arc::new(InMemoryBooks::new()), Arc::new(InMemoryIssuer::new()));
            let table = LimitTable::rbi_2021();
            let wallets = Wallets::new(env.clone(), table, books.clone(), issuer.clone(), books.clone());
            issuer.misbehave(script.iter().map(|kind| match kind {
                0 => Misbehaviour::Refuses,
                1 => Misbehaviour::LosesCall,
                _ => Misbehaviour::LosesAnswer,
            }));
            let user_id = UserId::generate(&env);
            wallets.open(user_id).await.unwrap();
            let (mut tries, mut left) = (0, requeues);
            let completed = loop {
                match wallets.provision(user_id, Masked::new(String::new())).await.unwrap() {
                    wallet::Outcome::Completed(_) => break true,
                    wallet::Outcome::TryAgainAt(at) => clock.set(at),
                    wallet::Outcome::Failed if left > 0 => {
                        left -= 1;
                        wallets.requeue(user_id).await.unwrap();
                    }
                    wallet::Outcome::Failed => break false,
                }
                tries += 1;
                prop_assert!(tries <= 30, "it ends");
            };
            prop_assert!(issuer.wallets() <= 1);
            prop_assert!(completed || issuer.opens_asked() <= 5 * (usize::from(requeues) + 1));
            let opened = books.news().iter().filter(|news| matches!(news.event, Event::WalletOpened { .. })).count();
            prop_assert_eq!(opened, usize::from(completed), "told once");
            Ok(())
        })?;
    }
}
