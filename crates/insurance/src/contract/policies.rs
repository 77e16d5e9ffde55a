//! Policies: one for a quote, bought by one order, one live for a person and plan, and never taken back.

use super::{Stores, find};
use crate::{
    IssueFailure, Issued, Plan, PlanType, Policy, PolicyNumber, PolicyState, QuoteId, Sale,
    ports::{Moved, PolicyChange},
    testing::{offer, proposed},
};
use futures::future::join_all;
use kernel::{Cursor, Limit, Masked, OrderRef, UserId, uuid::Uuid};
use time::Duration;

impl Stores {
    async fn plan(&self, code: &str) -> Plan {
        let (catalogue, insurer) = self.catalogue();
        insurer.publish([offer(code, PlanType::FamilyFloater)]);
        catalogue.sync().await.expect("synced");
        find(self, code).await
    }

    async fn propose(&self, user_id: UserId, plan: &Plan) -> Policy {
        let policy = proposed(user_id, plan.clone(), &self.env);
        self.policies.propose(&policy).await.expect("proposed")
    }

    fn sale(&self, order: &str) -> Sale {
        Sale { order: OrderRef::parse(order).expect("a number"), paid_at: self.env.now() }
    }

    /// Records that the policy has come to this state; answers how it is then.
    async fn moves(&self, policy: &Policy, state: PolicyState) -> Policy {
        let change = self.change(policy, state);
        assert_eq!(self.policies.record(&change).await.expect("recorded"), Moved::Done);
        change.applied_to(policy)
    }

    fn change(&self, policy: &Policy, state: PolicyState) -> PolicyChange {
        PolicyChange { policy_id: policy.id, version: policy.version, state, at: self.env.now() }
    }

    fn issued(&self, number: &str) -> Issued {
        let starts_on = kernel::business_day(self.env.now());
        Issued {
            number: PolicyNumber::parse(number).expect("a number"),
            starts_on,
            ends_on: starts_on.saturating_add(Duration::days(364)),
            at: self.env.now(),
        }
    }

    async fn refuses(&self, policy: &Policy, state: PolicyState) {
        let refused = self.policies.record(&self.change(policy, state)).await;
        assert!(!matches!(refused, Ok(Moved::Done | Moved::Stale)), "{refused:?}");
        let stands = self.policies.find(policy.user_id, policy.id).await.expect("found");
        assert_eq!(stands.as_ref(), Some(policy), "it stays what it was");
    }
}

/// Policies: read back as they were written, by their owner alone, and moved where they may go.
pub async fn policies(stores: &Stores) {
    let plan = stores.plan("NH-POLICY").await;
    let (asha, ravi) = (UserId::generate(&stores.env), UserId::generate(&stores.env));
    let policy = stores.propose(asha, &plan).await;
    let again = Policy { id: crate::PolicyId::generate(&stores.env), ..policy.clone() };
    assert_eq!(stores.policies.propose(&again).await.expect("answered"), policy, "one policy for a quote");
    let found = stores.policies.find_by_quote(asha, policy.quote_id).await.expect("found");
    assert_eq!(found.as_ref(), Some(&policy), "read back as it was written");
    assert_eq!(stores.policies.find_by_quote(ravi, policy.quote_id).await.expect("found"), None);
    let listed = stores.finder.list(asha, None, Limit::DEFAULT).await.expect("listed");
    assert_eq!(listed.rows, [], "what is only wanted is on no list");
    assert_eq!(stores.finder.find_live(asha, plan.id).await.expect("found"), None);

    let mut amended = Policy { version: 2, ..policy.clone() };
    amended.insured.holder.first_name = Masked::new("Anita".to_owned());
    amended.insured.holder.pincode = crate::Pincode::parse("560038").map(Masked::new);
    assert!(stores.policies.amend(&amended).await.expect("amended"));
    assert!(!stores.policies.amend(&amended).await.expect("answered"), "it is at that version");
    let found = stores.policies.find(asha, policy.id).await.expect("found");
    assert_eq!(found.as_ref(), Some(&amended), "as it is known now");
    let policy = amended;

    let sale = stores.sale("AAR1");
    let bought = stores.moves(&policy, PolicyState::Issuing(sale.clone())).await;
    let stale = stores.change(&policy, PolicyState::Issuing(sale.clone()));
    assert_eq!(stores.policies.record(&stale).await.expect("answered"), Moved::Stale);
    let late = Policy { version: bought.version.saturating_add(1), ..policy.clone() };
    assert!(!stores.policies.amend(&late).await.expect("answered"), "what is paid for stays what it was");
    assert_eq!(stores.finder.find_live(asha, plan.id).await.expect("found"), Some(policy.id));
    assert_eq!(stores.policies.find_by_order(&sale.order).await.expect("found"), Some(bought.clone()));
    stores.refuses(&bought, PolicyState::Proposed).await;
    stores.refuses(&bought, PolicyState::Issuing(stores.sale("AAR2"))).await;
    let issued = stores.issued("NHI-1");
    let active = stores.moves(&bought, PolicyState::Active { sale: sale.clone(), issued }).await;
    assert_eq!(stores.policies.find(asha, policy.id).await.expect("found"), Some(active.clone()));
    assert_eq!(stores.policies.find(ravi, policy.id).await.expect("found"), None, "nobody else's");
    let failed = PolicyState::IssueFailed { sale, failure: IssueFailure::Refused };
    stores.refuses(&active, failed).await;
    refunded(stores, asha, &active).await;
}

