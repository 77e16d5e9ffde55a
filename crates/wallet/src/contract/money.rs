//! How money moves: once per reference, never below zero, never above a limit, corrected only as far as it went.
#![expect(clippy::expect_used, reason = "a contract that is broken must say so and stop")]

use super::{Person, Stores};
use crate::{
    CreditError, CreditKind, HolderRef, IssuerStatus, KycLevel, LimitExceeded, LimitName, Purpose, Refund,
    RefundError, Refusal, Reversal, ReverseError, RoomError, Source, SpendError, testing::InMemoryIssuer,
};
use kernel::{OrderRef, Paise, UserId};
use std::sync::Arc;
use time::{Duration, macros::datetime};

/// Money comes in and goes out.
pub async fn movements(stores: &Stores) {
    money_comes_in_and_goes_out(stores).await;
    a_reference_is_booked_once(stores).await;
    a_reference_is_nobody_elses(stores).await;
    nothing_moves_without_an_open_wallet(stores).await;
    bookings_of_a_wallet_never_go_back_in_time(stores).await;
    stores.books_are_clean().await;
}

async fn money_comes_in_and_goes_out(stores: &Stores) {
    let asha = stores.person().await;
    let credited = asha.ledger.credit(&asha.credit("in", 125_000)).await.expect("credited");
    assert_eq!((credited.balance_after, credited.booked_at), (Paise::new(125_000), stores.env.now()));
    let spent = asha.ledger.spend(&asha.spend("out", 25_000)).await.expect("spent");
    assert_eq!(spent.balance_after, Paise::new(100_000));
    let too_much = asha.ledger.spend(&asha.spend("more", 100_001)).await;
    assert!(
        matches!(too_much, Err(SpendError::InsufficientBalance { available }) if available == Paise::new(100_000))
    );
    assert_eq!(
        asha.ledger.spend(&asha.spend("rest", 100_000)).await.expect("spent").balance_after,
        Paise::ZERO
    );
    for amount in [0, -1, i64::MIN, i64::MAX] {
        assert!(matches!(asha.ledger.credit(&asha.credit("x", amount)).await, Err(CreditError::Amount(_))));
        assert!(matches!(asha.ledger.spend(&asha.spend("x", amount)).await, Err(SpendError::Amount(_))));
    }
    for (number, source) in (0..).zip(Source::ALL) {
        let mut gift = asha.credit(&format!("gift{number}"), 100);
        (gift.kind, gift.source, gift.order) = (CreditKind::Contribution, source, None);
        asha.ledger.credit(&gift).await.expect("every source may give");
    }
    for (number, purpose) in (0..).zip(Purpose::ALL) {
        let mut spend = asha.spend(&format!("care{number}"), 100);
        (spend.purpose, spend.order) = (purpose, OrderRef::parse("AAR0002"));
        asha.ledger.spend(&spend).await.expect("every purpose may be paid");
    }
    assert_eq!(asha.holds().await, Paise::new(200));
}

async fn a_reference_is_booked_once(stores: &Stores) {
    let asha = stores.person().await;
    let credit = asha.credit("once", 5_000);
    let first = asha.ledger.credit(&credit).await.expect("credited");
    asha.ledger.spend(&asha.spend("all", 5_000)).await.expect("spent");
    stores.clock.advance(Duration::hours(1));
    assert_eq!(asha.ledger.credit(&credit).await.expect("repeated"), first, "the same receipt, later too");
    let spend = asha.spend("all", 5_000);
    let repeated = asha.ledger.spend(&spend).await.expect("a repeated spending is not an overdraft");
    assert_eq!(repeated.balance_after, Paise::ZERO);
    let mut others = vec![asha.credit("once", 5_001), credit.clone(), credit.clone(), credit.clone()];
    others[1].source = Source::Family;
    others[2].kind = CreditKind::Contribution;
    others[3].order = None;
    for other in others {
        assert!(matches!(asha.ledger.credit(&other).await, Err(CreditError::ReferenceReused)), "{other:?}");
    }
    assert!(matches!(asha.ledger.spend(&asha.spend("once", 5_000)).await, Err(SpendError::ReferenceReused)));
    let mut elsewhere = spend;
    elsewhere.purpose = Purpose::Pharmacy;
    assert!(matches!(asha.ledger.spend(&elsewhere).await, Err(SpendError::ReferenceReused)));
    assert_eq!(asha.holds().await, Paise::ZERO);
}

