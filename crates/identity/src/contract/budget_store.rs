//! What every store of budgets must do.

use super::sign_in_stage::{Clause, Failure, NOW, SignInStage, after, new_device, new_phone, run};
use crate::{
    Allowance, Charge, Effect, Holder, Meter, Phone, Settlement, ShareGuard, Surface, Tally,
    contract::sign_in_facts::{challenge, using},
    ports::{ChallengeUse, NewChallenge, Spending},
};
use futures::future::join_all;
use time::Duration;

/// Runs every clause.
pub async fn budget_store(stage: &dyn SignInStage) {
    let clauses: [(&str, Clause<'_>); 7] = [
        ("all_or_nothing", Box::pin(all_or_nothing(stage))),
        ("windows_open_anew", Box::pin(windows_open_anew(stage))),
        ("counters_are_apart", Box::pin(counters_are_apart(stage))),
        ("never_more_than_allowed", Box::pin(never_more_than_allowed(stage))),
        ("refunds_count", Box::pin(refunds_count(stage))),
        ("shares_are_kept", Box::pin(shares_are_kept(stage))),
        ("a_challenge_earns_for_whoever_asked", Box::pin(a_challenge_earns_for_whoever_asked(stage))),
    ];
    run(clauses).await;
}

fn charge(phone: &Phone, meter: Meter, at_most: u32) -> Charge {
    let allowance = Allowance { at_most, window: Duration::MINUTE, share: None };
    Charge { meter, holder: Holder::Phone(phone.clone()), cost: 1, allowance }
}

fn spent(spending: &Spending) -> Option<Vec<u32>> {
    match spending {
        Spending::Granted(tallies) => Some(tallies.iter().map(|tally| tally.spent).collect()),
        Spending::Exhausted { .. } => None,
    }
}

/// All charges are spent, or none.
async fn all_or_nothing(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().budgets, new_phone());
    let (wide, narrow) = (charge(&phone, Meter::TriggersPerDay, 9), charge(&phone, Meter::Resend, 1));
    let both = [wide.clone(), narrow.clone()];
    assert_eq!(spent(&store.spend(&both, NOW).await?), Some(vec![1, 1]));
    let refused = store.spend(&both, after(1)).await?;
    let tally = Tally { since: NOW, spent: 1, verified: 0 };
    assert_eq!(refused, Spending::Exhausted { index: 1, tally });
    assert_eq!(spent(&store.spend(&[wide], after(2)).await?), Some(vec![2]), "the refusal cost nothing");
    assert_eq!(spent(&store.spend(&[], after(2)).await?), Some(vec![]));
    Ok(())
}

/// A window opens with the first spending and closes a fixed time later.
async fn windows_open_anew(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().budgets, new_phone());
    let charges = [charge(&phone, Meter::TriggersPerMinute, 2)];
    for second in [0, 59] {
        assert!(spent(&store.spend(&charges, after(second)).await?).is_some());
    }
    assert_eq!(spent(&store.spend(&charges, after(59)).await?), None);
    let opened = store.spend(&charges, after(60)).await?;
    assert_eq!(opened, Spending::Granted(vec![Tally { since: after(60), spent: 1, verified: 0 }]));
    Ok(())
}

/// Looking costs nothing, and meters and holders are counted apart.
async fn counters_are_apart(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().budgets, new_phone());
    let one = charge(&phone, Meter::Resend, 1);
    let look = [Charge { cost: 0, ..one.clone() }];
    assert!(spent(&store.spend(&look, NOW).await?).is_some());
    assert!(spent(&store.spend(std::slice::from_ref(&one), NOW).await?).is_some());
    assert_eq!(spent(&store.spend(&look, NOW).await?), None);
    let device = Charge { holder: Holder::Device(new_device()), ..one.clone() };
    let other = Charge { meter: Meter::TriggersPerDay, ..one.clone() };
    let stranger = Charge { holder: Holder::Phone(new_phone()), ..one };
    assert!(spent(&store.spend(&[device, other, stranger], NOW).await?).is_some());
    Ok(())
}

/// Who spends at once never spends more than is allowed, whatever the order of their charges.
async fn never_more_than_allowed(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().budgets, new_phone());
    let forth = [charge(&phone, Meter::TriggersPerDay, 20), charge(&phone, Meter::TriggersPerHour, 10)];
    let back = [charge(&phone, Meter::TriggersPerHour, 10), charge(&phone, Meter::TriggersPerDay, 20)];
    let both = (0..64).map(|n| store.spend(if n % 2 == 0 { &forth } else { &back }, NOW));
    let outcomes = join_all(both).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(outcomes.iter().filter(|outcome| spent(outcome).is_some()).count(), 10);
    let day = store.spend(&[charge(&phone, Meter::TriggersPerDay, 20)], NOW).await?;
    assert_eq!(spent(&day), Some(vec![11]));
    Ok(())
}

