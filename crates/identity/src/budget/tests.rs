//! Counters, windows, shares, lanes.

use super::*;
use crate::{DeviceKey, Lane, Phone};
use kernel::Paise;
use proptest::prelude::*;
use std::collections::HashMap;
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

fn charge(at_most: u32) -> Charge {
    Charge {
        meter: Meter::TriggersPerDay,
        holder: Holder::Everyone,
        cost: 1,
        allowance: Allowance { at_most, window: Duration::MINUTE, share: None },
    }
}

#[test]
fn a_window_opens_with_the_first_spending_and_closes_on_time() {
    let charge = charge(2);
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
    let look = Charge { cost: 0, ..charge(1) };
    assert_eq!(look.spend(None, NOW).map(|tally| tally.spent), Some(0));
    assert_eq!(look.spend(Some(Tally { since: NOW, spent: 1, verified: 0 }), NOW), None);
}

fn sent(unverified_free: u32, unverified_per_hundred: u32, verified_min: u32) -> Charge {
    let share = Some(ShareGuard { unverified_free, unverified_per_hundred, verified_min });
    let allowance = Allowance { at_most: u32::MAX, window: Duration::DAY, share };
    Charge { meter: Meter::Conversion, holder: Holder::Everyone, cost: 1, allowance }
}

#[test]
fn what_came_back_earns_what_may_not() {
    let spends = |charge: &Charge, spent, verified| {
        charge.spend(Some(Tally { since: NOW, spent, verified }), NOW).is_some()
    };
    let guard = sent(10, 50, 0);
    assert!(guard.spend(None, NOW).is_some());
    assert!(spends(&guard, 9, 0) && !spends(&guard, 10, 0), "ten unread messages and none read");
    assert!(spends(&guard, 159, 100) && !spends(&guard, 160, 100), "fifty more for a hundred that were");
    let earned = sent(3, 0, 2);
    assert!(earned.spend(None, NOW).is_none() && !spends(&earned, 1, 1), "nothing before two came back");
    assert!(spends(&earned, 4, 2) && !spends(&earned, 5, 2));
}

#[test]
fn a_reputation_fades_by_half_a_window() {
    let charge = sent(10, 50, 0);
    let old = Some(Tally { since: NOW, spent: 9, verified: 3 });
    let faded = charge.current(old, NOW + Duration::DAY);
    assert_eq!(faded, Tally { since: NOW + Duration::DAY, spent: 5, verified: 2 });
    let last = NOW + Duration::days(2);
    assert_eq!(charge.current(old, last - Duration::SECOND).spent, 5);
    assert_eq!(charge.current(old, last), Tally { since: last, spent: 0, verified: 0 });
    let counted = Charge { meter: Meter::TriggersPerDay, ..charge };
    assert_eq!(counted.current(old, NOW + Duration::DAY).spent, 0, "what is counted begins anew");
}

/// A store for one test: spends in the first way that is open.
#[derive(Default)]
struct Purse(HashMap<(Meter, Holder), Tally>);

impl Purse {
    fn trigger(&mut self, phone: &Phone, from: &str, at: OffsetDateTime) -> bool {
        self.pays(phone, from, at).is_some()
    }

    fn pays(&mut self, phone: &Phone, from: &str, at: OffsetDateTime) -> Option<Way> {
        let from = Some(Network::of(from.parse().unwrap()));
        // Not for want of money.
        let ways = BudgetPolicy { spend: None, ..policy() }.trigger(phone, Lane::Stranger, from);
        ways.into_iter().find(|way| self.spend(&way.0, at))
    }

    fn spend(&mut self, charges: &[Charge], at: OffsetDateTime) -> bool {
        let key = |charge: &Charge| (charge.meter, charge.holder.clone());
        let spent =
            |charge: &Charge| Some((key(charge), charge.spend(self.0.get(&key(charge)).copied(), at)?));
        let Some(spent) = charges.iter().map(spent).collect::<Option<Vec<_>>>() else { return false };
        let costly = charges.iter().zip(spent).filter(|(charge, _)| charge.cost > 0);
        self.0.extend(costly.map(|(_, spent)| spent));
        true
    }

    fn signs_in(&mut self, phone: &Phone, from: &str, at: OffsetDateTime) -> bool {
        let Some(way) = self.pays(phone, from, at) else { return false };
        for settled in way.earns() {
            self.0.get_mut(&(settled.meter, settled.holder)).unwrap().verified += 1;
        }
        true
    }
}

