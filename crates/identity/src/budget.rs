//! How often codes may be asked for and tried: pure rules over counters that a store keeps.
//!
//! A counter ([`Tally`]) belongs to a meter and a holder. Its window opens with the first spending and closes a
//! fixed time later; the next spending opens a new one. A [`Charge`] says what one deed costs a counter and
//! what the counter allows; a deed is allowed when all of its charges are, and then all are spent, or none.

mod policy;

pub use policy::{BudgetPolicy, SpendCap};

use crate::{DeviceKey, Phone};
use std::net::{IpAddr, Ipv6Addr};
use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Meter {
    /// Codes sent since the pause between two began.
    Resend,
    /// Codes asked for within a minute.
    TriggersPerMinute,
    /// Codes asked for within a day.
    TriggersPerDay,
    /// Codes asked for within an hour.
    TriggersPerHour,
    /// Codes sent within a day, against how many of them were given back rightly.
    Conversion,
    /// Paise spent on messages within a day.
    Spend,
    /// Codes tried within a day that were not right, across challenges.
    WrongCodesPerDay,
    /// Codes tried that were not right, since the last right one.
    WrongCodesInARow,
}

impl Meter {
    /// The word by which it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// Whose counter it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// Everybody who names this number from a device that is not known.
    Phone(Phone),
    /// One device that has signed in with one number.
    Device(DeviceKey),
    /// Everybody behind one network address.
    Network(Network),
    /// Everybody of one operator's number series.
    Series(String),
    /// Everybody.
    Everyone,
}

/// A network address as budgets see it: IPv4 whole, IPv6 by its /64, which one subscriber owns whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }

    /// Its first address.
    #[must_use]
    pub const fn address(self) -> IpAddr {
        self.0
    }
}

/// Refuses when too few of the codes sent come back: messages are then being sold, not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareGuard {
    /// So many codes may stay unverified before the share is looked at.
    pub unverified_free: u32,
    /// From then on at least this share of codes must come back, in percent.
    pub verified_percent_min: u32,
}

/// What a counter allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The most that may be spent within the window.
    pub at_most: u32,
    /// How long the window stays open after the first spending.
    pub window: Duration,
    /// What share must come back, where that matters.
    pub share: Option<ShareGuard>,
}

/// A counter as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// When its window opened.
    pub since: OffsetDateTime,
    /// How much has been spent since.
    pub spent: u32,
    /// How much of it came back as a right code.
    pub verified: u32,
}

/// What one deed costs a counter, and what the counter allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// What is counted.
    pub meter: Meter,
    /// Whose counter.
    pub holder: Holder,
    /// How much this deed costs; 0 only looks whether anything is left.
    pub cost: u32,
    /// What is allowed.
    pub allowance: Allowance,
}

impl Charge {
    /// The counter as it stands at `at`: an empty one if its window has closed.
    #[must_use]
    pub fn current(&self, tally: Option<Tally>, at: OffsetDateTime) -> Tally {
        tally.filter(|tally| at < self.ends_at(tally)).unwrap_or(Tally { since: at, spent: 0, verified: 0 })
    }

    /// The counter after this charge, or `None` if it does not allow it. Every store decides the same; this is
    /// the rule they are held to.
    #[must_use]
    pub fn spend(&self, tally: Option<Tally>, at: OffsetDateTime) -> Option<Tally> {
        let tally = self.current(tally, at);
        let spent = tally.spent.saturating_add(self.cost);
        // Looking asks whether one more would be allowed.
        let fits = tally.spent.saturating_add(self.cost.max(1)) <= self.allowance.at_most;
        (fits && self.share_holds(&tally)).then_some(Tally { spent, ..tally })
    }

    /// When the counter's window closes.
    #[must_use]
    pub fn ends_at(&self, tally: &Tally) -> OffsetDateTime {
        tally.since.saturating_add(self.allowance.window)
    }

    fn share_holds(&self, tally: &Tally) -> bool {
        self.allowance.share.is_none_or(|guard| {
            let needed = u64::from(tally.spent).saturating_mul(guard.verified_percent_min.into());
            tally.spent.saturating_sub(tally.verified) < guard.unverified_free
                || u64::from(tally.verified).saturating_mul(100) >= needed
        })
    }
}

/// What a right code does to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What is counted.
    pub meter: Meter,
    /// Whose counter.
    pub holder: Holder,
    /// What happens to it.
    pub effect: Effect,
}

/// The effect of a right code on one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Effect {
    /// What looking had cost is given back: the code was not wrong.
    GiveBack,
    /// The counter begins anew.
    Forget,
    /// One more of the codes sent came back.
    Verified,
}

impl Effect {
    /// The word by which a statement tells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// How much of a limit is left, for the answer's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    /// What the window allows.
    pub limit: u32,
    /// What is left of it.
    pub remaining: u32,
    /// When it opens anew.
    pub resets_at: OffsetDateTime,
}

impl Headroom {
    /// What `tally` leaves of what `charge` allows.
    #[must_use]
    pub fn of(charge: &Charge, tally: &Tally) -> Self {
        Self {
            limit: charge.allowance.at_most,
            remaining: charge.allowance.at_most.saturating_sub(tally.spent),
            resets_at: charge.ends_at(tally),
        }
    }
}

/// Whole seconds from `at` until `until`, rounded up and at least one: what `Retry-After` says.
#[must_use]
pub fn seconds_until(until: OffsetDateTime, at: OffsetDateTime) -> i64 {
    let left = until - at;
    let partial = i64::from(left.subsec_nanoseconds() > 0);
    left.whole_seconds().saturating_add(partial).max(1)
}

#[cfg(test)]
mod tests;
