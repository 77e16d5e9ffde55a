//! What every simulated partner has at hand: time, randomness, faults, the journal and a way to call us back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::Env;
use tokio_util::sync::CancellationToken;

use crate::{Partner, deliveries::Deliveries, faults::Faults, inbox::Inbox, journal::Journal, pause::pause};

/// The surroundings of one partner.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) partner: Partner,
    pub(crate) env: Env,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) deliveries: Deliveries,
    pub(crate) inbox: Inbox,
    pub(crate) stop: CancellationToken,
    /// How long an answer takes that shall come too late.
    pub(crate) slow_for: Duration,
}

impl Desk {
    /// Lets the caller wait until it gives up.
    pub(crate) async fn dawdle(&self) {
        pause(&self.stop, self.slow_for).await;
    }

    /// `N` random bytes as lower-case hexadecimal digits.
    pub(crate) fn hex<const N: usize>(&self) -> String {
        self.env.random::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Random letters and digits.
    pub(crate) fn alphanumeric(&self, length: usize) -> String {
        const SYMBOLS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .filter_map(|_| SYMBOLS.get(usize::try_from(self.env.below(62)).ok()?))
            .map(|symbol| char::from(*symbol))
            .collect()
    }

    /// Random digits.
    pub(crate) fn digits(&self, length: usize) -> String {
        (0..length).map(|_| self.env.below(10).to_string()).collect()
    }
}

/// Locks a partner's state; a panic elsewhere cannot have left it half written, since every change is one step.
pub(crate) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
