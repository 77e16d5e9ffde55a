//! What every implementation of the storage ports must do, the races included. Run on the in-memory ports and on every
//! real store. A suite panics where a rule is broken: that is how a test says no.
#![expect(clippy::expect_used, reason = "a contract that is broken must say so and stop")]

mod dependants;
mod policies;

pub use dependants::{dependants, dependants_race};
pub use policies::{policies, policies_race, refusals};

use crate::{
    Catalogue, DependantId, DependantVersion, Family, Life, Member, Pincode, Plan, PlanCode, PlanFilter,
    PlanType, Quote, RateCard, Relationship,
    ports::{CatalogueChange, DependantStore, PlanStore, PolicyFinder, PolicyStore, QuoteStore, Recorded},
    testing::{MemoryInsurer, offer, terms},
};
use kernel::{Env, Gender, Limit, Masked, Paise, UserId};
use std::sync::Arc;
use time::{Date, Duration, macros::date};

/// An implementation of the stores, empty at first.
pub struct Stores {
    /// Time and randomness.
    pub env: Env,
    /// Plans.
    pub plans: Arc<dyn PlanStore>,
    /// Dependants.
    pub dependants: Arc<dyn DependantStore>,
    /// Quotes.
    pub quotes: Arc<dyn QuoteStore>,
    /// Policies.
    pub policies: Arc<dyn PolicyStore>,
    /// The same policies.
    pub finder: Arc<dyn PolicyFinder>,
}

impl Stores {
    fn catalogue(&self) -> (Catalogue, Arc<MemoryInsurer>) {
        let insurer = Arc::new(MemoryInsurer::new(self.env.clone()));
        (Catalogue::new(self.env.clone(), self.plans.clone(), insurer.clone()), insurer)
    }

    async fn codes(&self) -> Vec<String> {
        let plans = self.plans.on_sale().await.expect("plans on sale");
        plans.iter().map(|plan| plan.code.as_str().to_owned()).collect()
    }
}

/// Plans: versions that never change, and what is sold of them.
pub async fn plans(stores: &Stores) {
    let (catalogue, insurer) = stores.catalogue();
    let mut dear = offer("NH-DEAR", PlanType::FamilyFloater);
    dear.terms.base_premium = Paise::rupees(9_000);
    insurer.publish([dear.clone(), offer("NH-CHEAP", PlanType::Individual)]);
    let first = catalogue.sync().await.expect("synced");
    assert_eq!((first.renewed, first.withdrawn), (2, 0));
    assert_eq!(stores.codes().await, ["NH-CHEAP", "NH-DEAR"], "the cheaper first");
    let again = catalogue.sync().await.expect("synced");
    assert_eq!((again.renewed, again.withdrawn), (0, 0), "nothing had changed");

    let before = find(stores, "NH-DEAR").await;
    assert_eq!((before.version, &before.terms), (1, &dear.terms), "read back as it was written");
    dear.terms.base_premium = Paise::rupees(4_000);
    dear.terms.relation_rates.insert(Relationship::Mother, crate::BasisPoints::percent(65));
    dear.terms.eligibility.area.pincodes = Pincode::parse("560038").into_iter().collect();
    dear.terms.eligibility.area.districts =
        Pincode::parse("400001").map(|code| code.district()).into_iter().collect();
    insurer.publish([dear.clone(), offer("NH-CHEAP", PlanType::Individual)]);
    assert_eq!(catalogue.sync().await.expect("synced").renewed, 1);
    let after = find(stores, "NH-DEAR").await;
    assert_eq!((after.id, after.version, &after.terms), (before.id, 2, &dear.terms));
    let old = stores.plans.find_version(before.id, 1).await.expect("found");
    assert_eq!(old.as_ref(), Some(&before), "the version before is what it was");
    assert_eq!(stores.plans.find_version(before.id, 3).await.expect("found"), None);

    insurer.publish([offer("NH-CHEAP", PlanType::Individual)]);
    assert_eq!(catalogue.sync().await.expect("synced").withdrawn, 1);
    assert_eq!(stores.codes().await, ["NH-CHEAP"]);
    assert_eq!(stores.plans.find_on_sale(before.id).await.expect("found"), None);
    assert_eq!(stores.plans.find_version(before.id, 2).await.expect("found"), Some(after.clone()));
    insurer.publish([dear, offer("NH-CHEAP", PlanType::Individual)]);
    assert_eq!(catalogue.sync().await.expect("synced").renewed, 1);
    assert_eq!(find(stores, "NH-DEAR").await, after, "sold again, in the version it had");
    let all = catalogue.list(&PlanFilter::default(), None, Limit::DEFAULT).await.expect("listed");
    assert_eq!(all.rows.len(), 2);
}

