//! What has happened to a wallet, as its holder reads it: newest first, in pages, over so many days.

use crate::{Purpose, Reference, Source, TransferId, TransferKind, WalletId, fault};
use kernel::{Cursor, Detail, Entry, Fault, Limit, Paise, UserId};
use time::{Duration, OffsetDateTime};

/// The longest history that can be asked for by a number of days; 0 asks for all of it.
const DAYS_MAX: i64 = 365;

/// Over how long a history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// From the beginning.
    All,
    /// The last so many times 24 hours, 1–365.
    Last(u16),
}

/// The number of days is negative or more than 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number of days is out of range")]
pub struct DaysError;

impl Fault for DaysError {
    fn entry(&self) -> Entry {
        fault::NUMBER_OF_DAYS_OUT_OF_RANGE
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", "number_of_days".into()), ("minimum", 0.into()), ("maximum", DAYS_MAX.into())]
    }
}

impl Days {
    /// Types a number of days, where 0 means all.
    ///
    /// # Errors
    /// When it is not within 0–365.
    pub fn parse(days: i64) -> Result<Self, DaysError> {
        match u16::try_from(days) {
            Ok(0) => Ok(Self::All),
            Ok(days) if i64::from(days) <= DAYS_MAX => Ok(Self::Last(days)),
            Ok(_) | Err(_) => Err(DaysError),
        }
    }

    /// The first instant that belongs to it.
    #[must_use]
    pub fn since(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::All => OffsetDateTime::UNIX_EPOCH,
            Self::Last(days) => now.saturating_sub(Duration::days(days.into())),
        }
    }
}

/// How a transaction stands.
///
/// The ledger only holds what has happened, so what it shows is `SUCCESS` or `REVERSED`; the other two are words
/// of the contract for money that is still on its way or never came, which the orders of payments tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionStatus {
    /// It has not happened yet.
    Pending,
    /// It happened.
    Success,
    /// It did not happen.
    Failed,
    /// It happened and was undone.
    Reversed,
}

impl TransactionStatus {
    /// Its one spelling on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Reversed => "REVERSED",
        }
    }
}

/// One line of a wallet's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The transfer.
    pub transaction_id: TransferId,
    /// Its kind.
    pub kind: TransferKind,
    /// What it did to the balance.
    pub amount: Paise,
    /// How it stands.
    pub status: TransactionStatus,
    /// From whom the money is.
    pub source: Option<Source>,
    /// On what it was spent.
    pub purpose: Option<Purpose>,
    /// What the wallet held right after it.
    pub balance_after: Paise,
    /// What made it happen once.
    pub reference: Reference,
    /// When it was booked; never before an older line of the same wallet.
    pub occurred_at: OffsetDateTime,
}

/// What a history screen asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Who asks.
    pub user_id: UserId,
    /// Whose wallet, which must be theirs.
    pub wallet_id: WalletId,
    /// Nothing older than this.
    pub since: OffsetDateTime,
    /// Go on after this line, named by its transaction.
    pub after: Option<Cursor>,
    /// How many lines.
    pub limit: Limit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_year_is_the_most_and_zero_is_everything() {
        assert_eq!(Days::parse(0), Ok(Days::All));
        assert_eq!(Days::parse(1), Ok(Days::Last(1)));
        assert_eq!(Days::parse(365), Ok(Days::Last(365)));
        for wrong in [-1, 366, 65_536, i64::MIN, i64::MAX] {
            assert_eq!(Days::parse(wrong), Err(DaysError), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_twenty_four_hours_back() {
        let now = datetime!(2026-01-15 12:00 UTC);
        assert_eq!(Days::Last(1).since(now), datetime!(2026-01-14 12:00 UTC));
        assert_eq!(Days::All.since(now), OffsetDateTime::UNIX_EPOCH);
    }
}
