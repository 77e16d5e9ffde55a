//! How much a wallet may hold and take in: data with effective dates, decided by how well its holder is known.

use kernel::{Detail, Entry, Fault, Paise, business_day, catalogue};
use time::{Date, OffsetDateTime};

/// How well the holder is known to the issuer, which decides the limits. Ordered: levels are only raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KycLevel {
    /// Minimum details: a small prepaid instrument.
    Small,
    /// Full verification: a full-KYC prepaid instrument.
    Full,
}

impl KycLevel {
    /// Its one spelling in tables and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Full => "full",
        }
    }

    /// Reads the word a table holds.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Small, Self::Full].into_iter().find(|level| level.word() == word)
    }
}

/// The limits of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelLimits {
    /// The most a wallet may hold.
    pub balance_max: Paise,
    /// The most it may take in within a calendar month in Asia/Kolkata, over all sources together; `None`
    /// where the rule sets none.
    pub load_per_month_max: Option<Paise>,
}

/// The limits in force at one time, for both levels: the level itself is read where the money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// With minimum details.
    pub small: LevelLimits,
    /// With full verification.
    pub full: LevelLimits,
}

/// Which limit stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitName {
    /// What a wallet may hold.
    Balance,
    /// What it may take in within a month.
    LoadPerMonth,
}

impl LimitName {
    /// Its one spelling on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::LoadPerMonth => "load_per_month",
        }
    }
}

/// A load would exceed a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wallet's limit on {} would be exceeded", .limit.word())]
pub struct LimitExceeded {
    /// The tighter of the limits.
    pub limit: LimitName,
    /// How much could still be loaded now.
    pub remaining: Paise,
}

impl Fault for LimitExceeded {
    fn entry(&self) -> Entry {
        catalogue::LIMIT_EXCEEDED
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("limit", self.limit.word().into()), ("remaining", self.remaining.get().into())]
    }
}

/// What a wallet holds and took in: what limits are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How well the holder is known.
    pub level: KycLevel,
    /// What the wallet holds.
    pub balance: Paise,
    /// What it took in within the month in question.
    pub loaded: Paise,
}

impl Limits {
    /// The limits of a level.
    #[must_use]
    pub const fn of(&self, level: KycLevel) -> LevelLimits {
        match level {
            KycLevel::Small => self.small,
            KycLevel::Full => self.full,
        }
    }

    /// Whether `amount` more may be loaded.
    ///
    /// # Errors
    /// When a limit would be exceeded: the one that leaves least room, the balance's if both leave the same.
    pub fn allow(&self, standing: Standing, amount: Paise) -> Result<(), LimitExceeded> {
        let limits = self.of(standing.level);
        let by_balance = LimitExceeded {
            limit: LimitName::Balance,
            remaining: left(limits.balance_max, standing.balance),
        };
        let by_month = limits.load_per_month_max.map(|most| LimitExceeded {
            limit: LimitName::LoadPerMonth,
            remaining: left(most, standing.loaded),
        });
        let tightest = by_month.filter(|month| month.remaining < by_balance.remaining).unwrap_or(by_balance);
        if amount <= tightest.remaining { Ok(()) } else { Err(tightest) }
    }
}

fn left(most: Paise, used: Paise) -> Paise {
    Paise::new(most.get().saturating_sub(used.get()).max(0))
}

/// The first day of the calendar month in Asia/Kolkata that an instant belongs to.
#[must_use]
pub fn month_of(at: OffsetDateTime) -> Date {
    let day = business_day(at);
    day.replace_day(1).unwrap_or(day)
}

/// The limits over time: a rule that changes is a new row with its first day, not a new release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitTable {
    first: Limits,
    later: Vec<(Date, Limits)>,
}

impl LimitTable {
    /// A table that begins with `first` and changes on each of the `later` days (in Asia/Kolkata).
    #[must_use]
    pub fn new(first: Limits, mut later: Vec<(Date, Limits)>) -> Self {
        later.sort_by_key(|(from, _)| *from);
        Self { first, later }
    }