/// What is given back can be spent again, within its window.
async fn refunds_count(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().budgets, new_phone());
    let dear = Charge { cost: 20, ..charge(&phone, Meter::Spend, 50) };
    let charges = [dear, charge(&phone, Meter::Resend, 1)];
    assert_eq!(spent(&store.spend(&charges, NOW).await?), Some(vec![20, 1]));
    store.give_back(&charges, after(1)).await?;
    assert_eq!(spent(&store.spend(&charges, after(2)).await?), Some(vec![20, 1]));
    store.give_back(&charges, after(60)).await?;
    store.give_back(&charges, after(60)).await?;
    assert_eq!(spent(&store.spend(&charges, after(61)).await?), Some(vec![20, 1]), "never below nothing");
    Ok(())
}

/// The share of codes that came back is counted, and too small a one refuses.
async fn shares_are_kept(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (stores, phone) = (stage.stores(), new_phone());
    let guard = ShareGuard { unverified_free: 3, unverified_per_hundred: 40, verified_min: 0 };
    let allowance = Allowance { at_most: u32::MAX, window: Duration::DAY, share: Some(guard) };
    let holder = Holder::Phone(phone.clone());
    let charges = [Charge { meter: Meter::Conversion, holder: holder.clone(), cost: 1, allowance }];
    for _ in 0..3 {
        assert!(spent(&stores.budgets.spend(&charges, NOW).await?).is_some());
    }
    assert_eq!(spent(&stores.budgets.spend(&charges, NOW).await?), None);
    let made = challenge(&phone, Surface::App, NOW);
    stores.sign_ins.record_challenge(&made).await?;
    let settlements = vec![Settlement { meter: Meter::Conversion, holder, effect: Effect::Verified }];
    let fact = ChallengeUse { settlements, ..using(&made, after(1)) };
    stores.sign_ins.use_challenge(&fact).await?;
    let next = stores.budgets.spend(&charges, after(2)).await?;
    assert_eq!(next, Spending::Granted(vec![Tally { since: NOW, spent: 4, verified: 1 }]));
    assert_eq!(spent(&stores.budgets.spend(&charges, after(3)).await?), Some(vec![5]));
    assert_eq!(
        spent(&stores.budgets.spend(&charges, after(4)).await?),
        None,
        "one earns less than half of one"
    );
    // The window after begins with half of this one, and no window later than that with anything.
    let since = NOW + Duration::DAY;
    let next = stores.budgets.spend(&charges, since).await?;
    assert_eq!(next, Spending::Granted(vec![Tally { since, spent: 4, verified: 1 }]));
    let since = since + Duration::days(2);
    let next = stores.budgets.spend(&charges, since).await?;
    assert_eq!(next, Spending::Granted(vec![Tally { since, spent: 1, verified: 0 }]));
    Ok(())
}

/// Nothing is sent out of a room that nobody has earned, and a code that is given earns what stands beside it.
async fn a_challenge_earns_for_whoever_asked(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (stores, phone) = (stage.stores(), new_phone());
    let sent = |holder: &Holder, verified_min| {
        let guard = ShareGuard { unverified_free: 1, unverified_per_hundred: 100, verified_min };
        let allowance = Allowance { at_most: u32::MAX, window: Duration::DAY, share: Some(guard) };
        [Charge { meter: Meter::Conversion, holder: holder.clone(), cost: 1, allowance }]
    };
    assert_eq!(spent(&stores.budgets.spend(&sent(&Holder::Phone(new_phone()), 1), NOW).await?), None);
    let [asker, other] = [0; 2].map(|_| Holder::Phone(new_phone()));
    let earns = |holder: &Holder| {
        vec![Settlement { meter: Meter::Conversion, holder: holder.clone(), effect: Effect::Verified }]
    };
    for holder in [&asker, &other] {
        assert!(spent(&stores.budgets.spend(&sent(holder, 0), NOW).await?).is_some());
    }
    let made = NewChallenge { earns: earns(&asker), ..challenge(&phone, Surface::App, after(1)) };
    stores.sign_ins.record_challenge(&made).await?;
    // What is taken back leaves behind what the former earns.
    let unsent = NewChallenge { earns: earns(&other), ..challenge(&phone, Surface::App, after(1)) };
    stores.sign_ins.record_challenge(&unsent).await?;
    stores.sign_ins.withdraw_challenge(&unsent).await?;
    stores.sign_ins.use_challenge(&using(&made, after(2))).await?;
    assert!(stores.sign_ins.use_challenge(&using(&made, after(2))).await.is_err(), "once");
    for (holder, verified) in [(&asker, 1), (&other, 0)] {
        let charge = sent(holder, 0).map(|charge| Charge {
            cost: 0,
            allowance: Allowance { share: None, ..charge.allowance },
            ..charge
        });
        let tallies = vec![Tally { since: NOW, spent: 1, verified }];
        assert_eq!(stores.budgets.spend(&charge, after(3)).await?, Spending::Granted(tallies));
    }
    Ok(())
}
