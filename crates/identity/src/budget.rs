//! How often codes may be asked for and tried: pure rules over counters that a store keeps.
//!
//! A counter ([`Tally`]) belongs to a meter and a holder. Its window opens with the first spending and closes a
//! fixed time later; the next spending opens a new one. A [`Charge`] says what one deed costs a counter and
//! what the counter allows; a deed is allowed when all of its charges are, and then all are spent, or none.

use crate::{DeviceKey, Lane, Phone};
use kernel::Paise;
use std::net::{IpAddr, Ipv6Addr};
use time::{Duration, OffsetDateTime};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::TriggersPerMinute => "triggers_per_minute",
            Self::TriggersPerDay => "triggers_per_day",
            Self::TriggersPerHour => "triggers_per_hour",
            Self::Conversion => "conversion",
            Self::Spend => "spend",
            Self::WrongCodesPerDay => "wrong_codes_per_day",
            Self::WrongCodesInARow => "wrong_codes_in_a_row",
        }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub const fn word(self) -> &'static str {
        match self {
            Self::GiveBack => "give_back",
            Self::Forget => "forget",
            Self::Verified => "verified",
        }
    }
}

/// What trying a code costs, in the lane the store finds the caller to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessCharges {
    /// When the device is not known, or none was named.
    pub stranger: Vec<Charge>,
    /// When it is.
    pub known_device: Vec<Charge>,
}

impl GuessCharges {
    /// Those of `lane`.
    #[must_use]
    pub fn of(&self, lane: Lane) -> &[Charge] {
        match lane {
            Lane::Stranger => &self.stranger,
            Lane::KnownDevice(_) => &self.known_device,
        }
    }
}

/// The most that may be spent on messages in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendCap {
    /// What one message costs.
    pub per_message: Paise,
    /// The most in a day, over everybody.
    pub per_day: Paise,
    /// How much of that strangers may not touch, so that a flood of them leaves known devices their codes.
    pub kept_for_known_devices: Paise,
}

/// Every limit on codes. What is `None` is switched off, which only the sandbox does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetPolicy {
    /// The pause between two codes.
    pub resend_after: Duration,
    /// Codes a minute for a number.
    pub triggers_per_minute: u32,
    /// Codes a day for a number.
    pub triggers_per_day: u32,
    /// Codes an hour from a network address.
    pub triggers_per_hour_per_network: Option<u32>,
    /// Wrong codes a day for a number, across challenges.
    pub wrong_codes_per_day: u32,
    /// Wrong codes in a row for a number: with 10⁶ codes, 100 keep a stranger's chance at 1 in 10,000.
    pub wrong_codes_in_a_row: u32,
    /// When a row of wrong codes is forgotten without a right one, so that a number is not lost for ever.
    pub row_forgotten_after: Duration,
    /// The share of codes that must come back from a number series.
    pub series_share: Option<ShareGuard>,
    /// The share of codes that must come back from a network address.
    pub network_share: Option<ShareGuard>,
    /// The most that messages may cost in a day.
    pub spend: Option<SpendCap>,
}

impl BudgetPolicy {
    /// The contract's numbers; what messages may cost is for whoever pays them to say.
    #[must_use]
    pub const fn contract(spend: SpendCap) -> Self {
        Self {
            resend_after: Duration::seconds(30),
            triggers_per_minute: 5,
            triggers_per_day: 10,
            triggers_per_hour_per_network: Some(30),
            wrong_codes_per_day: 15,
            wrong_codes_in_a_row: 100,
            row_forgotten_after: Duration::days(30),
            series_share: Some(ShareGuard { unverified_free: 50, verified_percent_min: 40 }),
            network_share: Some(ShareGuard { unverified_free: 15, verified_percent_min: 40 }),
            spend: Some(spend),
        }
    }

    /// The same without what counts network addresses or everybody together: for the sandbox, where all come
    /// from one address. What counts per number stays.
    #[must_use]
    pub const fn per_number_only(self) -> Self {
        Self {
            triggers_per_hour_per_network: None,
            series_share: None,
            network_share: None,
            spend: None,
            ..self
        }
    }

