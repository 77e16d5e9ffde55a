//! Time and randomness in one hand: what every service takes in its constructor.

use crate::{Clock, Entropy, SystemClock, SystemEntropy};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};

/// The two things a pure rule may not ask the operating system for.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Env {
    /// An environment of the given clock and source of randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The operating system's clock and randomness.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// The present instant in UTC, to the microsecond: what PostgreSQL can keep, so that a fact reads back
    /// as it was written.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, each equally likely (no modulo bias). `bound` must not be zero.
    #[must_use]
    pub fn below(&self, bound: u32) -> u32 {
        let bound = bound.max(1);
        // The largest multiple of the bound that fits; a draw at or above it would favour small numbers.
        let fair = u32::MAX - (u32::MAX % bound);
        loop {
            let draw = u32::from_be_bytes(self.random());
            if draw < fair {
                return draw % bound;
            }
        }
    }

    /// A UUID v7 made of this clock and this randomness, so that ids sort by time.
    #[must_use]
    pub fn new_uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let timestamp = Timestamp::from_unix(NoContext, seconds, now.nanosecond());
        let (seconds, nanos) = timestamp.to_unix();
        let millis = seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000));
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid()
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MovableClock, SeededEntropy};
    use time::macros::datetime;

    fn env() -> (Arc<MovableClock>, Env) {
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:34:56.123456789 UTC)));
        (clock.clone(), Env::new(clock, Arc::new(SeededEntropy::new(1))))
    }

    #[test]
    fn now_is_cut_to_the_microsecond() {
        assert_eq!(env().1.now(), datetime!(2026-01-15 12:34:56.123456 UTC));
    }

    #[test]
    fn ids_sort_by_time() {
        let (clock, env) = env();
        let first = env.new_uuid();
        clock.advance(time::Duration::milliseconds(1));
        let second = env.new_uuid();
        assert!(first < second);
        assert_eq!(first.get_version_num(), 7);
    }

    #[test]
    fn draws_are_uniform_enough_and_in_range() {
        let (_, env) = env();
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[env.below(10) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
    }
}
