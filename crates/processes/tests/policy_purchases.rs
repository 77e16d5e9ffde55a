//! A paid policy is issued once or its money goes back, and never both, whoever comes first and whatever is not known.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use insurance::{
    ISSUED_WITHIN, Issuance, PlanFilter, PlanId, PlanType, Policy, PolicyStatus, QuoteId, QuoteRequest,
    Relatives, ToldHolder,
    ports::KnownHolder,
    testing::{MemoryCover, offer},
};
use kernel::{Fault as _, Gender, Limit, Masked, News, OrderRef, UserId};
use payments::{Fulfilment, IdempotencyKey, Opened, Order, RefundState, Status, testing::MemoryPayments};
use processes::{
    Checkout, CloseRefundedPolicy, Heard, Outcome, PolicyPurchases, Process as _, SettlePayment, Wish,
};
use std::sync::Arc;
use time::{Duration, macros::date};
use wallet::{Ledger, LimitTable, testing::InMemoryBooks};

struct World {
    memory: MemoryPayments,
    cover: MemoryCover,
    checkout: Checkout,
    purchases: Arc<PolicyPurchases>,
    settle: SettlePayment,
    close: CloseRefundedPolicy,
    plan_id: PlanId,
    asha: UserId,
}

impl World {
    async fn new() -> Self {
        let memory = MemoryPayments::default();
        let cover = MemoryCover::new(memory.clock.clone(), memory.env.clone());
        cover.insurer.publish([offer("NH-ADITI", PlanType::FamilyFloater)]);
        cover.catalogue.sync().await.unwrap();
        let plans = cover.catalogue.list(&PlanFilter::default(), None, Limit::DEFAULT).await.unwrap();
        let asha = UserId::generate(&memory.env);
        cover.people.tell(
            asha,
            KnownHolder {
                first_name: Some(Masked::new("Asha".to_owned())),
                phone: Some(Masked::new("+919876543210".to_owned())),
                born: Some(Masked::new(date!(1985 - 08 - 15))),
                gender: Some(Gender::Female),
                ..KnownHolder::default()
            },
        );
        let payments = Arc::new(memory.payments.clone());
        let policies = Arc::new(cover.policies.clone());
        let ledger =
            Ledger::new(memory.env.clone(), LimitTable::rbi_2021(), Arc::new(InMemoryBooks::default()));
        let purchases = Arc::new(PolicyPurchases::new(payments.clone(), policies.clone()));
        Self {
            checkout: Checkout::new(payments.clone(), Arc::new(cover.proposals.clone())),
            settle: SettlePayment::new(payments, Arc::new(ledger), purchases.clone()),
            close: CloseRefundedPolicy::new(policies),
            plan_id: plans.rows[0].id,
            memory,
            cover,
            purchases,
            asha,
        }
    }

    async fn quoted(&self) -> QuoteId {
        let request = QuoteRequest {
            user_id: self.asha,
            plan_id: self.plan_id,
            holder: ToldHolder::default(),
            relatives: Relatives::told(Vec::new()),
        };
        self.cover.quotes.calculate(&request).await.unwrap().id
    }

    async fn opened(&self, key: &str, quote_id: QuoteId) -> OrderRef {
        let key = IdempotencyKey::parse(key).unwrap();
        let opened = self.checkout.open(self.asha, key, Wish::Policy(quote_id)).await;
        let Opened { order, .. } = opened.unwrap();
        order.order_id
    }

    /// The news that the order is paid.
    async fn pays(&self, order_id: &OrderRef) -> Heard {
        self.memory.gateway.pay(order_id);
        self.memory.payments.look(order_id).await.unwrap();
        let news: News<payments::Event> = self.memory.orders.news().pop().unwrap();
        Heard::Payments(news)
    }

    /// A paid order for a new quote, and its news.
    async fn paid(&self) -> (OrderRef, Heard) {
        let quote_id = self.quoted().await;
        let order_id = self.opened("k", quote_id).await;
        let news = self.pays(&order_id).await;
        (order_id, news)
    }

    async fn order(&self, order_id: &OrderRef) -> Order {
        self.memory.payments.find_known(self.asha, order_id).await.unwrap()
    }

    async fn policy(&self, order_id: &OrderRef) -> Policy {
        self.cover.policies.find_by_order(order_id).await.unwrap().unwrap()
    }

