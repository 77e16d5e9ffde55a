//! Every limit on codes, as charges to counters.

use super::{Allowance, Charge, Effect, Holder, Meter, Network, Settlement, ShareGuard};
use crate::{Lane, Phone};
use kernel::Paise;
use time::Duration;

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

/// Where strangers' messages come from: out of the room that their provider's block has earned by codes that came back,
/// or else out of one room for everybody. So who comes from nowhere in particular buys few messages however many
/// addresses and numbers they have, and what they buy is not taken from those who come from where people sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rooms {
    /// What a provider's block must have earned, by the day.
    pub block: ShareGuard,
    /// What everybody else shares, by the day.
    pub common: ShareGuard,
}

/// One way to pay for a code: all charges, of which the last is the room's. If only that is refused, the next way may
/// still be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way(pub Vec<Charge>);

impl Way {
    /// What a right code does for whoever asked for it, wherever it is given: all counters that were told of a code sent
    /// are told that it came back.
    #[must_use]
    pub fn earns(&self) -> Vec<Settlement> {
        let sent = self.0.iter().filter(|charge| charge.meter == Meter::Conversion);
        sent.map(|charge| settlement(charge.holder.clone(), charge.meter, Effect::Verified)).collect()
    }
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
    /// Codes a day for all known devices of a number together.
    pub triggers_per_day_of_known_devices: u32,
    /// Codes an hour from a network address.
    pub triggers_per_hour_per_network: Option<u32>,
    /// Wrong codes a day for a number, across challenges.
    pub wrong_codes_per_day: u32,
    /// Wrong codes in a row for a number: with 10⁶ codes, 100 keep a stranger's chance at 1 in 10,000.
    pub wrong_codes_in_a_row: u32,
    /// When a row of wrong codes is forgotten without a right one, so that a number is not lost for ever.
    pub row_forgotten_after: Duration,
    /// Codes an hour from an IPv6 site.
    pub triggers_per_hour_per_site: Option<u32>,
    /// How many codes to a number series may not come back.
    pub series_share: Option<ShareGuard>,
    /// How many codes asked for from a subscriber's network may not come back.
    pub network_share: Option<ShareGuard>,
    /// How many asked for from an IPv6 site may not come back.
    pub site_share: Option<ShareGuard>,
    /// Out of which rooms strangers' codes are sent.
    pub rooms: Option<Rooms>,
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
            triggers_per_day_of_known_devices: 20,
            triggers_per_hour_per_network: Some(30),
            wrong_codes_per_day: 15,
            wrong_codes_in_a_row: 100,
            row_forgotten_after: Duration::days(30),
            triggers_per_hour_per_site: Some(300),
            series_share: Some(share(50, 150, 0)),
            network_share: Some(share(15, 150, 0)),
            site_share: Some(share(150, 150, 0)),
            rooms: Some(Rooms { block: share(3, 50, 1), common: share(25, 33, 0) }),
            spend: Some(spend),
        }
    }

    /// The same without what counts network addresses or everybody together: for the sandbox, where all come
    /// from one address. What counts per number stays.
    #[must_use]
    pub const fn per_number_only(self) -> Self {
        Self {
            triggers_per_hour_per_network: None,
            triggers_per_hour_per_site: None,
            rooms: None,
            series_share: None,
            network_share: None,
            site_share: None,
            spend: None,
            ..self
        }
    }

    /// What asking for a code costs, one way or another, the first that is open. The number's own charges come first,
    /// the tightest in front.
    ///
    /// A known device has the number's budgets to itself, and what strangers do to its network or its number series
    /// does not touch it; only all devices of one number together are bounded, too.
    #[must_use]
    pub fn trigger(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Way> {
        let holder = holder(phone, lane);
        let own = |meter, at_most, window| charge(meter, holder.clone(), at_most, window);
        let mut charges = vec![
            own(Meter::Resend, 1, self.resend_after),
            own(Meter::TriggersPerMinute, self.triggers_per_minute, Duration::MINUTE),
            own(Meter::TriggersPerDay, self.triggers_per_day, Duration::DAY),
        ];
        // A code that could not be tried any more is not worth sending.
        charges.extend(self.guess(phone, lane).into_iter().map(|charge| Charge { cost: 0, ..charge }));
        if let Lane::KnownDevice(_) = lane {
            let (all, at_most) = (Holder::DevicesOf(phone.clone()), self.triggers_per_day_of_known_devices);
            charges.push(charge(Meter::TriggersPerDay, all, at_most, Duration::DAY));
            charges.extend(self.spending(lane));
            return vec![Way(charges)];
        }
        let mut shares = vec![(Holder::Series(phone.series().to_owned()), self.series_share)];
        for (network, per_hour, share) in [
            (from, self.triggers_per_hour_per_network, self.network_share),
            (from.and_then(Network::site), self.triggers_per_hour_per_site, self.site_share),
        ] {
            let Some(holder) = network.map(Holder::Network) else { continue };
            let hourly = |at_most| charge(Meter::TriggersPerHour, holder.clone(), at_most, Duration::HOUR);
            charges.extend(per_hour.map(hourly));
            shares.push((holder, share));
        }
        let shares = shares.into_iter().filter(|(_, share)| share.is_some());
        charges.extend(shares.map(|(holder, share)| sent(holder, share)));
        charges.extend(self.spending(lane));
        self.ways(from, &charges)
    }

    /// What trying a code costs.
    #[must_use]
    pub fn guess(&self, phone: &Phone, lane: Lane) -> Vec<Charge> {
        let (day, row) = (self.wrong_codes_per_day, self.wrong_codes_in_a_row);
        vec![
            charge(Meter::WrongCodesPerDay, holder(phone, lane), day, Duration::DAY),
            charge(Meter::WrongCodesInARow, holder(phone, lane), row, self.row_forgotten_after),
        ]
    }

    /// What a right code in `lane` does to the counters of the number and its devices.
    #[must_use]
    pub fn settle(phone: &Phone, lane: Lane) -> Vec<Settlement> {
        let forget = |holder| settlement(holder, Meter::WrongCodesInARow, Effect::Forget);
        let mut settlements = vec![
            settlement(holder(phone, lane), Meter::WrongCodesPerDay, Effect::GiveBack),
            forget(Holder::Phone(phone.clone())),
        ];
        if let Lane::KnownDevice(device) = lane {
            settlements.push(forget(Holder::Device(device)));
        }
        settlements
    }

    /// The same charges, out of each room. The block is told of every code, but only the room it comes out of may
    /// refuse it.
    fn ways(&self, from: Option<Network>, charges: &[Charge]) -> Vec<Way> {
        let way = |more: &[Charge]| Way([charges, more].concat());
        let Some(rooms) = self.rooms else { return vec![way(&[])] };
        let common = sent(Holder::Everyone, Some(rooms.common));
        let Some(block) = from.map(|from| Holder::Network(from.block())) else { return vec![way(&[common])] };
        vec![way(&[sent(block.clone(), Some(rooms.block))]), way(&[sent(block, None), common])]
    }

    fn spending(&self, lane: Lane) -> Option<Charge> {
        let cap = self.spend?;
        let kept = match lane {
            Lane::Stranger => cap.kept_for_known_devices,
            Lane::KnownDevice(_) => Paise::ZERO,
        };
        let paise = |amount: Paise| u32::try_from(amount.get().max(0)).unwrap_or(u32::MAX);
        let at_most = paise(cap.per_day).saturating_sub(paise(kept));
        let spent = charge(Meter::Spend, Holder::Everyone, at_most, Duration::DAY);
        Some(Charge { cost: paise(cap.per_message), ..spent })
    }
}

const fn share(unverified_free: u32, unverified_per_hundred: u32, verified_min: u32) -> ShareGuard {
    ShareGuard { unverified_free, unverified_per_hundred, verified_min }
}

const fn settlement(holder: Holder, meter: Meter, effect: Effect) -> Settlement {
    Settlement { meter, holder, effect }
}

/// One code sent, of which some may not come back.
const fn sent(holder: Holder, share: Option<ShareGuard>) -> Charge {
    let allowance = Allowance { at_most: u32::MAX, window: Duration::DAY, share };
    Charge { meter: Meter::Conversion, holder, cost: 1, allowance }
}

/// One deed, of which the holder may do so many in a window.
const fn charge(meter: Meter, holder: Holder, at_most: u32, window: Duration) -> Charge {
    Charge { meter, holder, cost: 1, allowance: Allowance { at_most, window, share: None } }
}

fn holder(phone: &Phone, lane: Lane) -> Holder {
    match lane {
        Lane::Stranger => Holder::Phone(phone.clone()),
        Lane::KnownDevice(device) => Holder::Device(device),
    }
}
