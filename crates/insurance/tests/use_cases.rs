//! The use cases over ports in memory: what is sold, what it costs, and who is refused why.

use insurance::{
    CoverageType, DependantId, District, Life, Member, PlanFilter, PlanId, PlanType, QuoteError, QuoteId,
    QuoteRequest, Relationship, RelativePatch, Relatives, Rule, SyncError, ToldHolder,
    ports::{KnownHolder, Offer},
    testing::{MemoryCover, offer, relative},
};
use kernel::{Cursor, Detail, Fault as _, Gender, Limit, Masked, Paise, UserId, uuid::Uuid};
use time::{
    Date, Duration,
    macros::{date, datetime},
};

async fn selling(offers: impl IntoIterator<Item = Offer>) -> MemoryCover {
    let memory = MemoryCover::default();
    memory.insurer.publish(offers);
    memory.catalogue.sync().await.expect("the insurer answers");
    memory
}

async fn only_plan(memory: &MemoryCover) -> PlanId {
    let page = memory.catalogue.list(&PlanFilter::default(), None, Limit::DEFAULT).await.expect("listed");
    page.rows[0].id
}

fn known(born: Date) -> KnownHolder {
    KnownHolder { born: Some(Masked::new(born)), gender: Some(Gender::Female), ..KnownHolder::default() }
}

fn request(user_id: UserId, plan_id: PlanId) -> QuoteRequest {
    QuoteRequest { user_id, plan_id, holder: ToldHolder::default(), relatives: Relatives::told(Vec::new()) }
}

#[tokio::test]
async fn plans_are_filtered_and_paged() {
    let mut offers: Vec<Offer> =
        (1..=5).map(|n| offer(&format!("NH-{n}"), PlanType::FamilyFloater)).collect();
    for (rupees, offer) in (1..).zip(&mut offers) {
        offer.terms.base_premium = Paise::rupees(rupees * 1_000);
    }
    offers[4].terms.coverage_type = CoverageType::Comprehensive;
    offers[4].terms.sum_insured = Paise::rupees(1_000_000);
    offers[3].terms.plan_type = PlanType::Group;
    let memory = selling(offers).await;
    let list = async |filter: PlanFilter, after: Option<Cursor>, limit: u64| {
        let page = memory.catalogue.list(&filter, after, Limit::parse(limit).unwrap()).await.unwrap();
        let codes: Vec<String> = page.rows.iter().map(|plan| plan.code.as_str().to_owned()).collect();
        (codes, page.next)
    };
    let all = PlanFilter::default();
    let (first, next) = list(all, None, 2).await;
    assert_eq!(first, ["NH-1", "NH-2"]);
    let (second, next) = list(all, next, 2).await;
    assert_eq!(second, ["NH-3", "NH-4"]);
    assert_eq!(list(all, next, 2).await, (vec!["NH-5".to_owned()], None));
    let one = async |filter: PlanFilter| list(filter, None, 100).await.0;
    assert_eq!(one(PlanFilter { plan_type: Some(PlanType::Group), ..all }).await, ["NH-4"]);
    assert_eq!(one(PlanFilter { coverage_type: Some(CoverageType::Comprehensive), ..all }).await, ["NH-5"]);
    assert_eq!(one(PlanFilter { sum_insured_min: Some(Paise::rupees(500_001)), ..all }).await, ["NH-5"]);
    assert_eq!(
        one(PlanFilter { base_premium_max: Some(Paise::rupees(2_000)), ..all }).await,
        ["NH-1", "NH-2"]
    );
    let gone = Some(Cursor::after(Uuid::from_u128(7)));
    assert_eq!(list(all, gone, 1).await.0, ["NH-1"], "a plan that is gone begins the list anew");
}

#[tokio::test]
async fn what_an_insurer_publishes_by_mistake_changes_nothing() {
    let memory = selling([offer("NH-A", PlanType::Individual), offer("NH-B", PlanType::Individual)]).await;
    memory.insurer.publish([]);
    assert!(matches!(memory.catalogue.sync().await, Err(SyncError::Empty)));
    let twice = offer("NH-A", PlanType::Individual);
    memory.insurer.publish([twice.clone(), twice]);
    assert!(matches!(memory.catalogue.sync().await, Err(SyncError::Ambiguous)));
    let mut free = offer("NH-A", PlanType::Individual);
    free.terms.base_premium = Paise::ZERO;
    memory.insurer.publish([free.clone()]);
    assert!(matches!(memory.catalogue.sync().await, Err(SyncError::Empty)));
    memory.insurer.publish([free, offer("NH-B", PlanType::Individual)]);
    let synced = memory.catalogue.sync().await.unwrap();
    assert_eq!((synced.renewed, synced.withdrawn, synced.refused.len()), (0, 0, 1));
    let page = memory.catalogue.list(&PlanFilter::default(), None, Limit::DEFAULT).await.unwrap();
    assert_eq!(page.rows.len(), 2, "a plan that reads wrongly stays as it was");
    assert_eq!(page.rows[0].terms.base_premium, Paise::rupees(5_000));
}

