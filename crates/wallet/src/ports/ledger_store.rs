//! Where money is booked.

use crate::{Booking, HistoryQuery, Movement, Reference, Refusal, Transaction, Transfer, TransferId};
use async_trait::async_trait;
use kernel::{Page, Paise, StoreError, UserId};
use time::OffsetDateTime;

/// What a statement asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementQuery {
    /// Whose wallet.
    pub user_id: UserId,
    /// The first instant that belongs to it.
    pub begins_at: OffsetDateTime,
    /// The first instant that no longer does.
    pub ends_at: OffsetDateTime,
    /// The most lines to read.
    pub lines_max: usize,
}

/// What a statement is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRows {
    /// What the wallet held at the first instant.
    pub opening: Paise,
    /// The lines, oldest first.
    pub lines: Vec<Transaction>,
}

/// Books movements and reads them back.
///
/// Bookings of one wallet follow one another: each has a `booked_at` not before the last one's and a
/// `balance_after` that follows from the last one's, so that a statement of days gone by never changes.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Books a movement with its news, once per reference, or tells why nothing moved.
    ///
    /// Level, limits and balance are looked at inside the transaction that moves the money. A reference that is
    /// booked already is answered first, whatever else would stand in the way now. Corrections need neither an
    /// unblocked wallet nor room under a limit; a reversed load gives its room back within its month.
    async fn book(&self, movement: &Movement) -> Result<Booking, StoreError>;

    /// Takes a reference for ever without moving anything, unless a transfer has it: of a booking and a refusal
    /// of one reference exactly one stands, however many are at it. `transfer_id` is the refusal's own.
    async fn refuse(
        &self,
        transfer_id: TransferId,
        reference: &Reference,
        at: OffsetDateTime,
    ) -> Result<Refusal, StoreError>;

    /// The transfer of a person's wallet with this reference.
    async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError>;

    /// A page of a wallet's history, newest first; `None` when the person has no such wallet.
    async fn history(&self, query: &HistoryQuery) -> Result<Option<Page<Transaction>>, StoreError>;

    /// What a statement is made of; `None` when the person has no wallet.
    async fn statement(&self, query: &StatementQuery) -> Result<Option<StatementRows>, StoreError>;
}
