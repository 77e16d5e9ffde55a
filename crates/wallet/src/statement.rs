//! A wallet's statement over some days: opening balance, every line, closing balance; and the same as CSV.

use crate::{Purpose, Source, Transaction};
use kernel::{Detail, Entry, Fault, Paise, catalogue, day_begins_at};
use time::{Date, OffsetDateTime, UtcOffset, macros::format_description, macros::offset};

/// The longest period of one statement, in days: a leap year.
const DAYS_MAX: i64 = 366;

/// The most lines one statement may hold: twice an hour, day and night, for a year.
pub const LINES_MAX: usize = 20_000;

/// The offset of Asia/Kolkata, whose days a statement counts.
const INDIA: UtcOffset = offset!(+5:30);

/// From one business day to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Date,
    to: Date,
}

/// The dates make no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// A date is not written YYYY-MM-DD, or does not exist.
    #[error("the date {0} is not a date")]
    NotADate(&'static str),
    /// It ends before it begins, or lasts too long.
    #[error("the period is reversed or too long")]
    Length,
}

impl Fault for PeriodError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotADate(_) => catalogue::INVALID_DATE_FORMAT,
            Self::Length => catalogue::VALIDATION_ERROR,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotADate(field) => {
                vec![("field", (*field).into()), ("constraint", "a date written YYYY-MM-DD".into())]
            }
            Self::Length => {
                vec![("field", "to".into()), ("constraint", "not before from, and at most 366 days".into())]
            }
        }
    }
}

impl Period {
    /// Reads a period from two dates written YYYY-MM-DD.
    ///
    /// # Errors
    /// When one is not a date, or they are out of order, or more than 366 days lie within.
    pub fn parse(from: &str, to: &str) -> Result<Self, PeriodError> {
        let from = date(from).ok_or(PeriodError::NotADate("from"))?;
        let to = date(to).ok_or(PeriodError::NotADate("to"))?;
        let days =
            i64::from(to.to_julian_day()).saturating_sub(from.to_julian_day().into()).saturating_add(1);
        if (1..=DAYS_MAX).contains(&days) { Ok(Self { from, to }) } else { Err(PeriodError::Length) }
    }

    /// The first instant that belongs to it: midnight in Asia/Kolkata.
    #[must_use]
    pub fn begins_at(&self) -> OffsetDateTime {
        day_begins_at(self.from)
    }

    /// The first instant that no longer belongs to it.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        day_begins_at(self.to.next_day().unwrap_or(self.to))
    }
}

fn date(text: &str) -> Option<Date> {
    let written = text.len() == 10 && text.starts_with(|first: char| first.is_ascii_digit());
    let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok().filter(|_| written)?;
    // Years that the business can have seen, far from where dates and offsets overflow.
    (2000..=9000).contains(&date.year()).then_some(date)
}

/// The lines of a period with what stood before and after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The period.
    pub period: Period,
    /// What the wallet held when it began.
    pub opening: Paise,
    /// Every line, oldest first.
    pub lines: Vec<Transaction>,
}