async fn a_reference_is_nobody_elses(stores: &Stores) {
    let (asha, ravi) = (stores.person().await, stores.person().await);
    asha.ledger.credit(&asha.credit("hers", 5_000)).await.expect("credited");
    let mut stolen = asha.credit("hers", 5_000);
    stolen.user_id = ravi.user_id;
    assert!(matches!(ravi.ledger.credit(&stolen).await, Err(CreditError::ReferenceReused)));
    let found = stores.ledger.find(ravi.user_id, &asha.reference("hers")).await.expect("answered");
    assert_eq!(found, None, "another person's transfer is missing");
    assert!(stores.ledger.find(asha.user_id, &asha.reference("hers")).await.expect("answered").is_some());
    assert_eq!(ravi.holds().await, Paise::ZERO);
}

async fn nothing_moves_without_an_open_wallet(stores: &Stores) {
    let mut asha = stores.person().await;
    asha.ledger.credit(&asha.credit("in", 5_000)).await.expect("credited");
    asha.ledger.spend(&asha.spend("out", 2_000)).await.expect("spent");
    let (nobody, newcomer) = (UserId::generate(&stores.env), UserId::generate(&stores.env));
    asha.wallets.open(newcomer).await.expect("recorded");
    let owner = std::mem::replace(&mut asha.user_id, nobody);
    assert!(matches!(asha.ledger.credit(&asha.credit("x", 1)).await, Err(CreditError::WalletNotFound)));
    assert!(matches!(asha.ledger.spend(&asha.spend("x", 1)).await, Err(SpendError::WalletNotFound)));
    asha.user_id = newcomer;
    assert!(matches!(asha.ledger.credit(&asha.credit("x", 1)).await, Err(CreditError::WalletNotReady)));
    assert!(matches!(asha.wallets.room_for(newcomer, Paise::new(1)).await, Err(RoomError::NotReady)));
    asha.user_id = owner;
    block(stores, owner).await;
    assert!(matches!(asha.ledger.credit(&asha.credit("x", 1)).await, Err(CreditError::WalletNotReady)));
    assert!(matches!(asha.ledger.spend(&asha.spend("x", 1)).await, Err(SpendError::WalletNotReady)));
    asha.ledger.credit(&asha.credit("in", 5_000)).await.expect("what is booked is answered even now");
    let refund = asha.refund("back", "out", 2_000);
    asha.ledger.refund_to_wallet(&refund).await.expect("what was spent comes back even now");
    assert_eq!(asha.holds().await, Paise::new(5_000));
}

async fn block(stores: &Stores, user_id: UserId) {
    let issuer = Arc::new(InMemoryIssuer::new());
    let wallets = stores.wallets_with(&issuer);
    let other = UserId::generate(&stores.env);
    wallets.open(other).await.expect("recorded");
    // An issuer that knows this person and has stopped their wallet.
    let applicant =
        crate::ports::Applicant { user_id, holder: HolderRef::of(user_id), phone: super::phone() };
    crate::ports::WalletIssuer::open(issuer.as_ref(), &applicant).await;
    issuer.set_status(&HolderRef::of(user_id), IssuerStatus::Blocked);
    let blocked = wallets.refresh_status(user_id).await.expect("there");
    assert_eq!(blocked.issuer_status(), IssuerStatus::Blocked);
}

async fn bookings_of_a_wallet_never_go_back_in_time(stores: &Stores) {
    let asha = stores.person().await;
    let first = asha.ledger.credit(&asha.credit("first", 1)).await.expect("credited");
    stores.clock.advance(Duration::seconds(-5));
    let second = asha.ledger.credit(&asha.credit("second", 1)).await.expect("credited");
    assert_eq!(second.booked_at, first.booked_at, "a slow clock books no earlier than a fast one did");
    stores.clock.advance(Duration::seconds(5));
}

/// Limits are kept, to the paisa and to the second.
pub async fn limits(stores: &Stores) {
    a_small_wallet_stays_small(stores).await;
    a_month_ends_at_midnight_in_kolkata(stores).await;
    a_raised_level_has_room_at_once(stores).await;
    a_refusal_is_for_ever(stores).await;
    stores.books_are_clean().await;
}

fn refused(result: Result<crate::Receipt, CreditError>) -> Option<LimitExceeded> {
    match result {
        Err(CreditError::Limit(limit)) => Some(limit),
        Ok(_) | Err(_) => None,
    }
}

async fn a_small_wallet_stays_small(stores: &Stores) {
    let asha = stores.person().await;
    let over = |limit, remaining| Some(LimitExceeded { limit, remaining: Paise::new(remaining) });
    assert_eq!(
        refused(asha.ledger.credit(&asha.credit("a", 1_000_001)).await),
        over(LimitName::Balance, 1_000_000)
    );
    asha.ledger.credit(&asha.credit("b", 600_000)).await.expect("within both limits");
    asha.ledger.spend(&asha.spend("c", 600_000)).await.expect("spent");
    let by_month = over(LimitName::LoadPerMonth, 400_000);
    assert_eq!(refused(asha.ledger.credit(&asha.credit("d", 400_001)).await), by_month);
    let room = asha.wallets.room_for(asha.user_id, Paise::new(400_001)).await;
    assert!(matches!(room, Err(RoomError::Limit(limit)) if Some(limit) == by_month));
    asha.wallets.room_for(asha.user_id, Paise::new(400_000)).await.expect("there is room for that");
    asha.ledger.credit(&asha.credit("e", 400_000)).await.expect("to the paisa");
    assert_eq!(refused(asha.ledger.credit(&asha.credit("f", 1)).await), over(LimitName::LoadPerMonth, 0));
    asha.ledger.refund_to_wallet(&asha.refund("g", "c", 600_000)).await.expect("refunds are exempt");
    assert_eq!(asha.holds().await, Paise::new(1_000_000));
}

