//! What strikes a call to the outside, as a seed says, and how often each call was struck how.

use kernel::Env;
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

/// Of so many calls about one is struck.
const ONE_IN: u32 = 9;

/// What strikes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    /// Nothing.
    None,
    /// It fails without effect.
    Before,
    /// It takes effect and its answer is lost.
    After,
    /// The program dies before it.
    CrashBefore,
    /// It takes effect and the program dies.
    CrashAfter,
}

impl Blow {
    /// Every blow, the gentlest first.
    pub const ALL: [Self; 5] = [Self::None, Self::Before, Self::After, Self::CrashBefore, Self::CrashAfter];

    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "spared",
            Self::Before => "fails before",
            Self::After => "fails after",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
        }
    }
}

/// How often each call was struck how.
pub type Blows = BTreeMap<(&'static str, Blow), u64>;

/// Decides what strikes.
pub(super) struct Fate {
    env: Env,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    strikes: bool,
    somebody_fell: bool,
    blows: Blows,
}

impl Fate {
    pub(super) fn new(env: Env) -> Self {
        Self { env, state: Mutex::default() }
    }

    /// From now on calls are struck.
    pub(super) fn strike(&self) {
        self.state().strikes = true;
    }

    /// From now on none is.
    pub(super) fn rest(&self) {
        self.state().strikes = false;
    }

    /// Whether whoever was just at work fell.
    pub(super) fn takes_the_fallen(&self) -> bool {
        std::mem::take(&mut self.state().somebody_fell)
    }

    pub(super) fn blows(&self) -> Blows {
        std::mem::take(&mut self.state().blows)
    }

    /// Makes the call `name` unless it is struck; `lost` is what is told where no answer arrives, given whether it took
    /// effect. Others may take their turns before it.
    pub(super) async fn call<T: Send>(
        &self,
        name: &'static str,
        effect: impl Future<Output = T> + Send,
        lost: impl Fn(bool) -> T + Send,
    ) -> T {
        self.let_others_go_first().await;
        match self.decide(name) {
            Blow::None => effect.await,
            Blow::Before => lost(false),
            Blow::After => {
                effect.await;
                lost(true)
            }
            Blow::CrashBefore => self.fall().await,
            Blow::CrashAfter => {
                effect.await;
                self.fall().await
            }
        }
    }

    async fn let_others_go_first(&self) {
        let mut has_waited = !self.state().strikes;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    async fn fall<T>(&self) -> T {
        self.state().somebody_fell = true;
        pending().await
    }

    fn decide(&self, name: &'static str) -> Blow {
        let is_struck = self.state().strikes && self.env.below(ONE_IN) == 0;
        let blow = match self.env.below(4) {
            _ if !is_struck => Blow::None,
            0 => Blow::Before,
            1 => Blow::After,
            2 => Blow::CrashBefore,
            _ => Blow::CrashAfter,
        };
        if self.state().strikes {
            *self.state().blows.entry((name, blow)).or_default() += 1;
        }
        blow
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
