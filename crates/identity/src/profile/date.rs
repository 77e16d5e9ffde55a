//! Birth dates: in the past, of somebody who can be alive.

use kernel::{FieldError, FieldRule, Masked, catalogue, full_years};
use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The oldest anybody may be, in full years.
const YEARS_MAX: u8 = 120;

const PAST: FieldRule = FieldRule::Coded {
    entry: catalogue::INVALID_DATE_FORMAT,
    constraint: "a date written YYYY-MM-DD that lies in the past",
};

const TOO_OLD: FieldRule = FieldRule::Count { how: "at most", many: YEARS_MAX as usize, of: "years ago" };

/// The day somebody was born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Masked<Date>);

impl BirthDate {
    /// Types a date written `YYYY-MM-DD`, as of `today`, the business day.
    ///
    /// # Errors
    /// When it is not a calendar date in that form, not before `today`, or more than 120 full years ago.
    pub fn parse(text: &str, today: Date) -> Result<Self, FieldError> {
        let refuse = |rule| FieldError { field: "dob", rule };
        let text = text.trim();
        let date = (text.len() == 10 && text.is_ascii())
            .then(|| Date::parse(text, FORMAT).ok())
            .flatten()
            .filter(|date| *date < today)
            .ok_or_else(|| refuse(PAST))?;
        let born = Self(Masked::new(date));
        if born.age_on(today) > u32::from(YEARS_MAX) {
            return Err(refuse(TOO_OLD));
        }
        Ok(born)
    }

    /// A date as a store kept it, written `YYYY-MM-DD`; `None` if it is not one.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Date::parse(text, FORMAT).ok().map(|date| Self(Masked::new(date)))
    }

    /// The date.
    #[must_use]
    pub fn expose(&self) -> Date {
        *self.0.expose()
    }

    /// The date written `YYYY-MM-DD`, for storage and its owner.
    #[must_use]
    pub fn to_text(&self) -> String {
        let date = self.expose();
        format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }

    /// Full years on `day`: who was born on 29 February turns a year older on 1 March in common years.
    #[must_use]
    pub fn age_on(&self, day: Date) -> u32 {
        full_years(self.expose(), day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 01 - 15);

    #[test]
    fn a_birth_date_lies_in_the_past_and_not_too_far() {
        assert!(BirthDate::parse("2026-01-14", TODAY).is_ok());
        assert!(BirthDate::parse("1905-01-16", TODAY).is_ok(), "120 years old");
        assert!(BirthDate::parse("1904-01-16", TODAY).unwrap_err().rule != PAST);
        for wrong in [
            "2026-01-15",
            "2026-01-16",
            "2025-02-29",
            "2025-13-01",
            "15-01-1990",
            "1990/01/15",
            "1990-1-5",
            "",
            "19900115",
            "1990-01-15T00:00",
            "+990-01-15",
            "-990-01-15",
            "१९९०-०१-१५",
        ] {
            assert_eq!(BirthDate::parse(wrong, TODAY).unwrap_err().rule, PAST, "{wrong}");
        }
    }

    #[test]
    fn age_turns_on_the_birthday() {
        let born = BirthDate::parse("1990-01-16", TODAY).unwrap();
        assert_eq!(born.age_on(TODAY), 35);
        assert_eq!(born.age_on(date!(2026 - 01 - 16)), 36);
        let leap = BirthDate::parse("2000-02-29", TODAY).unwrap();
        assert_eq!((leap.age_on(date!(2025 - 02 - 28)), leap.age_on(date!(2025 - 03 - 01))), (24, 25));
    }

    proptest! {
        #[test]
        fn a_stored_date_reads_back(ordinal in 1_u16..=365, year in 1907_i32..=2025) {
            let born = BirthDate(Masked::new(Date::from_ordinal_date(year, ordinal).unwrap()));
            prop_assert_eq!(BirthDate::stored(&born.to_text()), Some(born));
            prop_assert_eq!(BirthDate::parse(&born.to_text(), TODAY), Ok(born));
        }
    }
}
