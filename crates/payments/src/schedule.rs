//! When to ask the partner again if nobody tells us anything: often at first, then patiently, for a week.

use time::{Duration, OffsetDateTime};

/// Ages at which an order is looked at within its first half hour, in seconds.
const FIRST_LOOKS_SECONDS: [i64; 8] = [5, 15, 30, 60, 120, 300, 600, 1_800];

/// After the first half hour: every hour of this age …
const HOURLY_UNTIL: Duration = Duration::hours(24);

/// … and then every day of this age.
pub(crate) const DAILY_UNTIL: Duration = Duration::days(7);

/// How long a refund may be on its way before a person looks: then the partner's own review begins.
pub(crate) const REFUND_OVERDUE_AFTER: Duration = Duration::days(10);

/// The next look at something that began at `since`, strictly after `at`: at the age of 5, 15 and 30 seconds,
/// 1, 2, 5, 10 and 30 minutes, then hourly to a day, then daily to a week; then `None`.
#[must_use]
pub fn next_check(since: OffsetDateTime, at: OffsetDateTime) -> Option<OffsetDateTime> {
    let age = age(since, at);
    let first = FIRST_LOOKS_SECONDS.into_iter().map(Duration::seconds).find(|look| *look > age);
    let look = if let Some(first) = first {
        first
    } else if age < HOURLY_UNTIL {
        Duration::hours(age.whole_hours().saturating_add(1))
    } else if age < DAILY_UNTIL {
        Duration::days(age.whole_days().saturating_add(1))
    } else {
        return None;
    };
    Some(since.saturating_add(look))
}

/// The same, going on daily without an end: for what may not be forgotten.
pub(crate) fn next_check_for_ever(since: OffsetDateTime, at: OffsetDateTime) -> OffsetDateTime {
    next_check(since, at).unwrap_or_else(|| at.saturating_add(Duration::days(1)))
}

/// How long ago `since` was; nothing if it is yet to come.
pub(crate) fn age(since: OffsetDateTime, at: OffsetDateTime) -> Duration {
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "instants of our calendar are at most 20,000 years apart"
    )]
    let age = at - since;
    age.max(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const OPENED: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    #[test]
    fn looks_grow_rarer_and_end_after_a_week() {
        let mut looks = Vec::new();
        let mut at = OPENED;
        while let Some(next) = next_check(OPENED, at) {
            assert!(next > at);
            looks.push((next - OPENED).whole_seconds());
            at = next;
        }
        assert_eq!(looks.get(..8).unwrap(), FIRST_LOOKS_SECONDS);
        let hours: Vec<i64> = (1..=24).map(|hour| hour * 3_600).collect();
        assert_eq!(looks.get(8..32).unwrap(), hours);
        let days: Vec<i64> = (2..=7).map(|day| day * 86_400).collect();
        assert_eq!(looks.get(32..).unwrap(), days);
    }

    #[test]
    fn a_clock_that_went_back_does_no_harm() {
        assert_eq!(next_check(OPENED, OPENED - Duration::hours(1)), Some(OPENED + Duration::seconds(5)));
    }

    #[test]
    fn what_may_not_be_forgotten_is_looked_at_daily() {
        let late = OPENED + Duration::days(30);
        assert_eq!(next_check_for_ever(OPENED, late), late + Duration::days(1));
    }
}