#[tokio::test]
async fn a_quote_takes_from_the_profile_what_it_was_not_told() {
    let memory = selling([offer("NH-A", PlanType::FamilyFloater)]).await;
    let (asha, plan_id) = (UserId::generate(&memory.env), only_plan(&memory).await);
    let unknown = memory.quotes.calculate(&request(asha, plan_id)).await.unwrap_err();
    assert_eq!(unknown.entry().code, "MISSING_REQUIRED_FIELD");
    assert_eq!(unknown.details(), [("field", Detail::Text("policyholder.dob".to_owned()))]);

    memory.people.tell(asha, known(date!(1986 - 01 - 15)));
    let quote = memory.quotes.calculate(&request(asha, plan_id)).await.unwrap();
    assert_eq!(quote.premium.total, Paise::new(525_000), "40 years old today");
    let told = ToldHolder { born: known(date!(1996 - 01 - 15)).born, gender: None };
    let younger = QuoteRequest { holder: told, ..request(asha, plan_id) };
    let other = memory.quotes.calculate(&younger).await.unwrap();
    assert_eq!(other.premium.total, Paise::new(500_000));
    assert_ne!(other.hash, quote.hash);
    let again = memory.quotes.calculate(&request(asha, plan_id)).await.unwrap();
    assert_eq!(
        (again.hash, again.premium),
        (quote.hash, quote.premium.clone()),
        "worked out again, the same"
    );
    assert_ne!(again.id, quote.id);

    let found = memory.quotes.find(asha, quote.id).await.unwrap();
    assert_eq!(found, Some(quote.clone()));
    assert_eq!(memory.quotes.find(UserId::generate(&memory.env), quote.id).await.unwrap(), None);
    assert_eq!(memory.quotes.find(asha, QuoteId::generate(&memory.env)).await.unwrap(), None);
}

#[tokio::test]
async fn a_family_is_priced_and_its_tax_is_the_days() {
    let memory = selling([offer("NH-A", PlanType::FamilyFloater)]).await;
    let (asha, plan_id) = (UserId::generate(&memory.env), only_plan(&memory).await);
    let member = |relationship, born| {
        Member::told(relationship, Life { born: Masked::new(born), gender: Gender::Other })
    };
    let family = vec![
        member(Relationship::Spouse, date!(1988 - 03 - 02)),
        member(Relationship::Child, date!(2016 - 07 - 30)),
    ];
    let price = async || {
        memory.people.tell(asha, known(date!(1985 - 09 - 21)));
        let relatives = Relatives::told(family.clone());
        memory.quotes.calculate(&QuoteRequest { relatives, ..request(asha, plan_id) }).await.unwrap()
    };
    memory.clock.set(datetime!(2025-09-21 18:29:59 UTC));
    let taxed = price().await;
    assert_eq!((taxed.premium.subtotal, taxed.premium.total), (Paise::new(775_000), Paise::new(914_500)));
    assert_eq!(taxed.valid_until, datetime!(2025-09-21 18:30 UTC));
    memory.clock.advance(Duration::seconds(1));
    let exempt = price().await;
    assert_eq!((exempt.premium.subtotal, exempt.premium.total), (Paise::new(775_000), Paise::new(775_000)));
}

#[tokio::test]
async fn who_is_refused_is_told_the_rule() {
    let mut local = offer("NH-LOCAL", PlanType::Individual);
    local.terms.eligibility.area.districts = District::parse("560").into_iter().collect();
    let memory = selling([local]).await;
    let (asha, plan_id) = (UserId::generate(&memory.env), only_plan(&memory).await);
    memory.people.tell(asha, known(date!(1986 - 01 - 15)));
    let refused = memory.quotes.calculate(&request(asha, plan_id)).await.unwrap_err();
    assert!(
        matches!(&refused, QuoteError::NotEligible { refusal, .. } if refusal.rule == Rule::PlaceUnknown),
        "{refused}"
    );
    assert_eq!(refused.entry().code, "NOT_ELIGIBLE");
    assert_eq!(refused.details(), [("rule", Detail::Text("place_unknown".to_owned()))]);
    let nowhere = memory.quotes.calculate(&request(asha, PlanId::new(Uuid::from_u128(9)))).await.unwrap_err();
    assert_eq!(nowhere.entry().code, "PLAN_NOT_FOUND");
    memory.insurer.publish([offer("NH-NEW", PlanType::Individual)]);
    memory.catalogue.sync().await.unwrap();
    let withdrawn = memory.quotes.calculate(&request(asha, plan_id)).await.unwrap_err();
    assert!(matches!(withdrawn, QuoteError::PlanNotFound), "sold no longer");
    assert_eq!(memory.catalogue.get(plan_id).await.unwrap_err().entry().code, "PLAN_NOT_FOUND");
}