/// The statement could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the statement could not be written as CSV")]
pub struct CsvError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Fault for CsvError {
    fn entry(&self) -> Entry {
        catalogue::INTERNAL_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

impl Statement {
    /// What the wallet held when the period ended.
    #[must_use]
    pub fn closing(&self) -> Paise {
        self.lines.last().map_or(self.opening, |line| line.balance_after)
    }

    /// The statement as CSV (RFC 4180, UTF-8): amounts in rupees with two decimals, times in Asia/Kolkata.
    ///
    /// A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, so every cell of text that
    /// does is preceded by an apostrophe; cells of money are digits we wrote.
    ///
    /// # Errors
    /// Never in memory, but for a failing writer of the CSV library.
    pub fn to_csv(&self) -> Result<String, CsvError> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let mut write = |row: [String; 8]| csv.write_record(row).map_err(|error| CsvError(error.into()));
        write(HEADINGS.map(str::to_owned))?;
        write(balance_row(self.period.from, "opening balance", self.opening))?;
        for line in &self.lines {
            write(line_row(line))?;
        }
        write(balance_row(self.period.to, "closing balance", self.closing()))?;
        let bytes = csv.into_inner().map_err(|error| CsvError(error.into_error().into()))?;
        String::from_utf8(bytes).map_err(|error| CsvError(error.into()))
    }
}

const HEADINGS: [&str; 8] =
    ["date", "time", "type", "status", "source_or_purpose", "reference", "amount_inr", "balance_inr"];

fn balance_row(day: Date, what: &str, balance: Paise) -> [String; 8] {
    let empty = String::new;
    [day.to_string(), empty(), what.to_owned(), empty(), empty(), empty(), empty(), rupees(balance)]
}

fn line_row(line: &Transaction) -> [String; 8] {
    let at = line.occurred_at.to_offset(INDIA);
    let (hour, minute, second) = at.to_hms();
    let with_whom = line.purpose.map(Purpose::word).or(line.source.map(Source::word)).unwrap_or_default();
    [
        at.date().to_string(),
        format!("{hour:02}:{minute:02}:{second:02}"),
        inert(line.kind.word()),
        inert(line.status.word()),
        inert(with_whom),
        inert(line.reference.as_str()),
        rupees(line.amount),
        rupees(line.balance_after),
    ]
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if dangerous { format!("'{text}") } else { text.to_owned() }
}

/// Rupees as digits, without grouping or sign of currency: `-1250.05`.
fn rupees(amount: Paise) -> String {
    let sign = if amount.get() < 0 { "-" } else { "" };
    let digits = format!("{:03}", amount.get().unsigned_abs());
    let (rupees, paise) = digits.split_at(digits.len().saturating_sub(2));
    format!("{sign}{rupees}.{paise}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reference, TransactionStatus, TransferId, TransferKind};
    use kernel::uuid::Uuid;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn days_are_indias() {
        let period = Period::parse("2026-01-01", "2026-01-31").unwrap();
        assert_eq!(period.begins_at(), datetime!(2025-12-31 18:30 UTC));
        assert_eq!(period.ends_at(), datetime!(2026-01-31 18:30 UTC));
    }

    #[test]
    fn only_real_dates_in_order_make_a_period() {
        for (from, field) in
            [("2026-02-30", "from"), ("01-01-2026", "from"), ("", "from"), ("+2026-01-01", "from")]
        {
            assert_eq!(Period::parse(from, "2026-03-01"), Err(PeriodError::NotADate(field)), "{from}");
        }
        assert_eq!(Period::parse("2026-01-01", "9999-12-31"), Err(PeriodError::NotADate("to")));
        assert_eq!(Period::parse("2026-01-02", "2026-01-01"), Err(PeriodError::Length));
        assert!(Period::parse("2026-01-01", "2026-01-01").is_ok());
        assert!(Period::parse("2024-01-01", "2024-12-31").is_ok());
        assert_eq!(Period::parse("2024-01-01", "2025-01-01"), Err(PeriodError::Length));
    }

    fn line(kind: TransferKind, amount: i64, balance_after: i64) -> Transaction {
        Transaction {
            transaction_id: TransferId::new(Uuid::from_u128(1)),
            kind,
            amount: Paise::new(amount),
            status: TransactionStatus::Success,
            source: (amount > 0).then_some(Source::Own),
            purpose: (amount < 0).then_some(Purpose::Pharmacy),
            balance_after: Paise::new(balance_after),
            reference: Reference::parse("topup:AAR1").unwrap(),
            occurred_at: datetime!(2026-01-01 19:00 UTC),
        }
    }

    #[test]
    fn a_statement_reads_as_a_table() {
        let statement = Statement {
            period: Period::parse("2026-01-01", "2026-01-31").unwrap(),
            opening: Paise::new(5),
            lines: vec![line(TransferKind::Topup, 125_000, 125_005), line(TransferKind::Spend, -5, 125_000)],
        };
        let expected = "date,time,type,status,source_or_purpose,reference,amount_inr,balance_inr\n\
             2026-01-01,,opening balance,,,,,0.05\n\
             2026-01-02,00:30:00,topup,SUCCESS,self,topup:AAR1,1250.00,1250.05\n\
             2026-01-02,00:30:00,spend,SUCCESS,pharmacy,topup:AAR1,-0.05,1250.00\n\
             2026-01-31,,closing balance,,,,,1250.00\n";
        assert_eq!(statement.to_csv().unwrap(), expected);
        assert_eq!(statement.closing(), Paise::new(125_000));
    }

    #[test]
    fn text_is_never_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum", "\t=1"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        assert_eq!(inert("topup"), "topup");
    }

    proptest! {
        #[test]
        fn rupees_read_back(paise in any::<i64>()) {
            let written = rupees(Paise::new(paise));
            let (_, decimals) = written.split_once('.').unwrap();
            prop_assert_eq!(decimals.len(), 2);
            prop_assert_eq!(written.replace('.', "").parse::<i64>().ok(), Some(paise));
        }
    }
}
