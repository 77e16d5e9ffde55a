//! A person's wallet, and how it comes to be open at its issuer: a state machine that survives a crash at
//! every step.
//!
//! `CREATED → PENDING → IN_PROGRESS → COMPLETED`, with `RETRYING` between failed tries and `FAILED` after the
//! fifth. A try is taken with a lease, so that two processes make one try; while it is `PENDING` this try has
//! asked the issuer for nothing yet, once it is `IN_PROGRESS` the issuer may have opened the wallet, whether we
//! heard of it or not. Every try but the very first therefore begins by asking what the issuer already has. An
//! issuer that says it is at work is waited for without spending tries, for a day; then the try has failed.

use crate::{KycLevel, Standing, WalletId, month_of};
use kernel::{Env, Paise, UserId};
use time::{Date, Duration, OffsetDateTime};

/// How often opening a wallet is tried before an operator must look.
pub const TRIES_MAX: u8 = 5;

/// How long a try may take before another process may take over: longer than all of an issuer's time-outs.
pub const LEASE: Duration = Duration::minutes(2);

/// How long an issuer may be at work on one try before the try counts as failed.
pub const WORK_MAX: Duration = Duration::hours(24);

/// The shortest and longest wait after each failed try, in milliseconds: sevenfold each time, 2 s … 10 min.
const WAITS_MS: [(u32, u32); 4] = [(2_000, 3_000), (14_000, 21_000), (98_000, 147_000), (400_000, 600_000)];

/// Whether the issuer lets the wallet be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuerStatus {
    /// It may be used.
    Active,
    /// The issuer has stopped it.
    Blocked,
    /// The issuer has not said.
    Unknown,
}

impl IssuerStatus {
    /// Its one spelling on the wire and in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Blocked => "BLOCKED",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Reads the word a table or an issuer holds.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Blocked, Self::Unknown].into_iter().find(|status| status.word() == word)
    }
}

/// A wallet as its issuer tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedWallet {
    /// The issuer's id of it.
    pub wallet_id: WalletId,
    /// Whether it may be used.
    pub status: IssuerStatus,
}

/// How far the wallet is on its way to being open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisioning {
    /// It is recorded here and nobody has been asked.
    Created,
    /// A try was taken; this try has not asked the issuer to open anything yet.
    Pending {
        /// Which try this is, from 1.
        attempt: u8,
        /// When another process may take over.
        lease_until: OffsetDateTime,
        /// Since when the issuer has said that it is at work, if it did when it was last asked.
        at_work_since: Option<OffsetDateTime>,
    },
    /// The issuer is being asked to open it or is at work, and may have done so.
    InProgress {
        /// Which try this is, from 1; one less while the issuer is at work, so that looking costs no try.
        attempt: u8,
        /// When another process may take over, or is to look again.
        lease_until: OffsetDateTime,
        /// Since when the issuer has said that it is at work, if it did when it was last asked.
        at_work_since: Option<OffsetDateTime>,
    },
    /// A try failed; the next is due at an instant of its own.
    Retrying {
        /// How many tries were made; 0 when an operator gave all of them back.
        attempts: u8,
        /// When the next try is due.
        next_try_at: OffsetDateTime,
    },
    /// It is open.
    Completed(IssuedWallet),
    /// All tries failed; an operator can requeue it.
    Failed,
}

/// A try that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// Which one, from 1.
    pub attempt: u8,
    /// When another process may take over.
    pub lease_until: OffsetDateTime,
    /// How the try before it ended.
    pub before: Before,
    /// Since when the issuer has said that it is at work, if it did when it was last asked.
    pub at_work_since: Option<OffsetDateTime>,
}

/// How the try before this one ended, which decides what to ask the issuer first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// There was none: the issuer has never been asked.
    Nothing,
    /// It failed, as far as we know; its answer may have been lost.
    Failed,
    /// It has not ended: the issuer is at work, or we died.
    Unfinished,
}

