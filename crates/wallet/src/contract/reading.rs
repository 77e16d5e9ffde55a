//! What is read out of the books: history in pages, statements of days gone by, each only by its owner.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a contract that is broken must say so and stop"
)]

use super::{Person, Stores};
use crate::{
    Days, HistoryError, Period, Reversal, StatementError, Transaction, TransactionStatus, TransferKind,
    WalletId,
};
use kernel::{Cursor, Limit, Paise, UserId};
use time::{Duration, macros::datetime};

/// Runs the suite.
pub async fn reading(stores: &Stores) {
    a_history_is_read_in_pages_newest_first(stores).await;
    a_history_goes_back_as_many_days_as_asked(stores).await;
    a_line_tells_what_happened(stores).await;
    a_history_is_its_owners(stores).await;
    a_statement_adds_up(stores).await;
    stores.books_are_clean().await;
}

async fn page(
    person: &Person,
    days: Days,
    rows: u64,
    after: Option<Cursor>,
) -> (Vec<Transaction>, Option<Cursor>) {
    let limit = Limit::parse(rows).expect("a page size");
    let page = person.ledger.history(person.user_id, &person.wallet_id, days, limit, after).await;
    let page = page.expect("their own history");
    (page.rows, page.next)
}

async fn a_history_is_read_in_pages_newest_first(stores: &Stores) {
    let asha = stores.person().await;
    assert_eq!(page(&asha, Days::All, 20, None).await, (Vec::new(), None));
    for number in 1..=7 {
        // Several in the same instant, so that order cannot rest on time alone.
        if number % 3 == 0 {
            stores.clock.advance(Duration::seconds(1));
        }
        asha.ledger.credit(&asha.credit(&format!("n{number}"), number)).await.expect("credited");
    }
    let (mut seen, mut after) = (Vec::new(), None);
    for expected in [3, 3, 1] {
        let (rows, next) = page(&asha, Days::All, 3, after).await;
        assert_eq!(rows.len(), expected);
        seen.extend(rows.iter().map(|row| row.amount.get()));
        after = next;
        if after.is_some() {
            // What happens in between disturbs no page: it would stand before the first.
            let reference = format!("between{}", seen.len());
            asha.ledger.credit(&asha.credit(&reference, 1)).await.expect("credited");
        }
    }
    assert_eq!((seen, after), (vec![7, 6, 5, 4, 3, 2, 1], None));
    let foreign = Cursor::after(stores.env.new_uuid());
    assert_eq!(page(&asha, Days::All, 3, Some(foreign)).await, (Vec::new(), None));
}

async fn a_history_goes_back_as_many_days_as_asked(stores: &Stores) {
    let asha = stores.person().await;
    asha.ledger.credit(&asha.credit("old", 1)).await.expect("credited");
    stores.clock.advance(Duration::days(7));
    asha.ledger.credit(&asha.credit("week", 2)).await.expect("credited");
    stores.clock.advance(Duration::days(1));
    let amounts = |rows: &[Transaction]| rows.iter().map(|row| row.amount.get()).collect::<Vec<_>>();
    assert_eq!(amounts(&page(&asha, Days::Last(1), 20, None).await.0), [2], "to the instant");
    assert_eq!(amounts(&page(&asha, Days::Last(7), 20, None).await.0), [2]);
    assert_eq!(amounts(&page(&asha, Days::Last(8), 20, None).await.0), [2, 1]);
    assert_eq!(amounts(&page(&asha, Days::All, 20, None).await.0), [2, 1]);
    stores.clock.advance(Duration::microseconds(1));
    assert_eq!(amounts(&page(&asha, Days::Last(1), 20, None).await.0), [0; 0]);
}