    async fn is_in_force(&self, order_id: &OrderRef) {
        assert_eq!(self.policy(order_id).await.status(), PolicyStatus::Active);
        assert!(matches!(self.order(order_id).await.fulfilment(), Fulfilment::Done { .. }));
        assert_eq!(self.cover.insurer.issued(), 1, "once");
        assert_eq!(self.memory.gateway.refunds_asked(), [], "nothing goes back");
    }

    /// The money goes back and, once it is, the policy says so.
    async fn goes_back(&self, order_id: &OrderRef) {
        assert_eq!(self.order(order_id).await.status(), Status::RefundPending);
        self.memory.gateway.refunds_become(RefundState::Success);
        self.memory.payments.look(order_id).await.unwrap();
        let news = Heard::Payments(self.memory.orders.news().pop().unwrap());
        assert!(self.close.hears(&news));
        for _ in 0..2 {
            assert_eq!(self.close.act(&news).await, Outcome::Done);
        }
        assert_eq!(self.order(order_id).await.status(), Status::Refunded);
        assert_eq!(self.memory.gateway.refunds_asked().len(), 1, "once");
    }
}

#[tokio::test]
async fn a_paid_policy_is_issued_once_however_often_it_is_told() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    assert!(world.settle.hears(&news) && !world.close.hears(&news));
    for _ in 0..3 {
        assert_eq!(world.settle.act(&news).await, Outcome::Done);
    }
    world.is_in_force(&order_id).await;
    let (policy, is_new) = world.purchases.claim(world.asha, &order_id).await.unwrap();
    assert_eq!((policy.status(), is_new), (PolicyStatus::Active, false));
}

#[tokio::test]
async fn whoever_claims_a_paid_policy_gets_the_one_that_is_issued() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    let (claimed, is_new) = world.purchases.claim(world.asha, &order_id).await.unwrap();
    assert_eq!((claimed.status(), is_new), (PolicyStatus::Issuing, true));
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
    let ravi = UserId::generate(&world.memory.env);
    let nobodys = world.purchases.claim(ravi, &order_id).await.unwrap_err();
    assert_eq!(nobodys.entry().code, "ORDER_NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_paid_cannot_be_claimed() {
    let world = World::new().await;
    let quote_id = world.quoted().await;
    let order_id = world.opened("k", quote_id).await;
    let unpaid = world.purchases.claim(world.asha, &order_id).await.unwrap_err();
    assert_eq!(unpaid.entry().code, "ORDER_NOT_PAID");
    let key = IdempotencyKey::parse("t").unwrap();
    let wish = Wish::TopUp(kernel::Paise::new(25_000));
    let top_up = world.checkout.open(world.asha, key, wish).await.unwrap().order.order_id;
    world.pays(&top_up).await;
    let other = world.purchases.claim(world.asha, &top_up).await.unwrap_err();
    assert_eq!(other.entry().code, "ORDER_ALREADY_USED");
}

#[tokio::test]
async fn a_refused_policy_is_paid_back() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.cover.insurer.answer(Issuance::Refused);
    for _ in 0..2 {
        assert_eq!(world.settle.act(&news).await, Outcome::Done);
    }
    assert_eq!(world.policy(&order_id).await.status(), PolicyStatus::IssueFailed);
    world.goes_back(&order_id).await;
    assert_eq!(world.policy(&order_id).await.status(), PolicyStatus::Refunded);
}

#[tokio::test]
async fn what_the_insurer_is_at_work_on_is_asked_about_until_it_is_known() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.cover.insurer.answer(Issuance::Underway);
    let now = world.memory.env.now();
    assert_eq!(world.settle.act(&news).await, Outcome::At(now + Duration::seconds(5)));
    assert_eq!(world.policy(&order_id).await.status(), PolicyStatus::Issuing);
    let id = world.policy(&order_id).await.id;
    world.cover.insurer.decide(id, world.cover.insurer.issue_of(id));
    world.memory.clock.advance(Duration::seconds(5));
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
}

#[tokio::test]
async fn what_the_insurer_does_not_tell_is_neither_issued_twice_nor_paid_back() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    for silences in [1, 1, 2, 1] {
        world.cover.insurer.fall_silent(silences);
        let later = world.settle.act(&news).await;
        assert!(matches!(later, Outcome::At(_)), "{later:?}");
        world.memory.clock.advance(Duration::minutes(1));
    }
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
}