fn number(index: u32) -> Phone {
    Phone::parse(&format!("9{:09}", u64::from(index) * 7_919 % 1_000_000_000)).unwrap()
}

#[test]
fn who_comes_from_nowhere_buys_few_messages_and_none_of_others() {
    let (mut purse, home) = (Purse::default(), "49.36.1.1");
    assert!(purse.signs_in(&number(0), home, NOW), "the first of a block comes out of the common room");
    let mut bought = 0;
    for attempt in 0..20_000_u32 {
        let at = NOW + Duration::seconds(attempt.into());
        let [_, a, b, c] = attempt.wrapping_mul(2_654_435_761).to_be_bytes();
        bought += u32::from(purse.trigger(&number(1 + attempt), &format!("80.{a}.{b}.{c}"), at));
    }
    assert!((20..=26).contains(&bought), "{bought}");
    let later = NOW + Duration::seconds(20_001);
    for newcomer in 0..20 {
        assert!(purse.signs_in(&number(30_000 + newcomer), home, later), "where others signed in");
    }
    assert!(!purse.trigger(&number(30_030), "61.0.0.1", later), "where nobody did");
}

#[test]
fn nobody_learns_from_within_a_block_which_numbers_are_known() {
    let mut purse = Purse::default();
    let owner = number(1);
    assert!(purse.signs_in(&owner, "61.0.0.1", NOW));
    let mut bought = 0;
    for attempt in 0..200_u8 {
        let from = format!("61.0.{attempt}.9");
        bought += u32::from(purse.trigger(&number(1_000 + u32::from(attempt)), &from, NOW));
    }
    assert!(bought <= 4 + 26, "{bought}");
    let later = NOW + Duration::hours(1);
    for phone in [owner, number(2)] {
        assert!(!purse.trigger(&phone, "61.0.7.7", later), "answered alike");
    }
}

#[test]
fn a_code_earns_where_it_was_asked_for() {
    let mut purse = Purse::default();
    let way = purse.pays(&number(1), "61.0.0.1", NOW).unwrap();
    let earners: Vec<_> = way.earns().into_iter().map(|settled| settled.holder).collect();
    let from = Network::of([61, 0, 0, 1].into());
    let series = Holder::Series(number(1).series().to_owned());
    let networks = [from, from.block()].map(Holder::Network);
    assert_eq!(earners, [&[series][..], &networks, &[Holder::Everyone]].concat());
}

#[test]
fn an_ipv6_site_is_one_hand_however_many_networks_it_has() {
    let mut purse = Purse::default();
    for newcomer in 0..400 {
        let home = format!("2409:40c0:{newcomer:x}::1");
        assert!(purse.signs_in(&number(newcomer), &home, NOW), "the provider's block earns room");
    }
    let mut bought = 0;
    for attempt in 0..65_536_u32 {
        bought += u32::from(purse.trigger(
            &number(1_000 + attempt),
            &format!("2409:40c0:ffff:{attempt:x}::1"),
            NOW,
        ));
    }
    assert_eq!(bought, 150, "as ten subscribers");
    let hourly = |charge: &&Charge| charge.meter == Meter::TriggersPerHour;
    let from = Some(Network::of("2001:db8::1".parse().unwrap()));
    let ways = policy().trigger(&phone(), Lane::Stranger, from);
    let limits: Vec<_> = ways[0].0.iter().filter(hourly).map(|charge| charge.allowance.at_most).collect();
    assert_eq!(limits, [30, 300]);
}

#[test]
fn a_handset_that_answers_nothing_leaves_its_site_to_the_others() {
    let mut purse = Purse::default();
    for newcomer in 0..100 {
        let home = format!("2409:40c0:{newcomer:x}::1");
        assert!(purse.signs_in(&number(newcomer), &home, NOW), "the provider's block earns room");
    }
    let handset = "2409:40c0:ffff:1::1";
    let bought = (0..50).filter(|attempt| purse.trigger(&number(1_000 + attempt), handset, NOW)).count();
    assert_eq!(bought, 15);
    for newcomer in 0..20 {
        let beside = format!("2409:40c0:ffff:{:x}::1", 2 + newcomer);
        assert!(purse.signs_in(&number(2_000 + newcomer), &beside, NOW), "{newcomer}");
    }
}

