//! Counters, windows, shares, lanes.

use super::*;
use crate::{DeviceKey, Lane, Phone};
use kernel::Paise;
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
    let spends = |spent, verified| charge.spend(Some(Tally { since: NOW, spent, verified }), NOW).is_some();
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
    let all_of = |lane, holder| policy().guess(&phone(), lane).iter().all(|charge| charge.holder == holder);
    assert!(all_of(KNOWN, Holder::Device(DeviceKey::new([1; 32]))));
    assert!(all_of(Lane::Stranger, Holder::Phone(phone())));
}

#[test]
fn strangers_leave_known_devices_their_part_of_the_spending() {
    let spend =
        |lane| policy().trigger(&phone(), lane, None).into_iter().find(|c| c.meter == Meter::Spend).unwrap();
    assert_eq!(spend(Lane::Stranger).allowance.at_most, 8_000);
    assert_eq!(spend(KNOWN).allowance.at_most, 10_000);
    let full = Tally { since: NOW, spent: 8_000, verified: 0 };
    assert_eq!(spend(Lane::Stranger).spend(Some(full), NOW), None);
    assert!(spend(KNOWN).spend(Some(full), NOW).is_some());
}

#[test]
fn the_sandbox_counts_numbers_only() {
    let charges =
        policy().per_number_only().trigger(&phone(), Lane::Stranger, Some(Network::of([10, 0, 0, 1].into())));
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