#[tokio::test]
async fn what_takes_too_long_is_withdrawn_and_paid_back() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.cover.insurer.answer(Issuance::Underway);
    assert!(matches!(world.settle.act(&news).await, Outcome::At(_)));
    world.memory.clock.advance(ISSUED_WITHIN);
    world.cover.insurer.fall_silent(1);
    assert!(matches!(world.settle.act(&news).await, Outcome::At(_)), "nothing goes back on a guess");
    assert_eq!(world.memory.gateway.refunds_asked(), []);
    for _ in 0..2 {
        assert_eq!(world.settle.act(&news).await, Outcome::Done);
    }
    assert_eq!(world.cover.insurer.issued(), 0);
    world.goes_back(&order_id).await;
}

#[tokio::test]
async fn what_was_issued_in_the_last_moment_stays_issued() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.cover.insurer.answer(Issuance::Underway);
    assert!(matches!(world.settle.act(&news).await, Outcome::At(_)));
    let id = world.policy(&order_id).await.id;
    world.cover.insurer.decide(id, world.cover.insurer.issue_of(id));
    world.memory.clock.advance(ISSUED_WITHIN);
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
}

#[tokio::test]
async fn one_quote_paid_twice_makes_one_policy() {
    let world = World::new().await;
    let quote_id = world.quoted().await;
    let (first, second) = (world.opened("a", quote_id).await, world.opened("b", quote_id).await);
    let (paid_first, paid_second) = (world.pays(&first).await, world.pays(&second).await);
    assert_eq!(world.settle.act(&paid_first).await, Outcome::Done);
    assert_eq!(world.settle.act(&paid_second).await, Outcome::Done);
    assert_eq!(world.policy(&first).await.status(), PolicyStatus::Active);
    assert_eq!(world.cover.insurer.issued(), 1);
    assert_eq!(world.cover.policies.find_by_order(&second).await.unwrap(), None);
    world.goes_back(&second).await;
    assert_eq!(world.order(&first).await.status(), Status::Success);
}

#[tokio::test]
async fn two_quotes_of_one_plan_make_one_policy() {
    let world = World::new().await;
    let (one, other) = (world.quoted().await, world.quoted().await);
    let (first, second) = (world.opened("a", one).await, world.opened("b", other).await);
    let (paid_first, paid_second) = (world.pays(&first).await, world.pays(&second).await);
    assert_eq!(world.settle.act(&paid_second).await, Outcome::Done);
    assert_eq!(world.settle.act(&paid_first).await, Outcome::Done);
    assert_eq!(world.policy(&second).await.status(), PolicyStatus::Active);
    assert_eq!(world.cover.insurer.issued(), 1);
    world.goes_back(&first).await;
}

#[tokio::test]
async fn what_was_refused_stays_so_when_what_stood_in_its_way_is_gone() {
    let world = World::new().await;
    let (one, other) = (world.quoted().await, world.quoted().await);
    let (first, second) = (world.opened("a", one).await, world.opened("b", other).await);
    let (paid_first, paid_second) = (world.pays(&first).await, world.pays(&second).await);
    world.cover.insurer.answer(Issuance::Underway);
    assert!(matches!(world.settle.act(&paid_first).await, Outcome::At(_)));
    // A run that found the plan taken has refused the payment and died; then the plan is free.
    assert_eq!(world.cover.policies.refuse(&second).await.unwrap(), None);
    world.cover.insurer.decide(world.policy(&first).await.id, Issuance::Refused);
    assert_eq!(world.settle.act(&paid_first).await, Outcome::Done);
    assert_eq!(world.settle.act(&paid_second).await, Outcome::Done);
    assert_eq!(world.cover.insurer.issued(), 0);
    assert_eq!(world.order(&second).await.status(), Status::RefundPending);
}

#[tokio::test]
async fn a_payment_that_comes_long_after_the_price_goes_back() {
    let world = World::new().await;
    let quote_id = world.quoted().await;
    let order_id = world.opened("k", quote_id).await;
    world.memory.clock.advance(Duration::days(8));
    let news = world.pays(&order_id).await;
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.cover.insurer.issued(), 0);
    world.goes_back(&order_id).await;
}