async fn find(stores: &Stores, code: &str) -> Plan {
    let code = PlanCode::parse(code).expect("a code");
    let newest = stores.plans.newest().await.expect("plans");
    newest.into_iter().map(|(plan, _)| plan).find(|plan| plan.code == code).expect("a plan of that code")
}

/// What was known earlier does not undo what was known later.
pub async fn late_news(stores: &Stores) {
    let (catalogue, insurer) = stores.catalogue();
    insurer.publish([offer("NH-LATE", PlanType::Individual), offer("NH-OTHER", PlanType::Individual)]);
    catalogue.sync().await.expect("synced");
    let known = find(stores, "NH-LATE").await;
    let before = stores.env.now().saturating_sub(Duration::seconds(1));
    let mut stale = Plan { version: 2, ..known.clone() };
    stale.terms.base_premium = Paise::rupees(1);
    let nothing = || CatalogueChange { versions: vec![], resumed: vec![], withdrawn: vec![], at: before };
    for change in [
        CatalogueChange { versions: vec![stale], ..nothing() },
        CatalogueChange { withdrawn: vec![known.id], ..nothing() },
    ] {
        let recorded = stores.plans.record_change(&change).await.expect("answered");
        assert_eq!(recorded, Recorded::Stale);
    }
    assert_eq!(stores.plans.find_on_sale(known.id).await.expect("found"), Some(known));
}

/// Many instances that learn of the same plans at once make one version of each.
pub async fn races(stores: &Stores) {
    let (catalogue, insurer) = stores.catalogue();
    for rupees in [5_000, 6_000, 7_000] {
        let mut changed = offer("NH-RACE", PlanType::Individual);
        changed.terms.base_premium = Paise::rupees(rupees);
        insurer.publish([changed, offer("NH-STILL", PlanType::Individual)]);
        let synced = futures::future::join_all((0..8).map(|_| catalogue.sync())).await;
        assert!(synced.iter().all(Result::is_ok), "{synced:?}");
    }
    assert_eq!(find(stores, "NH-RACE").await.version, 3);
    assert_eq!(find(stores, "NH-STILL").await.version, 1);
}

/// Quotes: read back as they were written, by their owner alone.
pub async fn quotes(stores: &Stores) {
    let (catalogue, insurer) = stores.catalogue();
    insurer.publish([offer("NH-QUOTED", PlanType::FamilyFloater)]);
    catalogue.sync().await.expect("synced");
    let plan = find(stores, "NH-QUOTED").await;
    let asha = UserId::generate(&stores.env);
    let quote = quote(stores, &plan, asha);
    stores.quotes.record(&quote).await.expect("recorded");
    assert_eq!(stores.quotes.find(asha, quote.id).await.expect("found").as_ref(), Some(&quote));
    let ravi = UserId::generate(&stores.env);
    assert_eq!(stores.quotes.find(ravi, quote.id).await.expect("found"), None);

    insurer.publish([crate::ports::Offer {
        terms: crate::Terms { name: "Arogya Plus".to_owned(), ..terms(PlanType::FamilyFloater) },
        code: plan.code.clone(),
    }]);
    catalogue.sync().await.expect("synced");
    let found = stores.quotes.find(asha, quote.id).await.expect("found");
    assert_eq!(found.map(|quote| quote.plan_version), Some(1), "a plan in use never changes under a quote");
}

fn quote(stores: &Stores, plan: &Plan, user_id: UserId) -> Quote {
    let life = |born: Date| Life { born: Masked::new(born), gender: Gender::Female };
    let members =
        [(Relationship::Spouse, date!(1990 - 05 - 01)), (Relationship::Child, date!(2015 - 02 - 28))];
    let mut members = members.map(|(relationship, born)| Member::told(relationship, life(born))).to_vec();
    members[1].dependant = Some(DependantVersion { id: DependantId::generate(&stores.env), version: 7 });
    let holder = life(date!(1984 - 08 - 15));
    let family = Family { holder, members, pincode: Pincode::parse("560038") };
    let quote = Quote::new(user_id, plan, family, &RateCard::CURRENT, &stores.env);
    quote.expect("a quote")
}
