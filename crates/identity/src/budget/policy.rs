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
        let own = |meter, at_most, window| charge(meter, holder.clone(), at_most, window);
        let mut charges = vec![
            own(Meter::Resend, 1, self.resend_after),
            own(Meter::TriggersPerMinute, self.triggers_per_minute, Duration::MINUTE),
            own(Meter::TriggersPerDay, self.triggers_per_day, Duration::DAY),
        ];
        // A code that could not be tried any more is not worth sending.
        charges.extend(self.guess(phone, lane).into_iter().map(|charge| Charge { cost: 0, ..charge }));
        if let (Some(network), Some(at_most)) = (from, self.triggers_per_hour_per_network) {
            charges.push(charge(Meter::TriggersPerHour, Holder::Network(network), at_most, Duration::HOUR));
        }
        charges.extend(self.conversion(phone, lane, from));
        charges.extend(self.spending(lane));
        charges
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

    /// What a right code in `lane` does to the counters.
    #[must_use]
    pub fn settle(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Settlement> {
        let mut settlements = Vec::new();
        let mut settle = |holder, meter, effect| settlements.push(Settlement { meter, holder, effect });
        settle(holder(phone, lane), Meter::WrongCodesPerDay, Effect::GiveBack);
        settle(Holder::Phone(phone.clone()), Meter::WrongCodesInARow, Effect::Forget);
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

    fn conversion(&self, phone: &Phone, lane: Lane, from: Option<Network>) -> Vec<Charge> {
        // A known device is no part of the share: it neither counts nor is refused.
        let Lane::Stranger = lane else { return Vec::new() };
        let guarded = |holder, share| {
            let sent = charge(Meter::Conversion, holder, u32::MAX, Duration::DAY);
            Charge { allowance: Allowance { share: Some(share), ..sent.allowance }, ..sent }
        };
        let series = Holder::Series(phone.series().to_owned());
        let series = self.series_share.map(|share| guarded(series, share));
        let network =
            from.zip(self.network_share).map(|(network, share)| guarded(Holder::Network(network), share));
        series.into_iter().chain(network).collect()
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