#[tokio::test]
async fn whoever_names_nobody_is_priced_with_the_family_they_told_us_about() {
    let memory = selling([offer("NH-F", PlanType::FamilyFloater), offer("NH-I", PlanType::Individual)]).await;
    let asha = UserId::generate(&memory.env);
    memory.people.tell(asha, known(date!(1996 - 01 - 15)));
    for (name, relationship) in [("Ravi", Relationship::Spouse), ("Kiran", Relationship::Child)] {
        let born = if relationship == Relationship::Spouse { 1994 } else { 2016 };
        let born = Date::from_calendar_date(born, time::Month::July, 30).unwrap();
        memory.dependants.add(asha, relative(name, relationship, born)).await.unwrap();
    }
    let plans = memory.catalogue.list(&PlanFilter::default(), None, Limit::DEFAULT).await.unwrap().rows;
    let total = async |code: &str, relatives: Relatives| {
        let plan = plans.iter().find(|plan| plan.code.as_str() == code).unwrap();
        let request = QuoteRequest { relatives, ..request(asha, plan.id) };
        memory.quotes.calculate(&request).await.unwrap().premium.total
    };
    assert_eq!(total("NH-F", Relatives::Listed).await, Paise::rupees(7_500), "with 30 % and 20 % of ₹5,000");
    assert_eq!(total("NH-F", Relatives::told(Vec::new())).await, Paise::rupees(5_000), "nobody, if so told");
    assert_eq!(total("NH-I", Relatives::Listed).await, Paise::rupees(5_000), "a plan for one covers one");
}

#[tokio::test]
async fn a_quote_knows_which_dependants_it_covers() {
    let memory = selling([offer("NH-F", PlanType::FamilyFloater)]).await;
    let (asha, plan_id) = (UserId::generate(&memory.env), only_plan(&memory).await);
    memory.people.tell(asha, known(date!(1986 - 01 - 15)));
    let born = date!(2016 - 07 - 30);
    let mut twins = Vec::new();
    for name in ["Kiran", "Kavya"] {
        let (twin, _) = memory.dependants.add(asha, relative(name, Relationship::Child, born)).await.unwrap();
        twins.push(twin.member());
    }
    let covered = async |relatives: Relatives| {
        let request = QuoteRequest { relatives, ..request(asha, plan_id) };
        memory.quotes.calculate(&request).await.unwrap()
    };
    let told = Member::told(Relationship::Child, twins[0].life);
    let quote = covered(Relatives::Listed).await;
    assert_eq!(quote.cover.members, twins);
    let again = covered(Relatives::told(vec![told, told])).await;
    assert_eq!(again.cover.members, twins, "told alike, and both known");
    assert_eq!(again.hash, quote.hash, "who is known costs the same");
    let three = covered(Relatives::told(vec![told, told, told])).await;
    assert_eq!(three.cover.members, [twins[0], twins[1], told], "a third is nobody we know");
    let other = Member::told(Relationship::Sibling, twins[0].life);
    assert_eq!(covered(Relatives::told(vec![other])).await.cover.members, [other]);
    let kept = memory.quotes.find(asha, quote.id).await.unwrap().unwrap();
    assert_eq!(kept.cover.members, twins);

    let second = twins[1].dependant.unwrap().id;
    let these = |dependants: Vec<DependantId>| Relatives::These { dependants, told: vec![told] };
    let chosen = covered(these(vec![second])).await;
    assert_eq!(chosen.cover.members, [twins[1], twins[0]], "the one chosen, and the other told");
    for wrong in [vec![second, second], vec![DependantId::new(Uuid::from_u128(9))]] {
        let wanted = QuoteRequest { relatives: these(wrong), ..request(asha, plan_id) };
        let refused = memory.quotes.calculate(&wanted).await.unwrap_err();
        assert_eq!(refused.entry().code, "NOT_FOUND");
    }
    let grown = RelativePatch { born: Some(Masked::new(date!(2000 - 01 - 01))), ..RelativePatch::default() };
    memory.dependants.change(asha, second, &grown).await.unwrap();
    let listed = QuoteRequest { relatives: Relatives::Listed, ..request(asha, plan_id) };
    let refused = memory.quotes.calculate(&listed).await.unwrap_err();
    let whom = Detail::Text(second.uuid().to_string());
    assert!(refused.details().contains(&("dependant_id", whom)), "{:?}", refused.details());
}