#[test]
fn many_known_devices_of_a_number_buy_little_together() {
    let mut purse = Purse::default();
    let mut bought = [0; 10];
    for round in 0..12 {
        for (device, bought) in (1..).zip(&mut bought) {
            let lane = Lane::KnownDevice(DeviceKey::new([device; 32]));
            let way = policy().trigger(&phone(), lane, None).remove(0);
            *bought += u32::from(purse.spend(&way.0, NOW + Duration::minutes(round)));
        }
    }
    assert_eq!(bought.iter().sum::<u32>(), 20);
    let (mut alone, mut bought) = (Purse::default(), 0);
    for round in 0..12 {
        let way = policy().trigger(&phone(), KNOWN, None).remove(0);
        bought += u32::from(alone.spend(&way.0, NOW + Duration::minutes(round)));
    }
    assert_eq!(bought, 10);
}

#[test]
fn a_pumping_attack_on_a_series_buys_a_bounded_number_of_messages() {
    let ways = policy().trigger(&phone(), Lane::Stranger, None);
    let series = Holder::Series("98765".to_owned());
    let series = ways[0].0.iter().find(|charge| charge.holder == series).unwrap();
    let (mut tally, mut bought) = (None, 0);
    for attempt in 0..100_000_u32 {
        let at = NOW + Duration::milliseconds(attempt.into());
        if let Some(spent) = series.spend(tally, at) {
            tally = Some(spent);
            bought += 1;
        }
    }
    assert_eq!(bought, 50);
}

#[test]
fn a_known_device_has_its_own_counters_and_no_share_of_strangers_guilt() {
    let ways = policy().trigger(&phone(), KNOWN, Some(Network::of("10.0.0.1".parse().unwrap())));
    let charges: Vec<_> = ways.into_iter().flat_map(|way| way.0).collect();
    assert!(charges.iter().all(|charge| match charge.holder {
        Holder::Device(_) | Holder::DevicesOf(_) | Holder::Everyone => charge.meter != Meter::Conversion,
        Holder::Phone(_) | Holder::Network(_) | Holder::Series(_) => false,
    }));
    let all_of = |lane, holder| policy().guess(&phone(), lane).iter().all(|charge| charge.holder == holder);
    assert!(all_of(KNOWN, Holder::Device(DeviceKey::new([1; 32]))));
    assert!(all_of(Lane::Stranger, Holder::Phone(phone())));
}

#[test]
fn strangers_leave_known_devices_their_part_of_the_spending() {
    let spend = |lane| {
        let charges = policy().trigger(&phone(), lane, None).remove(0).0;
        charges.into_iter().find(|charge| charge.meter == Meter::Spend).unwrap()
    };
    assert_eq!(spend(Lane::Stranger).allowance.at_most, 8_000);
    assert_eq!(spend(KNOWN).allowance.at_most, 10_000);
    let full = Tally { since: NOW, spent: 8_000, verified: 0 };
    assert_eq!(spend(Lane::Stranger).spend(Some(full), NOW), None);
    assert!(spend(KNOWN).spend(Some(full), NOW).is_some());
}

#[test]
fn the_sandbox_counts_numbers_only() {
    let from = Some(Network::of([10, 0, 0, 1].into()));
    let ways = policy().per_number_only().trigger(&phone(), Lane::Stranger, from);
    assert_eq!(ways.len(), 1);
    assert!(ways[0].0.iter().all(|charge| charge.holder == Holder::Phone(phone())));
    assert_eq!(ways[0].0.len(), 5);
    assert_eq!(ways[0].earns(), []);
    let settled = BudgetPolicy::settle(&phone(), Lane::Stranger);
    assert!(settled.iter().all(|settled| settled.holder == Holder::Phone(phone())));
}

#[test]
fn ipv6_counts_by_subscriber_and_mapped_ipv4_as_ipv4() {
    let network = |text: &str| Network::of(text.parse().unwrap());
    assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
    let site = |text| network(text).site().map(Network::text);
    assert_eq!(site("2001:db8:1:2::1").as_deref(), Some("2001:db8:1::/48"));
    assert_eq!(
        site("2001:db8:1::1").as_deref(),
        Some("2001:db8:1::/48"),
        "not to be taken for its first /64"
    );
    assert_eq!((network("2001:db8:1::1").text(), site("10.0.0.1")), ("2001:db8:1::".to_owned(), None));
    assert_eq!(network("2001:db8:1:2::1").block().text(), "2001:db8::/32");
    assert_eq!(network("10.1.2.3").block().text(), "10.1.0.0/16");
    assert_eq!(network("::").block().text(), "::/32");
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
        let charge = charge(at_most);
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
