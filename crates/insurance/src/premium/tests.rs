//! Golden prices, and what is true of every price.

use super::*;
use crate::{PlanType, testing};
use kernel::{Gender, Masked};
use proptest::prelude::*;
use time::{Duration, macros::date};

const EXEMPT: Date = date!(2026 - 01 - 15);
const TAXED: Date = date!(2025 - 09 - 21);

fn aged(years: i32, day: Date) -> Life {
    let born = day.replace_year(day.year() - years).unwrap();
    Life { born: Masked::new(born), gender: Gender::Female }
}

fn member(relationship: Relationship, years: i32, day: Date) -> Member {
    Member::told(relationship, aged(years, day))
}

fn family(day: Date) -> Cover {
    let members = vec![member(Relationship::Spouse, 38, day), member(Relationship::Child, 9, day)];
    Cover { holder: aged(40, day), members, starts_on: day }
}

fn plan(plan_type: PlanType, base_paise: i64) -> Plan {
    let mut plan = testing::plan(plan_type);
    plan.terms.base_premium = Paise::new(base_paise);
    plan
}

fn price(plan: &Plan, cover: &Cover) -> Premium {
    Premium::of(plan, cover, &RateCard::CURRENT)
}

#[test]
fn the_worked_example_is_right_to_the_paisa() {
    let plan = plan(PlanType::FamilyFloater, 500_000);
    let premium = price(&plan, &family(EXEMPT));
    assert_eq!(premium.base, Paise::new(500_000));
    assert_eq!(premium.age_loading, Paise::new(25_000));
    assert_eq!(premium.dependants, Paise::new(250_000));
    assert_eq!(premium.subtotal, Paise::new(775_000));
    assert_eq!((premium.tax.code(), premium.tax.amount), ("GST_EXEMPT", Paise::ZERO));
    assert_eq!(premium.total, Paise::new(775_000));
    let lines: Vec<_> = premium.lines.iter().map(|line| (line.kind.code(), line.amount.get())).collect();
    assert_eq!(
        lines,
        [
            ("BASE_PREMIUM", 500_000),
            ("AGE_LOADING", 25_000),
            ("SPOUSE", 150_000),
            ("CHILD", 100_000),
            ("TAX", 0)
        ]
    );

    let taxed = price(&plan, &family(TAXED));
    assert_eq!((taxed.tax.code(), taxed.tax.amount), ("GST", Paise::new(139_500)));
    assert_eq!(taxed.total, Paise::new(914_500));
}

#[test]
fn codes_read_back() {
    for kind in LineKind::all() {
        assert_eq!(LineKind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(LineKind::from_code("base_premium"), None);
}

#[test]
fn golden_prices() {
    let nobody = |years| Cover { holder: aged(years, EXEMPT), members: Vec::new(), starts_on: EXEMPT };
    let total = |plan_type, base, cover: &Cover| price(&plan(plan_type, base), cover).total.get();
    assert_eq!(total(PlanType::Individual, 349_900, &nobody(35)), 349_900);
    assert_eq!(total(PlanType::Individual, 349_900, &nobody(39)), 349_900);
    assert_eq!(total(PlanType::Individual, 349_900, &nobody(40)), 367_395);
    // 25 % of ₹3,499.01 is 87,475.25 paise.
    assert_eq!(total(PlanType::Individual, 349_901, &nobody(60)), 437_376);
    // 18 % of 349,905 paise is 62,982.9.
    assert_eq!(total(PlanType::Group, 349_905, &nobody(30)), 412_888);
    let parents = Cover {
        members: vec![
            member(Relationship::Mother, 60, EXEMPT),
            member(Relationship::FatherInLaw, 61, EXEMPT),
        ],
        ..nobody(30)
    };
    // 40 % of 349,903 paise is 139,961.2, twice.
    assert_eq!(total(PlanType::MultiIndividual, 349_903, &parents), 349_903 + 2 * 139_961);
}

#[test]
fn age_is_as_of_the_day_cover_begins() {
    let plan = plan(PlanType::Individual, 500_000);
    let eve = Cover { holder: aged(40, EXEMPT), members: Vec::new(), starts_on: EXEMPT - Duration::days(1) };
    assert_eq!(price(&plan, &eve).age_loading, Paise::ZERO);
    assert_eq!(price(&plan, &Cover { starts_on: EXEMPT, ..eve }).age_loading, Paise::new(25_000));
}

prop_compose! {
    fn a_cover()(
        age in 18_i32..=99,
        relatives in prop::collection::vec((0_usize..7, 0_i32..=80), 0..=5),
        day in prop::sample::select(vec![EXEMPT, TAXED]),
    ) -> Cover {
        let relatives = relatives.into_iter();
        let members = relatives.map(|(index, years)| member(Relationship::ALL[index], years, day)).collect();
        Cover { holder: aged(age, day), members, starts_on: day }
    }
}

fn a_plan() -> impl Strategy<Value = Plan> {
    let types = vec![PlanType::FamilyFloater, PlanType::MultiIndividual, PlanType::Group];
    (prop::sample::select(types), 100_i64..=crate::PLAN_AMOUNT_MAX.get())
        .prop_map(|(plan_type, base)| plan(plan_type, base))
}

proptest! {
    #[test]
    fn every_rupee_is_in_the_breakdown(plan in a_plan(), cover in a_cover()) {
        let premium = price(&plan, &cover);
        let lines: i64 = premium.lines.iter().map(|line| line.amount.get()).sum();
        prop_assert_eq!(lines, premium.total.get());
        prop_assert_eq!(premium.base.get() + premium.age_loading.get() + premium.dependants.get(), premium.subtotal.get());
        prop_assert!(premium.lines.iter().all(|line| line.amount >= Paise::ZERO));
        prop_assert!(premium.total >= premium.base);
    }

    #[test]
    fn nobody_pays_less_for_being_older(plan in a_plan(), cover in a_cover(), years in 1_i32..=20) {
        let older = Cover {
            holder: aged(i32::try_from(cover.holder.age_on(cover.starts_on)).unwrap() + years, cover.starts_on),
            ..cover.clone()
        };
        prop_assert!(price(&plan, &older).total >= price(&plan, &cover).total);
    }

    #[test]
    fn nobody_pays_less_for_one_more(plan in a_plan(), cover in a_cover()) {
        let mut more = cover.clone();
        more.members.push(member(Relationship::Child, 3, cover.starts_on));
        prop_assert!(price(&plan, &more).total >= price(&plan, &cover).total);
    }

    #[test]
    fn the_order_of_relatives_changes_nothing(plan in a_plan(), cover in a_cover()) {
        let mut turned = cover.clone();
        turned.members.reverse();
        prop_assert_eq!(price(&plan, &turned).total, price(&plan, &cover).total);
    }
}