/// What a process that wants to make a try finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It may make this try, once it is recorded.
    Take(Try),
    /// The last try was begun and never ended: it counts as failed, and so has the wallet.
    GiveUp,
    /// It is not the time: somebody else is trying, or the wait is not over.
    Wait(OffsetDateTime),
    /// It is open already.
    Done(WalletId),
    /// It has failed; only an operator can change that.
    Failed,
}

impl Provisioning {
    /// Its one spelling on the wire and in tables.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Pending { .. } => "PENDING",
            Self::InProgress { .. } => "IN_PROGRESS",
            Self::Retrying { .. } => "RETRYING",
            Self::Completed(_) => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }

    /// What somebody who wants to make a try at `now` may do.
    #[must_use]
    pub fn turn(&self, now: OffsetDateTime) -> Turn {
        match self {
            Self::Created => Self::take(0, Before::Nothing, None, now),
            Self::Pending { attempt, lease_until, at_work_since }
            | Self::InProgress { attempt, lease_until, at_work_since } => {
                if now < *lease_until {
                    Turn::Wait(*lease_until)
                } else {
                    Self::take(*attempt, Before::Unfinished, *at_work_since, now)
                }
            }
            Self::Retrying { attempts, next_try_at } => {
                if now < *next_try_at {
                    Turn::Wait(*next_try_at)
                } else {
                    Self::take(*attempts, Before::Failed, None, now)
                }
            }
            Self::Completed(issued) => Turn::Done(issued.wallet_id.clone()),
            Self::Failed => Turn::Failed,
        }
    }

    fn take(made: u8, before: Before, at_work_since: Option<OffsetDateTime>, now: OffsetDateTime) -> Turn {
        if made >= TRIES_MAX {
            return Turn::GiveUp;
        }
        let (attempt, lease_until) = (made.saturating_add(1), now.saturating_add(LEASE));
        Turn::Take(Try { attempt, lease_until, before, at_work_since })
    }

    /// Whether this is the given try, still under way.
    #[must_use]
    pub fn is_under_way(&self, wanted: &Try) -> bool {
        match self {
            Self::Pending { attempt, lease_until, .. } | Self::InProgress { attempt, lease_until, .. } => {
                (*attempt, *lease_until) == (wanted.attempt, wanted.lease_until)
            }
            Self::Created | Self::Retrying { .. } | Self::Completed(_) | Self::Failed => false,
        }
    }

    /// What follows when try number `attempt` failed: a wait that grows, or the end.
    #[must_use]
    pub fn after_failure(attempt: u8, env: &Env) -> Self {
        let waits = usize::from(attempt).checked_sub(1).and_then(|index| WAITS_MS.get(index));
        match waits {
            Some((shortest, longest)) if attempt < TRIES_MAX => {
                let jitter = env.below(longest.saturating_sub(*shortest).saturating_add(1));
                let wait = Duration::milliseconds(i64::from(shortest.saturating_add(jitter)));
                Self::Retrying { attempts: attempt, next_try_at: env.now().saturating_add(wait) }
            }
            Some(_) | None => Self::Failed,
        }
    }
}

/// A person's wallet as one look at it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// Whose it is.
    pub user_id: UserId,
    /// How far it is on its way to being open.
    pub provisioning: Provisioning,
    /// How well its holder is known, which decides its limits.
    pub level: KycLevel,
    /// What it holds.
    pub balance: Paise,
    /// What it took in within `loaded_month`.
    pub loaded: Paise,
    /// The month of the last movement, by its first day; loads of other months are not counted here.
    pub loaded_month: Date,
    /// Counts the changes of `provisioning`: who records the next must name the last they saw.
    pub version: i64,
}

