//! What time it is, as a dependency: domains never ask the operating system.

use std::sync::Mutex;
use time::{Date, Duration, OffsetDateTime, UtcOffset, macros::offset};

/// The offset of Asia/Kolkata, whose calendar is the business day; India keeps no daylight saving time.
const INDIA: UtcOffset = offset!(+5:30);

/// The calendar date of an instant in Asia/Kolkata, by which days, months and birthdays are counted.
#[must_use]
pub fn business_day(at: OffsetDateTime) -> Date {
    at.to_offset(INDIA).date()
}

/// The first instant of a day in Asia/Kolkata.
#[must_use]
pub fn day_begins_at(day: Date) -> OffsetDateTime {
    day.midnight().assume_offset(INDIA).to_offset(UtcOffset::UTC)
}

/// Full years from `born` to `day`: who was born on 29 February turns a year older on 1 March in common years.
#[must_use]
pub fn full_years(born: Date, day: Date) -> u32 {
    let had_birthday = (u8::from(day.month()), day.day()) >= (u8::from(born.month()), born.day());
    let years = day.year().saturating_sub(born.year()).saturating_sub(i32::from(!had_birthday));
    u32::try_from(years).unwrap_or(0)
}

/// Tells the present instant in UTC.
pub trait Clock: Send + Sync {
    /// The present instant, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The operating system's clock: the one production uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A clock that a test or the sandbox moves by hand.
#[derive(Debug)]
pub struct MovableClock {
    reading: Mutex<Reading>,
}

#[derive(Debug, Clone, Copy)]
enum Reading {
    Standing(OffsetDateTime),
    Running { ahead: Duration },
}

impl MovableClock {
    /// A clock that shows `at` until it is moved: for tests.
    #[must_use]
    pub fn standing_at(at: OffsetDateTime) -> Self {
        Self { reading: Mutex::new(Reading::Standing(at)) }
    }

    /// A clock that runs with the system's and can be moved ahead of it: for the sandbox.
    #[must_use]
    pub fn running() -> Self {
        Self { reading: Mutex::new(Reading::Running { ahead: Duration::ZERO }) }
    }

    /// Moves the clock by `by`, which may be negative.
    pub fn advance(&self, by: Duration) {
        let mut reading = self.lock();
        *reading = match *reading {
            Reading::Standing(at) => Reading::Standing(at.saturating_add(by)),
            Reading::Running { ahead } => Reading::Running { ahead: ahead.saturating_add(by) },
        };
    }

    /// Moves the clock to show `at`; a running clock goes on from there.
    pub fn set(&self, at: OffsetDateTime) {
        let ahead = at - SystemClock.now();
        let mut reading = self.lock();
        *reading = match *reading {
            Reading::Standing(_) => Reading::Standing(at),
            Reading::Running { .. } => Reading::Running { ahead },
        };
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for MovableClock {
    fn now(&self) -> OffsetDateTime {
        match *self.lock() {
            Reading::Standing(at) => at,
            Reading::Running { ahead } => SystemClock.now().saturating_add(ahead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn the_business_day_begins_at_midnight_in_kolkata() {
        assert_eq!(business_day(datetime!(2025-09-21 18:29:59 UTC)), date!(2025 - 09 - 21));
        assert_eq!(business_day(datetime!(2025-09-21 18:30:00 UTC)), date!(2025 - 09 - 22));
        assert_eq!(day_begins_at(date!(2025 - 09 - 22)), datetime!(2025-09-21 18:30:00 UTC));
    }

    #[test]
    fn a_year_is_full_on_the_birthday_and_nobody_is_younger_than_nothing() {
        let born = date!(2000 - 02 - 29);
        let days =
            [date!(2025 - 02 - 28), date!(2025 - 03 - 01), date!(2024 - 02 - 29), date!(1999 - 01 - 01)];
        assert_eq!(days.map(|day| full_years(born, day)), [24, 25, 24, 0]);
    }

    #[test]
    fn a_standing_clock_moves_only_by_hand() {
        let clock = MovableClock::standing_at(datetime!(2026-01-01 0:00 UTC));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::seconds(31));
        assert_eq!(clock.now(), datetime!(2026-01-01 0:00:31 UTC));
        clock.set(datetime!(2030-01-01 0:00 UTC));
        assert_eq!(clock.now(), datetime!(2030-01-01 0:00 UTC));
    }

    #[test]
    fn a_running_clock_keeps_its_lead() {
        let clock = MovableClock::running();
        clock.advance(Duration::days(2));
        let lead = clock.now() - SystemClock.now();
        assert!(lead > Duration::hours(47) && lead <= Duration::days(2));
    }
}