async fn a_month_ends_at_midnight_in_kolkata(stores: &Stores) {
    let asha = stores.person().await;
    stores.clock.set(datetime!(2027-01-31 18:29:59.999999 UTC));
    asha.ledger.credit(&asha.credit("january", 1_000_000)).await.expect("credited");
    asha.ledger.spend(&asha.spend("spent", 1_000_000)).await.expect("spent");
    assert!(refused(asha.ledger.credit(&asha.credit("late", 1)).await).is_some());
    assert!(asha.wallets.room_for(asha.user_id, Paise::new(1)).await.is_err());
    stores.clock.set(datetime!(2027-01-31 18:30 UTC));
    asha.wallets.room_for(asha.user_id, Paise::new(1_000_000)).await.expect("a new month");
    asha.ledger.credit(&asha.credit("february", 1_000_000)).await.expect("a new month");
    asha.ledger.spend(&asha.spend("spent2", 1_000_000)).await.expect("spent");
    // A gateway whose clock is still in January loads into February, where the wallet already is.
    stores.clock.set(datetime!(2027-01-31 18:29:59 UTC));
    let skewed = refused(asha.ledger.credit(&asha.credit("skewed", 1)).await);
    assert_eq!(skewed.map(|limit| limit.remaining), Some(Paise::ZERO));
    assert!(asha.wallets.room_for(asha.user_id, Paise::new(1)).await.is_err());
    stores.clock.set(datetime!(2027-02-01 12:00 UTC));
}

async fn a_raised_level_has_room_at_once(stores: &Stores) {
    let asha = stores.person().await;
    let big = asha.credit("big", 20_000_000);
    assert!(refused(asha.ledger.credit(&big).await).is_some());
    asha.wallets.raise_limit(asha.user_id, KycLevel::Full).await.expect("raised");
    asha.ledger.credit(&big).await.expect("within the limits of full verification");
    asha.ledger.spend(&asha.spend("s", 1)).await.expect("spent");
    asha.ledger.credit(&asha.credit("again", 1)).await.expect("no limit on a month's load");
    let over = LimitExceeded { limit: LimitName::Balance, remaining: Paise::ZERO };
    assert_eq!(refused(asha.ledger.credit(&asha.credit("over", 1)).await), Some(over));
}

async fn a_refusal_is_for_ever(stores: &Stores) {
    let asha = stores.person().await;
    let (full, late) = (asha.credit("full", 1_000_000), asha.credit("late", 1));
    asha.ledger.credit(&full).await.expect("credited");
    assert!(refused(asha.ledger.credit(&late).await).is_some(), "no room");
    for _ in 0..2 {
        assert_eq!(asha.ledger.refuse(&late.reference).await.expect("answered"), Refusal::Refused);
        assert_eq!(asha.ledger.refuse(&full.reference).await.expect("answered"), Refusal::Booked);
    }
    asha.wallets.raise_limit(asha.user_id, KycLevel::Full).await.expect("raised");
    assert!(matches!(asha.ledger.credit(&late).await, Err(CreditError::Refused)), "room came too late");
    let spent = asha.ledger.spend(&asha.spend("late", 1)).await;
    assert!(matches!(spent, Err(SpendError::ReferenceReused)), "{spent:?}");
    asha.ledger.credit(&full).await.expect("what is booked stays booked");
    assert_eq!(asha.holds().await, Paise::new(1_000_000));
    // Somebody without a wallet may be refused too, and a wallet that they get later changes nothing.
    let nobody = asha.reference("nobody");
    assert_eq!(asha.ledger.refuse(&nobody).await.expect("answered"), Refusal::Refused);
    assert!(matches!(asha.ledger.credit(&asha.credit("nobody", 1)).await, Err(CreditError::Refused)));
}

/// What was wrong is corrected by more bookings, never beyond what it was.
pub async fn corrections(stores: &Stores) {
    a_spending_comes_back_once(stores).await;
    a_wrong_transfer_is_undone_once(stores).await;
    a_reversed_load_gives_its_room_back(stores).await;
    stores.books_are_clean().await;
}