impl Wallet {
    /// The issuer's id, once the wallet is open.
    #[must_use]
    pub const fn wallet_id(&self) -> Option<&WalletId> {
        match &self.provisioning {
            Provisioning::Completed(issued) => Some(&issued.wallet_id),
            Provisioning::Created
            | Provisioning::Pending { .. }
            | Provisioning::InProgress { .. }
            | Provisioning::Retrying { .. }
            | Provisioning::Failed => None,
        }
    }

    /// Whether the issuer lets it be used; unknown until it is open.
    #[must_use]
    pub const fn issuer_status(&self) -> IssuerStatus {
        match &self.provisioning {
            Provisioning::Completed(issued) => issued.status,
            Provisioning::Created
            | Provisioning::Pending { .. }
            | Provisioning::InProgress { .. }
            | Provisioning::Retrying { .. }
            | Provisioning::Failed => IssuerStatus::Unknown,
        }
    }

    /// Whether money may be loaded into it and spent from it: it is open and its issuer has not stopped it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.wallet_id().is_some() && self.issuer_status() != IssuerStatus::Blocked
    }

    /// What limits are measured against at an instant.
    #[must_use]
    pub fn standing(&self, at: OffsetDateTime) -> Standing {
        // A clock behind the last movement's must not open a month that is over.
        let loaded = if month_of(at) <= self.loaded_month { self.loaded } else { Paise::ZERO };
        Standing { level: self.level, balance: self.balance, loaded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{MovableClock, SeededEntropy};
    use proptest::prelude::*;
    use std::sync::Arc;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    fn env(seed: u64) -> Env {
        Env::new(Arc::new(MovableClock::standing_at(NOW)), Arc::new(SeededEntropy::new(seed)))
    }

    #[test]
    fn a_try_under_way_is_left_alone_until_its_lease_ends() {
        let lease_until = NOW + Duration::seconds(1);
        let at_work_since = Some(NOW - Duration::hours(1));
        for under_way in [
            Provisioning::Pending { attempt: 2, lease_until, at_work_since },
            Provisioning::InProgress { attempt: 2, lease_until, at_work_since },
        ] {
            assert_eq!(under_way.turn(NOW), Turn::Wait(lease_until));
            let next_lease = lease_until + LEASE;
            let taken =
                Try { attempt: 3, lease_until: next_lease, before: Before::Unfinished, at_work_since };
            assert_eq!(under_way.turn(lease_until), Turn::Take(taken));
        }
    }

    #[test]
    fn only_the_very_first_try_need_not_look_first() {
        let first =
            Try { attempt: 1, lease_until: NOW + LEASE, before: Before::Nothing, at_work_since: None };
        assert_eq!(Provisioning::Created.turn(NOW), Turn::Take(first));
        let requeued = Provisioning::Retrying { attempts: 0, next_try_at: NOW };
        assert_eq!(requeued.turn(NOW), Turn::Take(Try { before: Before::Failed, ..first }));
    }

    #[test]
    fn a_fifth_try_that_never_ended_is_the_last() {
        let died = Provisioning::InProgress { attempt: TRIES_MAX, lease_until: NOW, at_work_since: None };
        assert_eq!(died.turn(NOW), Turn::GiveUp);
        assert_eq!(Provisioning::after_failure(TRIES_MAX, &env(1)), Provisioning::Failed);
        assert_eq!(Provisioning::Failed.turn(NOW), Turn::Failed);
    }

    proptest! {
        #[test]
        fn waits_grow_and_stay_within_two_seconds_and_ten_minutes(seed in any::<u64>()) {
            let env = env(seed);
            let mut last = Duration::ZERO;
            for attempt in 1..TRIES_MAX {
                let Provisioning::Retrying { attempts, next_try_at } =
                    Provisioning::after_failure(attempt, &env)
                else {
                    return Err(TestCaseError::fail("a try was left"));
                };
                let wait = next_try_at - NOW;
                prop_assert_eq!(attempts, attempt);
                prop_assert!(wait > last && wait >= Duration::seconds(2) && wait <= Duration::minutes(10));
                last = wait;
            }
        }
    }
}
