//! The books in memory read back, and checked against themselves.

use super::books::{Books, InMemoryBooks, Posting};
use crate::{
    Booking, Difference, HistoryQuery, Movement, Reference, Refusal, Report, Transaction, TransactionStatus,
    Transfer, TransferId, TransferKind, month_of,
    ports::{LedgerAudit, LedgerStore, StatementQuery, StatementRows},
};
use async_trait::async_trait;
use kernel::{Page, Paise, StoreError, UserId};
use time::OffsetDateTime;

#[async_trait]
impl LedgerStore for InMemoryBooks {
    async fn book(&self, movement: &Movement) -> Result<Booking, StoreError> {
        self.lock().book(movement)
    }

    async fn refuse(
        &self,
        _: TransferId,
        reference: &Reference,
        _: OffsetDateTime,
    ) -> Result<Refusal, StoreError> {
        Ok(self.lock().refuse(reference))
    }

    async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError> {
        let books = self.lock();
        let found = books.of(user_id).find(|posting| posting.transfer.reference == *reference);
        Ok(found.map(|posting| posting.transfer.clone()))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<Option<Page<Transaction>>, StoreError> {
        let books = self.lock();
        let kept = books.wallets.get(&query.user_id);
        if kept.and_then(|kept| kept.wallet.wallet_id()) != Some(&query.wallet_id) {
            return Ok(None);
        }
        let mut lines: Vec<_> =
            books.of(query.user_id).filter(|line| line.booked_at >= query.since).collect();
        lines.reverse();
        if let Some(cursor) = query.after {
            // Postings of a wallet stand in the order of their booking, so the page goes on right after its row.
            let seen = lines.iter().position(|line| line.transfer.id.uuid() == cursor.row());
            lines.drain(..seen.map_or(lines.len(), |seen| seen.saturating_add(1)));
        }
        lines.truncate(query.limit.rows().saturating_add(1));
        let rows = lines.into_iter().map(|line| books.shown(line)).collect();
        Ok(Some(Page::cut(rows, query.limit, |row: &Transaction| row.transaction_id.uuid())))
    }

    async fn statement(&self, query: &StatementQuery) -> Result<Option<StatementRows>, StoreError> {
        let books = self.lock();
        if !books.wallets.contains_key(&query.user_id) {
            return Ok(None);
        }
        let before = books.of(query.user_id).take_while(|line| line.booked_at < query.begins_at).last();
        let opening = before.map_or(Paise::ZERO, |line| line.balance_after);
        let within = books
            .of(query.user_id)
            .filter(|line| line.booked_at >= query.begins_at && line.booked_at < query.ends_at);
        let lines = within.take(query.lines_max).map(|line| books.shown(line)).collect();
        Ok(Some(StatementRows { opening, lines }))
    }
}

#[async_trait]
impl LedgerAudit for InMemoryBooks {
    async fn check(&self) -> Result<Report, StoreError> {
        let books = self.lock();
        let mut differences: Vec<_> =
            books.wallets.keys().flat_map(|user_id| books.check(*user_id)).collect();
        for posting in &books.postings {
            let transfer_id = posting.transfer.id;
            let corrections = books.postings.iter().filter(|other| other.corrects == Some(transfer_id));
            let corrected = sum(corrections.map(|other| other.transfer.amount));
            if corrected.get().unsigned_abs() > posting.transfer.amount.get().unsigned_abs() {
                differences.push(Difference::OverCorrected { transfer_id });
            }
        }
        let transfers = u64::try_from(books.postings.len()).unwrap_or(u64::MAX);
        let wallets = u64::try_from(books.wallets.len()).unwrap_or(u64::MAX);
        Ok(Report { transfers, postings: transfers.saturating_mul(2), wallets, differences })
    }
}

impl Books {
    /// A wallet's postings, oldest first.
    fn of(&self, user_id: UserId) -> impl DoubleEndedIterator<Item = &Posting> {
        self.postings.iter().filter(move |posting| posting.user_id == user_id)
    }

    fn shown(&self, posting: &Posting) -> Transaction {
        let transfer = &posting.transfer;
        let reversed = self.postings.iter().any(|other| {
            other.corrects == Some(transfer.id) && other.transfer.kind == TransferKind::Reversal
        });
        Transaction {
            transaction_id: transfer.id,
            kind: transfer.kind,
            amount: transfer.amount,
            status: if reversed { TransactionStatus::Reversed } else { TransactionStatus::Success },
            source: transfer.source,
            purpose: transfer.purpose,
            balance_after: posting.balance_after,
            reference: transfer.reference.clone(),
            occurred_at: posting.booked_at,
        }
    }

    fn check(&self, user_id: UserId) -> Vec<Difference> {
        let Some(kept) = self.wallets.get(&user_id).map(|kept| &kept.wallet) else { return Vec::new() };
        let mut differences = Vec::new();
        let summed = sum(self.of(user_id).map(|posting| posting.transfer.amount));
        if summed != kept.balance {
            differences.push(Difference::Balance { user_id, kept: kept.balance, summed });
        }
        let of_month = self.of(user_id).filter(|posting| month_of(posting.booked_at) == kept.loaded_month);
        let summed = sum(of_month.map(|posting| posting.load));
        if summed != kept.loaded {
            differences.push(Difference::MonthLoad { user_id, kept: kept.loaded, summed });
        }
        let mut balance = Paise::ZERO;
        for (posting, position) in self.of(user_id).zip(1..) {
            balance = sum([balance, posting.transfer.amount]);
            if balance != posting.balance_after {
                differences.push(Difference::Chain { user_id, position });
            }
        }
        differences
    }
}

fn sum(amounts: impl IntoIterator<Item = Paise>) -> Paise {
    Paise::new(amounts.into_iter().fold(0_i64, |sum, amount| sum.saturating_add(amount.get())))
}