impl Person {
    fn refund(&self, reference: &str, spend: &str, paise: i64) -> Refund {
        Refund {
            user_id: self.user_id,
            spend: self.reference(spend),
            amount: Paise::new(paise),
            reference: self.reference(reference),
            order: None,
        }
    }

    fn reversal(&self, reference: &str, transfer: &str) -> Reversal {
        Reversal {
            user_id: self.user_id,
            transfer: self.reference(transfer),
            reference: self.reference(reference),
        }
    }
}

async fn a_spending_comes_back_once(stores: &Stores) {
    let (asha, ravi) = (stores.person().await, stores.person().await);
    asha.ledger.credit(&asha.credit("in", 10_000)).await.expect("credited");
    asha.ledger.spend(&asha.spend("out", 6_000)).await.expect("spent");
    let part = asha.refund("part", "out", 2_500);
    assert_eq!(asha.ledger.refund_to_wallet(&part).await.expect("refunded").balance_after, Paise::new(6_500));
    assert_eq!(asha.ledger.refund_to_wallet(&part).await.expect("repeated").balance_after, Paise::new(6_500));
    let rest = |paise| asha.refund("rest", "out", paise);
    let too_much = asha.ledger.refund_to_wallet(&rest(3_501)).await;
    assert!(matches!(too_much, Err(RefundError::TooMuch { remaining }) if remaining == Paise::new(3_500)));
    asha.ledger.refund_to_wallet(&rest(3_500)).await.expect("the rest");
    let nothing_left = asha.ledger.refund_to_wallet(&asha.refund("more", "out", 1)).await;
    assert!(matches!(nothing_left, Err(RefundError::TooMuch { remaining: Paise::ZERO })));
    let of_credit = asha.ledger.refund_to_wallet(&asha.refund("wrong", "in", 1)).await;
    assert!(matches!(of_credit, Err(RefundError::SpendNotFound)), "only spending is refunded");
    let mut foreign = ravi.refund("theirs", "x", 1);
    foreign.spend = asha.reference("out");
    assert!(matches!(ravi.ledger.refund_to_wallet(&foreign).await, Err(RefundError::SpendNotFound)));
    assert_eq!((asha.holds().await, ravi.holds().await), (Paise::new(10_000), Paise::ZERO));
}

async fn a_wrong_transfer_is_undone_once(stores: &Stores) {
    let asha = stores.person().await;
    asha.ledger.credit(&asha.credit("in", 10_000)).await.expect("credited");
    asha.ledger.spend(&asha.spend("out", 6_000)).await.expect("spent");
    let taken_back = asha.ledger.reverse(&asha.reversal("r1", "in")).await;
    assert!(
        matches!(taken_back, Err(ReverseError::InsufficientBalance { available }) if available == Paise::new(4_000))
    );
    let undone = asha.ledger.reverse(&asha.reversal("r2", "out")).await.expect("undone");
    assert_eq!(undone.balance_after, Paise::new(10_000));
    assert_eq!(asha.ledger.reverse(&asha.reversal("r2", "out")).await.expect("repeated"), undone);
    let not_reversible = [("r3", "out"), ("r4", "r2")];
    for (reference, transfer) in not_reversible {
        let result = asha.ledger.reverse(&asha.reversal(reference, transfer)).await;
        assert!(matches!(result, Err(ReverseError::NotReversible)), "{transfer}");
    }
    let refund = asha.ledger.refund_to_wallet(&asha.refund("back", "out", 1)).await;
    assert!(matches!(refund, Err(RefundError::TooMuch { remaining: Paise::ZERO })), "it was undone whole");
    let missing = asha.ledger.reverse(&asha.reversal("r5", "nothing")).await;
    assert!(matches!(missing, Err(ReverseError::NotFound)));
    assert_eq!(
        asha.ledger.reverse(&asha.reversal("r1", "in")).await.expect("now it holds enough").balance_after,
        Paise::ZERO
    );
}

async fn a_reversed_load_gives_its_room_back(stores: &Stores) {
    let asha = stores.person().await;
    asha.ledger.credit(&asha.credit("in", 1_000_000)).await.expect("credited");
    asha.ledger.reverse(&asha.reversal("undo", "in")).await.expect("undone");
    asha.ledger.credit(&asha.credit("again", 1_000_000)).await.expect("the mistake took no room");
    let next_month = stores.env.now().saturating_add(Duration::days(40));
    stores.clock.set(next_month);
    asha.ledger.reverse(&asha.reversal("undo2", "again")).await.expect("undone");
    asha.ledger.credit(&asha.credit("new", 1_000_000)).await.expect("a month's room, no more");
    asha.ledger.spend(&asha.spend("out", 1)).await.expect("spent");
    assert!(refused(asha.ledger.credit(&asha.credit("more", 1)).await).is_some());
}
