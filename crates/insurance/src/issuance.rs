//! What is to be done about a paid policy, given what the insurer says of it: the one place that decides whether it is
//! issued or given up.

use crate::{IssueFailure, Issued, PolicyState, Sale};
use time::{Duration, OffsetDateTime};

/// How long the insurer may take to issue what was paid for; then it is withdrawn, so that the money can go back.
pub const ISSUED_WITHIN: Duration = Duration::hours(24);

/// What the insurer says of a policy it may have been asked to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuance {
    /// It was never asked.
    Unknown,
    /// It is at work on it.
    Underway,
    /// It issued it.
    Issued(Issued),
    /// It refuses, for good.
    Refused,
    /// It was withdrawn: it will never be issued, whatever else is asked for under its name.
    Withdrawn,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the insurer to issue it.
    Issue,
    /// Ask the insurer never to issue it.
    Withdraw,
    /// Ask again at this instant.
    Wait(OffsetDateTime),
    /// It has come to this.
    Settle(PolicyState),
}

impl Sale {
    /// Whether the insurer has taken [too long](ISSUED_WITHIN) by then.
    #[must_use]
    pub fn is_late_at(&self, at: OffsetDateTime) -> bool {
        at >= self.paid_at.saturating_add(ISSUED_WITHIN)
    }
}

/// The step that follows on the insurer's word at `at`.
///
/// Only what the insurer says ends a policy's issuance: nothing is given up because we do not know.
#[must_use]
pub fn next_step(sale: &Sale, said: Issuance, at: OffsetDateTime) -> Step {
    let is_late = sale.is_late_at(at);
    let sale = sale.clone();
    match said {
        Issuance::Unknown | Issuance::Underway if is_late => Step::Withdraw,
        Issuance::Unknown => Step::Issue,
        Issuance::Underway => Step::Wait(next_look(sale.paid_at, at)),
        Issuance::Issued(issued) => Step::Settle(PolicyState::Active { sale, issued }),
        Issuance::Refused => Step::Settle(PolicyState::IssueFailed { sale, failure: IssueFailure::Refused }),
        Issuance::Withdrawn => {
            Step::Settle(PolicyState::IssueFailed { sale, failure: IssueFailure::NotInTime })
        }
    }
}

/// When to ask again about a policy that was paid for at `paid_at`: a person waits for the first minute, nobody after an
/// hour.
#[must_use]
pub fn next_look(paid_at: OffsetDateTime, at: OffsetDateTime) -> OffsetDateTime {
    let is_within = |span: Duration| at < paid_at.saturating_add(span);
    let pause = if is_within(Duration::minutes(1)) {
        Duration::seconds(5)
    } else if is_within(Duration::minutes(10)) {
        Duration::seconds(30)
    } else if is_within(Duration::HOUR) {
        Duration::minutes(2)
    } else {
        Duration::minutes(15)
    };
    at.saturating_add(pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyNumber;
    use kernel::OrderRef;
    use time::macros::{date, datetime};

    const PAID: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    fn sale() -> Sale {
        Sale { order: OrderRef::parse("AAR1").unwrap(), paid_at: PAID }
    }

    fn after(said: Issuance, waited: Duration) -> Step {
        next_step(&sale(), said, PAID + waited)
    }

    fn failed(failure: IssueFailure) -> Step {
        Step::Settle(PolicyState::IssueFailed { sale: sale(), failure })
    }

    #[test]
    fn the_insurers_word_settles_it_at_any_time() {
        let number = PolicyNumber::parse("N1").unwrap();
        let (starts_on, ends_on) = (date!(2026 - 01 - 15), date!(2027 - 01 - 14));
        let issued = Issued { number, starts_on, ends_on, at: PAID };
        for waited in [Duration::ZERO, ISSUED_WITHIN, Duration::days(400)] {
            let active = PolicyState::Active { sale: sale(), issued: issued.clone() };
            assert_eq!(after(Issuance::Issued(issued.clone()), waited), Step::Settle(active));
            assert_eq!(after(Issuance::Refused, waited), failed(IssueFailure::Refused));
            assert_eq!(after(Issuance::Withdrawn, waited), failed(IssueFailure::NotInTime));
        }
    }

    #[test]
    fn who_is_not_asked_is_asked_and_who_takes_too_long_is_asked_no_more() {
        let just_in_time = ISSUED_WITHIN - Duration::NANOSECOND;
        assert_eq!(after(Issuance::Unknown, Duration::ZERO), Step::Issue);
        assert_eq!(after(Issuance::Unknown, just_in_time), Step::Issue);
        assert_eq!(after(Issuance::Unknown, ISSUED_WITHIN), Step::Withdraw);
        assert_eq!(after(Issuance::Underway, ISSUED_WITHIN), Step::Withdraw);
        for (waited, pause) in [
            (Duration::ZERO, Duration::seconds(5)),
            (Duration::minutes(1), Duration::seconds(30)),
            (Duration::minutes(10), Duration::minutes(2)),
            (Duration::HOUR, Duration::minutes(15)),
            (just_in_time, Duration::minutes(15)),
        ] {
            assert_eq!(after(Issuance::Underway, waited), Step::Wait(PAID + waited + pause));
        }
    }
}
