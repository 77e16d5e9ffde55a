//! How often codes may be asked for and tried: pure rules over counters that a store keeps.
//!
//! A counter ([`Tally`]) belongs to a meter and a holder. Its window opens with the first spending and closes a
//! fixed time later; the next spending opens a new one. A [`Charge`] says what one deed costs a counter and
//! what the counter allows; a deed is allowed when all of its charges are, and then all are spent, or none.

mod policy;

pub use policy::{BudgetPolicy, Rooms, SpendCap, Way};

use crate::{DeviceKey, Phone};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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
    /// Codes sent within a window, against how many of them were given back rightly. It fades: a window begins with
    /// half of what the one before held, if that ended less than a window ago.
    Conversion,
    /// Paise spent on messages within a day.
    Spend,
    /// Codes tried within a day that were not right, across challenges.
    WrongCodesPerDay,
    /// Codes tried that were not right, since the last right one.
    WrongCodesInARow,
}

impl Meter {
    /// Whether a window begins with half of the one before, so that a reputation neither ends nor lasts.
    #[must_use]
    pub const fn fades(self) -> bool {
        matches!(self, Self::Conversion)
    }
}

/// Whose counter it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// Everybody who names this number from a device that is not known.
    Phone(Phone),
    /// One device that has signed in with one number.
    Device(DeviceKey),
    /// Everybody in one network, a subscriber's or a larger one.
    Network(Network),
    /// All devices together that have signed in with this number.
    DevicesOf(Phone),
    /// Everybody of one operator's number series.
    Series(String),
    /// Everybody.
    Everyone,
}

/// A network as budgets see it, by its first address and how many leading bits name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// One subscriber's: IPv4 whole, IPv6 by its /64.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self::within(address, if address.is_ipv4() { 32 } else { 64 })
    }

    /// The /48 that an IPv6 network lies in, the most that one site is given: it may be one hand with 65,536 networks, or
    /// as many strangers, since a mobile carrier gives each handset a /64. IPv4 has none.
    #[must_use]
    pub fn site(self) -> Option<Self> {
        self.first.is_ipv6().then(|| Self::within(self.first, 48))
    }

    /// The provider's block it lies in: /16 of IPv4, /32 of IPv6.
    #[must_use]
    pub fn block(self) -> Self {
        Self::within(self.first, if self.first.is_ipv4() { 16 } else { 32 })
    }

    /// How it is written: a subscriber's by its first address, a larger one with its bits.
    #[must_use]
    pub fn text(self) -> String {
        if self == Self::of(self.first) {
            self.first.to_string()
        } else {
            format!("{}/{}", self.first, self.bits)
        }
    }

    fn within(address: IpAddr, bits: u8) -> Self {
        let first = match address {
            IpAddr::V4(address) => {
                let rest = u32::MAX.checked_shr(bits.into()).unwrap_or_default();
                Ipv4Addr::from_bits(address.to_bits() & !rest).into()
            }
            IpAddr::V6(address) => {
                let rest = u128::MAX.checked_shr(bits.into()).unwrap_or_default();
                Ipv6Addr::from_bits(address.to_bits() & !rest).into()
            }
        };
        Self { first, bits }
    }
}

/// How many of the codes sent may not come back: messages that nobody answers are being sold, not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareGuard {
    /// So many may stay unverified at a time,
    pub unverified_free: u32,
    /// and so many more for every hundred that came back.
    pub unverified_per_hundred: u32,
    /// None is sent at all before so many came back.
    pub verified_min: u32,
}

/// What a counter allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The most that may be spent within the window.
    pub at_most: u32,
    /// How long the window stays open after the first spending.
    pub window: Duration,
    /// How many may stay unverified, where that matters.
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
    /// The counter as it stands at `at`: if its window has closed an empty one, or one that has faded.
    #[must_use]
    pub fn current(&self, tally: Option<Tally>, at: OffsetDateTime) -> Tally {
        match tally {
            Some(tally) if at < self.ends_at(&tally) => tally,
            Some(Tally { spent, verified, .. })
                if self.meter.fades()
                    && tally
                        .is_some_and(|old| at < self.ends_at(&old).saturating_add(self.allowance.window)) =>
            {
                Tally { since: at, spent: spent.div_ceil(2), verified: verified.div_ceil(2) }
            }
            Some(_) | None => Tally { since: at, spent: 0, verified: 0 },
        }
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
            let unverified = u64::from(tally.spent.saturating_sub(tally.verified));
            let free = u64::from(guard.unverified_free).saturating_mul(100);
            let earned = u64::from(tally.verified).saturating_mul(guard.unverified_per_hundred.into());
            tally.verified >= guard.verified_min
                && unverified.saturating_mul(100) < free.saturating_add(earned)
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
