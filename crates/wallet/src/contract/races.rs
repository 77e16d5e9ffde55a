//! Many at once on one wallet: nothing is lost, nothing is doubled, nothing goes below zero or above a limit.
#![expect(clippy::expect_used, clippy::panic, reason = "a contract that is broken must say so and stop")]
#![expect(clippy::arithmetic_side_effects, reason = "a suite counts to a few hundred")]

use super::Stores;
use crate::{CreditError, KycLevel, Refund, Refusal, SpendError};
use futures::future::{join, join_all};
use kernel::Paise;

/// Runs the suite.
pub async fn races(stores: &Stores) {
    credits_and_spends_sum_exactly(stores).await;
    parallel_loads_stop_at_the_limit(stores).await;
    fifty_repeats_credit_once(stores).await;
    parallel_refunds_never_exceed_the_spending(stores).await;
    one_reference_on_two_wallets_is_booked_on_one(stores).await;
    a_reference_is_booked_or_refused_never_both(stores).await;
    stores.books_are_clean().await;
}

async fn credits_and_spends_sum_exactly(stores: &Stores) {
    let asha = stores.person().await;
    let (asha, ledger) = (&asha, &asha.ledger);
    ledger.credit(&asha.credit("start", 10_000)).await.expect("credited");
    let credits =
        join_all((0..64).map(|n| async move { ledger.credit(&asha.credit(&format!("c{n}"), 100)).await }));
    let spends =
        join_all((0..64).map(|n| async move { ledger.spend(&asha.spend(&format!("s{n}"), 700)).await }));
    let (credited, spent) = join(credits, spends).await;
    assert!(credited.iter().all(Result::is_ok), "{credited:?}");
    let bought: i64 = spent.iter().map(|spent| i64::from(spent.is_ok())).sum();
    let only_for_money =
        spent.iter().all(|spent| matches!(spent, Ok(_) | Err(SpendError::InsufficientBalance { .. })));
    assert!(only_for_money, "{spent:?}");
    let left = 10_000 + 64 * 100 - bought * 700;
    assert!(left >= 0, "{bought} purchases of 700 out of 16,400");
    assert_eq!(asha.holds().await, Paise::new(left));
    assert!(bought >= 14, "what was there from the beginning could be spent");
}

async fn parallel_loads_stop_at_the_limit(stores: &Stores) {
    let asha = stores.person().await;
    let (asha, ledger) = (&asha, &asha.ledger);
    ledger.credit(&asha.credit("nearly", 997_000)).await.expect("credited");
    let loads =
        join_all((0..64).map(|n| async move { ledger.credit(&asha.credit(&format!("l{n}"), 700)).await }))
            .await;
    let loaded = loads.iter().filter(|load| load.is_ok()).count();
    assert_eq!(loaded, 4, "3,000 paise of room take four loads of 700");
    assert!(loads.iter().all(|load| matches!(load, Ok(_) | Err(CreditError::Limit(_)))), "{loads:?}");
    assert_eq!(asha.holds().await, Paise::new(999_800));
}

async fn fifty_repeats_credit_once(stores: &Stores) {
    let asha = stores.person().await;
    let (asha, ledger) = (&asha, &asha.ledger);
    let credit = &asha.credit("same", 12_300);
    let receipts = join_all((0..50).map(|_| async move { ledger.credit(credit).await })).await;
    let first = receipts.first().and_then(|receipt| receipt.as_ref().ok()).expect("credited").clone();
    assert_eq!(first.balance_after, Paise::new(12_300));
    for receipt in receipts {
        assert_eq!(receipt.expect("each gets the receipt"), first);
    }
    assert_eq!(asha.holds().await, Paise::new(12_300));
}

async fn parallel_refunds_never_exceed_the_spending(stores: &Stores) {
    let asha = stores.person().await;
    let (asha, ledger) = (&asha, &asha.ledger);
    asha.wallets.raise_limit(asha.user_id, KycLevel::Full).await.expect("raised");
    ledger.credit(&asha.credit("in", 100_000)).await.expect("credited");
    ledger.spend(&asha.spend("out", 10_000)).await.expect("spent");
    let refunds = join_all((0..32).map(|n| async move {
        let refund = Refund {
            user_id: asha.user_id,
            spend: asha.reference("out"),
            amount: Paise::new(3_000),
            reference: asha.reference(&format!("r{n}")),
            order: None,
        };
        ledger.refund_to_wallet(&refund).await
    }));
    let refunded = refunds.await.iter().filter(|refund| refund.is_ok()).count();
    assert_eq!(refunded, 3, "10,000 give three refunds of 3,000");
    assert_eq!(asha.holds().await, Paise::new(99_000));
}

async fn one_reference_on_two_wallets_is_booked_on_one(stores: &Stores) {
    let (asha, ravi) = (stores.person().await, stores.person().await);
    let (asha, ravi) = (&asha, &ravi);
    let credits = join_all((0..20).map(|n| async move {
        let mut credit = asha.credit("shared", 100);
        if n % 2 == 1 {
            credit.user_id = ravi.user_id;
        }
        asha.ledger.credit(&credit).await
    }))
    .await;
    let refused = credits.iter().filter(|credit| matches!(credit, Err(CreditError::ReferenceReused))).count();
    assert_eq!(refused, 10, "{credits:?}");
    assert_eq!(asha.holds().await.get() + ravi.holds().await.get(), 100);
}

async fn a_reference_is_booked_or_refused_never_both(stores: &Stores) {
    for round in 0..8 {
        let (asha, ravi) = (stores.person().await, stores.person().await);
        let (asha, ravi) = (&asha, &ravi);
        let reference = &asha.reference("contested");
        let tries = join_all((0..32).map(|n| async move {
            // Who is asked first changes from round to round, and so do the wallets that ask.
            if (n + round) % 2 == 0 {
                return Err(asha.ledger.refuse(reference).await.expect("answered"));
            }
            let mut credit = asha.credit("contested", 100);
            if n % 8 == 3 {
                credit.user_id = ravi.user_id;
            }
            Ok(asha.ledger.credit(&credit).await)
        }))
        .await;
        let held = asha.holds().await.get() + ravi.holds().await.get();
        let refusals: Vec<_> = tries.iter().filter_map(|one| one.as_ref().err()).collect();
        let credits: Vec<_> = tries.iter().filter_map(|one| one.as_ref().ok()).collect();
        assert_eq!((refusals.len(), credits.len()), (16, 16));
        let is_refused = held == 0;
        let stands = if is_refused { Refusal::Refused } else { Refusal::Booked };
        assert!(refusals.iter().all(|refusal| **refusal == stands), "held {held}: {tries:?}");
        for credit in credits {
            match credit {
                Ok(_) | Err(CreditError::ReferenceReused) => assert!(!is_refused, "{tries:?}"),
                Err(CreditError::Refused) => assert!(is_refused, "{tries:?}"),
                Err(error) => panic!("a credit came to {error:?}"),
            }
        }
        assert!(is_refused || held == 100, "once, if at all: {held}");
        // And so it stays, whatever comes later.
        assert_eq!(asha.ledger.refuse(reference).await.expect("answered"), stands);
    }
}