    /// What RBI's Master Direction on Prepaid Payment Instruments (2021, as amended to 23 February 2024) sets:
    /// a small instrument holds at most ₹10,000 and loads at most ₹10,000 a month (which implies its
    /// ₹1,20,000 a year); a full-KYC one holds at most ₹2,00,000 and has no monthly limit on loads.
    #[must_use]
    pub fn rbi_2021() -> Self {
        let ten_thousand = Paise::rupees(10_000);
        let small = LevelLimits { balance_max: ten_thousand, load_per_month_max: Some(ten_thousand) };
        let full = LevelLimits { balance_max: Paise::rupees(200_000), load_per_month_max: None };
        Self::new(Limits { small, full }, Vec::new())
    }

    /// The limits it begins with.
    #[must_use]
    pub const fn first(&self) -> Limits {
        self.first
    }

    /// The limits in force at an instant.
    #[must_use]
    pub fn at(&self, at: OffsetDateTime) -> Limits {
        let day = business_day(at);
        self.later.iter().rev().find(|(from, _)| *from <= day).map_or(self.first, |(_, limits)| *limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    fn standing(level: KycLevel, balance: i32, loaded: i32) -> Standing {
        Standing { level, balance: Paise::rupees(balance), loaded: Paise::rupees(loaded) }
    }

    #[test]
    fn the_tighter_limit_is_named_with_what_is_left() {
        let limits = LimitTable::rbi_2021().at(datetime!(2026-01-15 12:00 UTC));
        let small = |balance, loaded, amount| {
            limits.allow(standing(KycLevel::Small, balance, loaded), Paise::rupees(amount))
        };
        assert_eq!(small(0, 0, 10_000), Ok(()));
        let over = |limit, remaining| Err(LimitExceeded { limit, remaining: Paise::rupees(remaining) });
        assert_eq!(small(0, 0, 10_001), over(LimitName::Balance, 10_000));
        assert_eq!(small(100, 9_000, 1_001), over(LimitName::LoadPerMonth, 1_000));
        assert_eq!(small(9_500, 0, 501), over(LimitName::Balance, 500));
        assert_eq!(small(10_500, 0, 1), over(LimitName::Balance, 0), "a refund may leave it above");
        let full =
            |balance, amount| limits.allow(standing(KycLevel::Full, balance, 500_000), Paise::rupees(amount));
        assert_eq!(full(0, 200_000), Ok(()));
        assert_eq!(full(1, 200_000), over(LimitName::Balance, 199_999));
    }

    #[test]
    fn a_month_begins_at_midnight_in_kolkata() {
        assert_eq!(month_of(datetime!(2026-01-31 18:29:59 UTC)), date!(2026 - 01 - 01));
        assert_eq!(month_of(datetime!(2026-01-31 18:30:00 UTC)), date!(2026 - 02 - 01));
    }

    #[test]
    fn a_new_rule_holds_from_its_first_day_in_kolkata() {
        let old = LimitTable::rbi_2021().first;
        let level = LevelLimits { balance_max: Paise::rupees(5), load_per_month_max: None };
        let new = Limits { small: level, full: level };
        let table = LimitTable::new(old, vec![(date!(2027 - 04 - 01), new)]);
        assert_eq!(table.at(datetime!(2027-03-31 18:29:59 UTC)), old);
        assert_eq!(table.at(datetime!(2027-03-31 18:30:00 UTC)), new);
    }

    proptest! {
        #[test]
        fn what_is_allowed_stays_within_both_limits(
            balance in 0..2_000_000_i64, loaded in 0..2_000_000_i64, amount in 1..2_000_000_i64,
        ) {
            let limits = LimitTable::rbi_2021().first;
            let at = Standing {
                level: KycLevel::Small, balance: Paise::new(balance), loaded: Paise::new(loaded),
            };
            let fits = balance + amount <= 1_000_000 && loaded + amount <= 1_000_000;
            match limits.allow(at, Paise::new(amount)) {
                Ok(()) => prop_assert!(fits),
                Err(refused) => {
                    prop_assert!(!fits);
                    prop_assert!(refused.remaining < Paise::new(amount));
                    if refused.remaining.is_positive() {
                        prop_assert_eq!(limits.allow(at, refused.remaining), Ok(()));
                    }
                }
            }
        }
    }
}
