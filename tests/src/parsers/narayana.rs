//! What the insurer publishes: its plans, which are sold only as far as they can be read and priced.

use super::{is_framed, is_plain_and_short};
use insurance::{Cover, Life, Member, Plan, PlanId, Premium, RateCard, Relationship, Terms, ports::Offer};
use kernel::{Gender, Masked, Paise, uuid::Uuid};
use narayana::read_plans;
use std::collections::BTreeSet;
use time::{Date, macros::date};

/// The day a cover begins, and the birthdays of an old policyholder and of the relatives.
const STARTS_ON: Date = date!(2026 - 01 - 15);
const OLD: Date = date!(1930 - 02 - 28);
const RELATIVE: Date = date!(2020 - 02 - 29);

/// A list of plans is read the same each time, and what can be sold of it has a price that adds up.
pub(super) fn plans_answer(input: &[u8]) {
    let offers = match read_plans(input) {
        Ok(offers) => offers,
        Err(fault) => return is_plain_and_short(&fault.to_string()),
    };
    assert!(is_framed(input), "this is no JSON object");
    assert_eq!(read_plans(input).ok().as_ref(), Some(&offers), "the same answer tells other plans");
    for Offer { code, terms } in offers {
        is_printable(&terms);
        if terms.check().is_ok() {
            let plan = Plan { id: PlanId::new(Uuid::from_u128(7)), code, version: 1, terms };
            is_priced(&plan);
        }
    }
}

/// Every text can stand on a page.
fn is_printable(terms: &Terms) {
    let conditions = terms.waiting_periods.iter().map(|period| &period.condition);
    let texts = [&terms.name].into_iter().chain(&terms.features).chain(&terms.exclusions).chain(conditions);
    for text in texts {
        assert!(text.chars().count() <= 500 && !text.chars().any(char::is_control), "{text:?}");
    }
}

/// Whoever is covered, each line is worth something, they add up, and a larger family never pays less.
fn is_priced(plan: &Plan) {
    let life = |born| Life { born: Masked::new(born), gender: Gender::Female };
    let price = |relationships: &[Relationship]| {
        let members = relationships.iter().map(|relationship| Member::told(*relationship, life(RELATIVE)));
        let cover = Cover { holder: life(OLD), members: members.collect(), starts_on: STARTS_ON };
        Premium::of(plan, &cover, &RateCard::CURRENT)
    };
    let alone = price(&[]);
    let family = price(&Relationship::ALL);
    for premium in [&alone, &family] {
        let lines: i128 = premium.lines.iter().map(|line| i128::from(line.amount.get())).sum();
        assert_eq!(lines, i128::from(premium.total.get()), "{premium:?}");
        assert!(premium.lines.iter().all(|line| line.amount >= Paise::ZERO), "{premium:?}");
        assert!(premium.total >= plan.terms.base_premium, "{premium:?}");
    }
    assert!(family.total >= alone.total, "a family for less than one: {family:?}");
    let kinds: BTreeSet<_> = family.lines.iter().map(|line| line.kind.code()).collect();
    assert_eq!(kinds.len(), family.lines.len(), "one thing is paid twice: {family:?}");
}
