//! A circuit breaker: who keeps failing is left alone for a while, then tried with one call.
//!
//! Written here since the maintained crates (`failsafe`, `recloser`) read a clock of their own, which neither a
//! test nor the sandbox could move.

use std::sync::{Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

/// When a partner is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failures in a row open the breaker.
    pub failures: u32,
    /// How long no call is made then; also how long the one call that tries it may take before another may.
    pub rest: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls are made; the last so many failed.
    Closed { failures: u32 },
    /// No call is made until then.
    Open { until: OffsetDateTime },
    /// One call is under way to see; who asks meanwhile is turned away, but not for ever.
    Trying { until: OffsetDateTime },
}

/// The breaker of one partner.
#[derive(Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: Mutex<State>,
}

impl Breaker {
    /// A breaker that lets calls pass.
    #[must_use]
    pub fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Whether a call may be made now. Who makes it must tell how it went.
    pub fn admits(&self, now: OffsetDateTime) -> bool {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } | State::Trying { until } if now < until => false,
            State::Open { .. } | State::Trying { .. } => {
                *state = State::Trying { until: now.saturating_add(self.policy.rest) };
                true
            }
        }
    }

    /// The partner answered, be it with a refusal.
    pub fn note_answer(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    /// The partner failed. Answers whether this opened the breaker.
    pub fn note_failure(&self, now: OffsetDateTime) -> bool {
        let mut state = self.state();
        let open = State::Open { until: now.saturating_add(self.policy.rest) };
        let (next, opened) = match *state {
            State::Closed { failures } if failures.saturating_add(1) >= self.policy.failures => (open, true),
            State::Closed { failures } => (State::Closed { failures: failures.saturating_add(1) }, false),
            State::Trying { .. } => (open, false),
            // A call from before it opened: it rests since then.
            State::Open { .. } => (*state, false),
        };
        *state = next;
        opened
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);
    const REST: Duration = Duration::seconds(30);

    fn breaker() -> Breaker {
        Breaker::new(BreakerPolicy { failures: 3, rest: REST })
    }

    fn opened() -> Breaker {
        let breaker = breaker();
        assert_eq!([START; 3].map(|now| breaker.note_failure(now)), [false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it() {
        assert!(!opened().admits(START + REST - Duration::seconds(1)));
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew() {
        let breaker = breaker();
        breaker.note_failure(START);
        breaker.note_failure(START);
        breaker.note_answer();
        assert!(!breaker.note_failure(START));
        assert!(breaker.admits(START));
    }

    #[test]
    fn after_the_rest_one_call_tries() {
        let breaker = opened();
        assert!(breaker.admits(START + REST));
        assert!(!breaker.admits(START + REST), "the second waits for the first");
        breaker.note_answer();
        assert!(breaker.admits(START + REST));
    }

    #[test]
    fn a_failed_try_is_another_rest() {
        let breaker = opened();
        assert!(breaker.admits(START + REST));
        breaker.note_failure(START + REST);
        assert!(!breaker.admits(START + REST + REST - Duration::seconds(1)));
        assert!(breaker.admits(START + REST + REST));
    }

    #[test]
    fn a_try_nobody_told_about_is_not_for_ever() {
        let breaker = opened();
        assert!(breaker.admits(START + REST));
        assert!(breaker.admits(START + REST + REST));
    }

    #[test]
    fn late_failures_do_not_lengthen_the_rest() {
        let breaker = opened();
        breaker.note_failure(START + REST - Duration::seconds(1));
        assert!(breaker.admits(START + REST));
    }
}