async fn a_line_tells_what_happened(stores: &Stores) {
    let asha = stores.person().await;
    let credit = asha.credit("in", 500);
    let credited = asha.ledger.credit(&credit).await.expect("credited");
    let spend = asha.spend("out", 200);
    asha.ledger.spend(&spend).await.expect("spent");
    let undo = Reversal {
        user_id: asha.user_id,
        transfer: asha.reference("out"),
        reference: asha.reference("undo"),
    };
    asha.ledger.reverse(&undo).await.expect("undone");
    let (rows, _) = page(&asha, Days::All, 20, None).await;
    let expected = Transaction {
        transaction_id: credited.transfer_id,
        kind: TransferKind::Topup,
        amount: Paise::new(500),
        status: TransactionStatus::Success,
        source: Some(credit.source),
        purpose: None,
        balance_after: Paise::new(500),
        reference: credit.reference.clone(),
        occurred_at: credited.booked_at,
    };
    assert_eq!(rows[2], expected);
    let (spent, undone) = (&rows[1], &rows[0]);
    assert_eq!((spent.amount, spent.balance_after), (Paise::new(-200), Paise::new(300)));
    assert_eq!(
        (spent.status, spent.purpose, spent.source),
        (TransactionStatus::Reversed, Some(spend.purpose), None)
    );
    assert_eq!((undone.kind, undone.amount), (TransferKind::Reversal, Paise::new(200)));
    assert_eq!((undone.status, undone.balance_after), (TransactionStatus::Success, Paise::new(500)));
}

async fn a_history_is_its_owners(stores: &Stores) {
    let (asha, ravi) = (stores.person().await, stores.person().await);
    asha.ledger.credit(&asha.credit("in", 500)).await.expect("credited");
    let unknown = WalletId::parse("wlm_unknown").expect("an id");
    for (user_id, wallet_id) in [(ravi.user_id, &asha.wallet_id), (asha.user_id, &unknown)] {
        let answer = asha.ledger.history(user_id, wallet_id, Days::All, Limit::DEFAULT, None).await;
        assert!(matches!(answer, Err(HistoryError::WalletNotFound)));
    }
    let nobody = UserId::generate(&stores.env);
    let period = Period::parse("2026-01-01", "2026-01-31").expect("a period");
    assert!(matches!(asha.ledger.statement(nobody, period).await, Err(StatementError::WalletNotFound)));
}

async fn a_statement_adds_up(stores: &Stores) {
    stores.clock.set(datetime!(2028-02-29 18:29:59 UTC));
    let asha = stores.person().await;
    asha.ledger.credit(&asha.credit("february", 1_000)).await.expect("credited");
    stores.clock.set(datetime!(2028-02-29 18:30 UTC));
    asha.ledger.credit(&asha.credit("first", 200)).await.expect("credited");
    stores.clock.set(datetime!(2028-03-31 18:29:59.999999 UTC));
    asha.ledger.spend(&asha.spend("last", 700)).await.expect("spent");
    stores.clock.set(datetime!(2028-03-31 18:30 UTC));
    asha.ledger.credit(&asha.credit("april", 5)).await.expect("credited");
    let of = |from, to| Period::parse(from, to).expect("a period");
    let march = asha.ledger.statement(asha.user_id, of("2028-03-01", "2028-03-31")).await.expect("theirs");
    assert_eq!((march.opening, march.closing()), (Paise::new(1_000), Paise::new(500)));
    let amounts: Vec<_> = march.lines.iter().map(|line| line.amount.get()).collect();
    assert_eq!(amounts, [200, -700], "oldest first");
    let before = asha.ledger.statement(asha.user_id, of("2028-01-01", "2028-01-31")).await.expect("theirs");
    assert_eq!((before.opening, before.closing(), before.lines.len()), (Paise::ZERO, Paise::ZERO, 0));
    let after = asha.ledger.statement(asha.user_id, of("2028-04-02", "2028-04-03")).await.expect("theirs");
    assert_eq!((after.opening, after.closing(), after.lines.len()), (Paise::new(505), Paise::new(505), 0));
}