    /// What asking for a code costs. The number's own charges come first, the tightest in front.
    ///
    /// A known device has the number's budgets to itself, and what strangers do to its number series does not
    /// touch it.
    #[must_use]
    pub fn trigger(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Charge> {
        let holder = holder(phone, lane);
        let own = |meter, at_most, window| Charge {
            meter,
            holder: holder.clone(),
            cost: 1,
            allowance: Allowance { at_most, window, share: None },
        };
        let mut charges = vec![
            own(Meter::Resend, 1, self.resend_after),
            own(Meter::TriggersPerMinute, self.triggers_per_minute, Duration::MINUTE),
            own(Meter::TriggersPerDay, self.triggers_per_day, Duration::DAY),
        ];
        // A code that could not be tried any more is not worth sending.
        charges.extend(self.guesses_in(phone, lane).into_iter().map(|charge| Charge { cost: 0, ..charge }));
        if let (Some(network), Some(at_most)) = (from, self.triggers_per_hour_per_network) {
            charges.push(Charge {
                meter: Meter::TriggersPerHour,
                holder: Holder::Network(network),
                cost: 1,
                allowance: Allowance { at_most, window: Duration::HOUR, share: None },
            });
        }
        charges.extend(self.conversion(phone, lane, from));
        charges.extend(self.spending(lane));
        charges
    }

    /// What trying a code costs.
    #[must_use]
    pub fn guess(&self, phone: &Phone, device: Option<DeviceKey>) -> GuessCharges {
        GuessCharges {
            stranger: self.guesses_in(phone, Lane::Stranger),
            known_device: device
                .map(|device| self.guesses_in(phone, Lane::KnownDevice(device)))
                .unwrap_or_default(),
        }
    }

    /// What a right code in `lane` does to the counters.
    #[must_use]
    pub fn settle(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Settlement> {
        let mut settlements = vec![
            Settlement {
                meter: Meter::WrongCodesPerDay,
                holder: holder(phone, lane),
                effect: Effect::GiveBack,
            },
            Settlement {
                meter: Meter::WrongCodesInARow,
                holder: Holder::Phone(phone.clone()),
                effect: Effect::Forget,
            },
        ];
        let mut settle = |holder, meter, effect| settlements.push(Settlement { meter, holder, effect });
        match lane {
            Lane::KnownDevice(device) => {
                settle(Holder::Device(device), Meter::WrongCodesInARow, Effect::Forget);
            }
            // Only what strangers asked for was counted as sent.
            Lane::Stranger => {
                if self.series_share.is_some() {
                    settle(Holder::Series(phone.series().to_owned()), Meter::Conversion, Effect::Verified);
                }
                if let (Some(network), true) = (from, self.network_share.is_some()) {
                    settle(Holder::Network(network), Meter::Conversion, Effect::Verified);
                }
            }
        }
        settlements
    }

    fn guesses_in(&self, phone: &Phone, lane: Lane) -> Vec<Charge> {
        let charge = |meter, at_most, window| Charge {
            meter,
            holder: holder(phone, lane),
            cost: 1,
            allowance: Allowance { at_most, window, share: None },
        };
        vec![
            charge(Meter::WrongCodesPerDay, self.wrong_codes_per_day, Duration::DAY),
            charge(Meter::WrongCodesInARow, self.wrong_codes_in_a_row, self.row_forgotten_after),
        ]
    }

    fn conversion(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Charge> {
        let charge = |holder, share| Charge {
            meter: Meter::Conversion,
            holder,
            cost: 1,
            allowance: Allowance { at_most: u32::MAX, window: Duration::DAY, share: Some(share) },
        };
        let counts_for_strangers = matches!(lane, Lane::Stranger);
        let series = self
            .series_share
            .filter(|_| counts_for_strangers)
            .map(|share| charge(Holder::Series(phone.series().to_owned()), share));
        let network = from
            .zip(self.network_share)
            .filter(|_| counts_for_strangers)
            .map(|(network, share)| charge(Holder::Network(network), share));
        series.into_iter().chain(network).collect()
    }

    fn spending(&self, lane: Lane) -> Option<Charge> {
        let cap = self.spend?;
        let kept = match lane {
            Lane::Stranger => cap.kept_for_known_devices,
            Lane::KnownDevice(_) => Paise::ZERO,
        };
        let paise = |amount: Paise| u32::try_from(amount.get().max(0)).unwrap_or(u32::MAX);
        Some(Charge {
            meter: Meter::Spend,
            holder: Holder::Everyone,
            cost: paise(cap.per_message),
            allowance: Allowance {
                at_most: paise(cap.per_day).saturating_sub(paise(kept)),
                window: Duration::DAY,
                share: None,
            },
        })
    }
}

fn holder(phone: &Phone, lane: Lane) -> Holder {
    match lane {
        Lane::Stranger => Holder::Phone(phone.clone()),
        Lane::KnownDevice(device) => Holder::Device(device),
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);
    const KNOWN: Lane = Lane::KnownDevice(DeviceKey::new([1; 32]));

    fn policy() -> BudgetPolicy {
        BudgetPolicy::contract(SpendCap {
            per_message: Paise::new(20),
            per_day: Paise::rupees(100),
            kept_for_known_devices: Paise::rupees(20),
        })
    }

    fn phone() -> Phone {
        Phone::parse("9876543210").unwrap()
    }

    fn charge(at_most: u32, share: Option<ShareGuard>) -> Charge {
        Charge {
            meter: Meter::Conversion,
            holder: Holder::Everyone,
            cost: 1,
            allowance: Allowance { at_most, window: Duration::MINUTE, share },
        }
    }

    #[test]
    fn a_window_opens_with_the_first_spending_and_closes_on_time() {
        let charge = charge(2, None);
        let first = charge.spend(None, NOW).unwrap();
        assert_eq!(first, Tally { since: NOW, spent: 1, verified: 0 });
        let later = NOW + Duration::seconds(59);
        let second = charge.spend(Some(first), later).unwrap();
        assert_eq!(second.since, NOW);
        assert_eq!(charge.spend(Some(second), later), None);
        let next = charge.spend(Some(second), NOW + Duration::MINUTE).unwrap();
        assert_eq!(next, Tally { since: NOW + Duration::MINUTE, spent: 1, verified: 0 });
    }

    #[test]
    fn looking_costs_nothing_but_sees_an_empty_purse() {
        let look = Charge { cost: 0, ..charge(1, None) };
        assert_eq!(look.spend(None, NOW).map(|tally| tally.spent), Some(0));
        assert_eq!(look.spend(Some(Tally { since: NOW, spent: 1, verified: 0 }), NOW), None);
    }

    #[test]
    fn a_share_is_asked_for_only_once_the_free_ones_are_gone() {
        let guard = ShareGuard { unverified_free: 10, verified_percent_min: 40 };
        let charge = charge(u32::MAX, Some(guard));
        let spends =
            |spent, verified| charge.spend(Some(Tally { since: NOW, spent, verified }), NOW).is_some();
        assert!(spends(9, 0));
        assert!(!spends(10, 0), "ten unread messages and none read");
        assert!(spends(100, 40), "an honest series goes on");
        assert!(!spends(100, 39));
        assert!(spends(45, 36), "few unread ones never matter");
    }

    #[test]
    fn a_pumping_attack_on_a_series_buys_a_bounded_number_of_messages() {
        let policy = policy();
        let mut tally = None;
        let mut bought = 0;
        for attempt in 0..100_000_u32 {
            let at = NOW + Duration::milliseconds(attempt.into());
            let charges = policy.trigger(&phone(), Lane::Stranger, None);
            let series = charges.iter().find(|charge| charge.meter == Meter::Conversion).unwrap();
            if let Some(spent) = series.spend(tally, at) {
                tally = Some(spent);
                bought += 1;
            }
        }
        assert_eq!(bought, 50);
    }

    #[test]
    fn a_known_device_has_its_own_counters_and_no_share_of_strangers_guilt() {
        let charges = policy().trigger(&phone(), KNOWN, Some(Network::of("10.0.0.1".parse().unwrap())));
        assert!(charges.iter().all(|charge| charge.holder != Holder::Phone(phone())));
        assert!(charges.iter().all(|charge| charge.meter != Meter::Conversion));
        let guesses = policy().guess(&phone(), Some(DeviceKey::new([1; 32])));
        assert!(
            guesses.of(KNOWN).iter().all(|charge| charge.holder == Holder::Device(DeviceKey::new([1; 32])))
        );
        assert!(guesses.of(Lane::Stranger).iter().all(|charge| charge.holder == Holder::Phone(phone())));
    }

    #[test]
    fn strangers_leave_known_devices_their_part_of_the_spending() {
        let spend = |lane| {
            policy().trigger(&phone(), lane, None).into_iter().find(|c| c.meter == Meter::Spend).unwrap()
        };
        assert_eq!(spend(Lane::Stranger).allowance.at_most, 8_000);
        assert_eq!(spend(KNOWN).allowance.at_most, 10_000);
        let full = Tally { since: NOW, spent: 8_000, verified: 0 };
        assert_eq!(spend(Lane::Stranger).spend(Some(full), NOW), None);
        assert!(spend(KNOWN).spend(Some(full), NOW).is_some());
    }

    #[test]
    fn the_sandbox_counts_numbers_only() {
        let charges = policy().per_number_only().trigger(
            &phone(),
            Lane::Stranger,
            Some(Network::of([10, 0, 0, 1].into())),
        );
        assert!(charges.iter().all(|charge| charge.holder == Holder::Phone(phone())));
        assert_eq!(charges.len(), 5);
    }

    #[test]
    fn ipv6_counts_by_subscriber_and_mapped_ipv4_as_ipv4() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
    }

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(seconds_until(NOW + Duration::milliseconds(29_001), NOW), 30);
        assert_eq!(seconds_until(NOW + Duration::seconds(29), NOW), 29);
        assert_eq!(seconds_until(NOW, NOW), 1);
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_is_allowed(
            at_most in 1..20_u32,
            pauses in proptest::collection::vec(0..90_u32, 1..200),
        ) {
            let charge = charge(at_most, None);
            let (mut tally, mut at) = (None, NOW);
            for pause in pauses {
                at += Duration::seconds(pause.into());
                if let Some(spent) = charge.spend(tally, at) {
                    prop_assert!(spent.spent <= at_most);
                    prop_assert!(at - spent.since < Duration::MINUTE);
                    tally = Some(spent);
                }
            }
        }
    }
}
