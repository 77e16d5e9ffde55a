//! Who may enter, on either side of each bound.

use super::*;
use crate::{Area, District, Life, PlanType, testing};
use kernel::{Gender, Masked};
use time::{Date, Duration, macros::date};

const DAY: Date = date!(2026 - 01 - 15);

fn born(on: Date) -> Life {
    Life { born: Masked::new(on), gender: Gender::Other }
}

fn aged(years: i32) -> Life {
    born(DAY.replace_year(DAY.year() - years).unwrap())
}

fn member(relationship: Relationship, years: i32) -> Member {
    Member::told(relationship, aged(years))
}

fn cover(holder: i32, members: Vec<Member>) -> Cover {
    Cover { holder: aged(holder), members, starts_on: DAY }
}

fn floater() -> Terms {
    testing::terms(PlanType::FamilyFloater)
}

fn refusal(terms: &Terms, cover: &Cover) -> (Rule, Option<usize>, Option<Bound>) {
    let refused = terms.admit(cover, None).unwrap_err();
    (refused.rule, refused.member, refused.bound)
}

#[test]
fn the_policyholder_is_within_the_plans_ages() {
    let terms = floater();
    assert_eq!(terms.admit(&cover(18, Vec::new()), None), Ok(()));
    assert_eq!(terms.admit(&cover(65, Vec::new()), None), Ok(()));
    assert_eq!(
        refusal(&terms, &cover(17, Vec::new())),
        (Rule::HolderTooYoung, None, Some(Bound::YearsMin(18)))
    );
    assert_eq!(
        refusal(&terms, &cover(66, Vec::new())),
        (Rule::HolderTooOld, None, Some(Bound::YearsMax(65)))
    );
    let eve = Cover { starts_on: DAY - Duration::days(1), ..cover(18, Vec::new()) };
    assert_eq!(refusal(&terms, &eve).0, Rule::HolderTooYoung, "a day before the birthday");
}

#[test]
fn a_family_is_one_spouse_four_children_and_five_in_all() {
    let terms = floater();
    let children = |count| vec![member(Relationship::Child, 5); count];
    let mut family = children(4);
    family.push(member(Relationship::Spouse, 30));
    assert_eq!(terms.admit(&cover(35, family.clone()), None), Ok(()));
    assert_eq!(refusal(&terms, &cover(35, children(5))), (Rule::TooManyChildren, None, Some(Bound::Most(4))));
    let spouses = vec![member(Relationship::Spouse, 30); 2];
    assert_eq!(refusal(&terms, &cover(35, spouses)), (Rule::OneSpouse, None, Some(Bound::Most(1))));
    family.push(member(Relationship::Mother, 60));
    assert_eq!(refusal(&terms, &cover(35, family)), (Rule::TooManyDependants, None, Some(Bound::Most(5))));
    let alone = testing::terms(PlanType::Individual);
    assert_eq!(
        refusal(&alone, &cover(35, children(1))),
        (Rule::TooManyDependants, None, Some(Bound::Most(0)))
    );
}

#[test]
fn each_relative_is_within_their_ages() {
    let terms = floater();
    let refused =
        |second: Member| refusal(&terms, &cover(35, vec![member(Relationship::Sibling, 20), second]));
    assert_eq!(
        refused(member(Relationship::Child, 26)),
        (Rule::MemberTooOld, Some(1), Some(Bound::YearsMax(25)))
    );
    assert_eq!(
        refused(member(Relationship::Spouse, 17)),
        (Rule::MemberTooYoung, Some(1), Some(Bound::YearsMin(18)))
    );
    assert_eq!(
        refused(member(Relationship::Mother, 66)),
        (Rule::MemberTooOld, Some(1), Some(Bound::YearsMax(65)))
    );
    let baby = |days| Member::told(Relationship::Child, born(DAY - Duration::days(days)));
    assert_eq!(refused(baby(90)), (Rule::MemberTooYoung, Some(1), Some(Bound::DaysMin(91))));
    assert_eq!(terms.admit(&cover(35, vec![baby(91)]), None), Ok(()));
    assert_eq!(terms.admit(&cover(35, vec![member(Relationship::Child, 25)]), None), Ok(()));
}

#[test]
fn a_family_is_one_that_can_be() {
    let terms = floater();
    let refused = |holder, members: Vec<Member>| refusal(&terms, &cover(holder, members));
    let contradiction = (Rule::AgesContradict, Some(0), None);
    assert_eq!(refused(24, vec![member(Relationship::Child, 25)]), contradiction);
    assert_eq!(refused(24, vec![member(Relationship::Child, 24)]), contradiction, "a twin is no child");
    assert_eq!(refused(40, vec![member(Relationship::Mother, 39)]), contradiction);
    let parents = |relationship| vec![member(relationship, 60), member(relationship, 61)];
    for parent in PARENTS {
        assert_eq!(
            refused(35, parents(parent)),
            (Rule::OneOfEachParent, None, Some(Bound::Most(1))),
            "{parent:?}"
        );
    }
    assert_eq!(terms.admit(&cover(35, parents(Relationship::Sibling)), None), Ok(()));
}

#[test]
fn some_plans_are_sold_in_some_places() {
    let mut terms = floater();
    terms.eligibility.area = Area { districts: [District::parse("560").unwrap()].into(), ..Area::default() };
    let alone = cover(35, Vec::new());
    let at =
        |pincode: &str| terms.admit(&alone, Pincode::parse(pincode).as_ref()).map_err(|refused| refused.rule);
    assert_eq!(at("560038"), Ok(()));
    assert_eq!(at("110001"), Err(Rule::PlaceNotServed));
    assert_eq!(at(""), Err(Rule::PlaceUnknown));
    assert_eq!(floater().admit(&alone, None), Ok(()), "sold everywhere");
}

#[test]
fn a_refusal_names_its_rule_and_bound_and_nobody() {
    let refused = NotEligible { rule: Rule::MemberTooOld, member: Some(2), bound: Some(Bound::YearsMax(25)) };
    assert_eq!(refused.entry(), fault::NOT_ELIGIBLE);
    assert_eq!(
        refused.details(),
        [("rule", "member_too_old".into()), ("max_years", 25.into()), ("member", 2.into())]
    );
    let many = NotEligible { rule: Rule::TooManyChildren, member: None, bound: Some(Bound::Most(4)) };
    assert_eq!(many.entry(), fault::TOO_MANY_DEPENDANTS);
    for word in Rule::WORDS {
        assert_eq!(word.parse().map(Rule::word), Ok(*word));
    }
}