/// What is never issued ends with its money back, and leaves room for another.
async fn refunded(stores: &Stores, asha: UserId, active: &Policy) {
    let plan = stores.plan("NH-REFUSED").await;
    let first = stores.propose(asha, &plan).await;
    let sale = stores.sale("AAR3");
    let first = stores.moves(&first, PolicyState::Issuing(sale.clone())).await;
    let failure = IssueFailure::NotInTime;
    let first = stores.moves(&first, PolicyState::IssueFailed { sale: sale.clone(), failure }).await;
    let first = stores.moves(&first, PolicyState::Refunded { sale: sale.clone(), failure }).await;
    let second = stores.propose(asha, &plan).await;
    let same_order = stores.change(&second, PolicyState::Issuing(sale));
    assert_eq!(stores.policies.record(&same_order).await.expect("answered"), Moved::Taken);
    let second = stores.moves(&second, PolicyState::Issuing(stores.sale("AAR4"))).await;

    // By their ids, which are of one instant here, and so in any order.
    let mut bought = [active.clone(), first, second];
    bought.sort_by_key(|policy| std::cmp::Reverse(policy.id));
    let limit = Limit::parse(2).expect("a limit");
    let page = stores.finder.list(asha, None, limit).await.expect("listed");
    assert_eq!((page.rows.as_slice(), page.next), (&bought[..2], Some(Cursor::after(bought[1].id.uuid()))));
    let rest = stores.finder.list(asha, page.next, limit).await.expect("listed");
    assert_eq!((rest.rows.as_slice(), rest.next), (&bought[2..], None));
    let nobody = QuoteId::new(Uuid::from_u128(1));
    assert_eq!(stores.policies.find_by_quote(asha, nobody).await.expect("found"), None);
}

/// Many at once: a quote makes one policy, an order buys one, and a person has one of a plan.
pub async fn policies_race(stores: &Stores) {
    let plan = stores.plan("NH-RACE-POLICY").await;
    let (asha, env) = (UserId::generate(&stores.env), &stores.env);
    let wanted = proposed(asha, plan.clone(), env);
    let copies: Vec<Policy> =
        (0..8).map(|_| Policy { id: crate::PolicyId::generate(env), ..wanted.clone() }).collect();
    let stood = join_all(copies.iter().map(|copy| stores.policies.propose(copy))).await;
    let ids: std::collections::BTreeSet<_> =
        stood.into_iter().map(|policy| policy.expect("proposed").id).collect();
    assert_eq!(ids.len(), 1);

    let mut rivals = Vec::new();
    for number in 0..6 {
        let policy = stores.propose(asha, &plan).await;
        let sale = stores.sale(&format!("RACE{number}"));
        rivals.push(stores.change(&policy, PolicyState::Issuing(sale)));
    }
    let moved = join_all(rivals.iter().map(|change| stores.policies.record(change))).await;
    let count = |wanted| moved.iter().filter(|moved| matches!(moved, Ok(moved) if *moved == wanted)).count();
    assert_eq!((count(Moved::Done), count(Moved::Taken)), (1, 5), "{moved:?}");

    let strangers: Vec<UserId> = (0..6).map(|_| UserId::generate(env)).collect();
    let mut rivals = Vec::new();
    for stranger in strangers {
        let policy = stores.propose(stranger, &plan).await;
        rivals.push(stores.change(&policy, PolicyState::Issuing(stores.sale("ONEORDER"))));
    }
    let moved = join_all(rivals.iter().map(|change| stores.policies.record(change))).await;
    let done = moved.iter().filter(|moved| matches!(moved, Ok(Moved::Done))).count();
    let taken = moved.iter().filter(|moved| matches!(moved, Ok(Moved::Taken))).count();
    assert_eq!((done, taken), (1, 5), "{moved:?}");
}

/// What a payment buys is decided once: a policy, or nothing for ever.
pub async fn refusals(stores: &Stores) {
    let plan = stores.plan("NH-REFUSAL").await;
    let user = || UserId::generate(&stores.env);
    let policy = stores.propose(user(), &plan).await;
    let (sale, now) = (stores.sale("NOTHING1"), stores.env.now());
    for _ in 0..2 {
        assert_eq!(stores.policies.refuse(&sale.order, now).await.expect("refused"), None);
    }
    let buying = stores.change(&policy, PolicyState::Issuing(sale));
    assert_eq!(stores.policies.record(&buying).await.expect("answered"), Moved::Taken);
    let sale = stores.sale("SOMETHING1");
    let bought = stores.moves(&policy, PolicyState::Issuing(sale.clone())).await;
    let answered = stores.policies.refuse(&sale.order, now).await.expect("answered");
    assert_eq!(answered, Some(bought), "it has bought this one");

    for round in 0..12 {
        let policy = stores.propose(user(), &plan).await;
        let sale = stores.sale(&format!("MAYBE{round}"));
        let buying = stores.change(&policy, PolicyState::Issuing(sale.clone()));
        let (moved, refused) =
            futures::join!(stores.policies.record(&buying), stores.policies.refuse(&sale.order, now));
        let is_bought = moved.expect("answered") == Moved::Done;
        assert_eq!(refused.expect("answered").is_some(), is_bought, "one of both stands");
        let stands = stores.policies.find_by_order(&sale.order).await.expect("found");
        assert_eq!(stands.is_some(), is_bought);
    }
}
