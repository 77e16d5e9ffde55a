//! A paid policy is issued once or its money goes back, and never both, whoever comes first and whatever is not known.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use insurance::{
    ISSUED_WITHIN, Issuance, PlanFilter, PlanId, PlanType, Policy, PolicyStatus, QuoteId, QuoteRequest,
    Relatives, ToldHolder, ToldPolicy,
    ports::KnownHolder,
    testing::{MemoryCover, offer},
};
use kernel::{Fault as _, Gender, Limit, Masked, OrderRef, Paise, UserId};
use payments::{
    Attention, Fulfilment, IdempotencyKey, Method, OpenError, OpenRequest, Opened, Order, Payments, Ports,
    Purchase, RefundState, Status,
    ports::OrderStore as _,
    testing::{MemoryPayments, OpenDoors},
};
use processes::{
    CloseRefundedPolicy, Heard, Outcome, PayFromWallet, PolicyPurchases, Process as _, PurchaseError,
    SettlePayment,
};
use std::sync::Arc;
use time::{Duration, macros::date};
use wallet::{
    Credit, CreditKind, Ledger, LimitTable, Purpose, Reference, Source, Spend, Wallets,
    testing::{InMemoryBooks, InMemoryIssuer},
};

struct World {
    memory: MemoryPayments,
    cover: MemoryCover,
    payments: Arc<Payments>,
    ledger: Arc<Ledger>,
    wallets: Wallets,
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
        let (env, books) = (memory.env.clone(), Arc::new(InMemoryBooks::default()));
        let (limits, issuer) = (LimitTable::rbi_2021(), Arc::new(InMemoryIssuer::new()));
        let wallets = Wallets::new(env.clone(), limits.clone(), books.clone(), issuer, books.clone());
        wallets.open(asha).await.unwrap();
        wallets.provision(asha, Masked::new("+919876543210".to_owned())).await.unwrap();
        let ledger = Arc::new(Ledger::new(env.clone(), limits, books));
        let gateway = PayFromWallet::new(env.clone(), ledger.clone(), memory.gateway.clone());
        let ports = Ports {
            orders: memory.orders.clone(),
            finder: memory.orders.clone(),
            gateway: Arc::new(gateway),
            admission: Arc::new(OpenDoors),
            inbox: memory.orders.clone(),
        };
        let payments = Arc::new(Payments::new(ports, env));
        let policies = Arc::new(cover.policies.clone());
        let purchases = Arc::new(PolicyPurchases::new(payments.clone(), policies.clone()));
        Self {
            settle: SettlePayment::new(payments.clone(), ledger.clone(), purchases.clone()),
            close: CloseRefundedPolicy::new(policies),
            plan_id: plans.rows[0].id,
            memory,
            cover,
            payments,
            ledger,
            wallets,
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

    /// Opens an order for the policy of that quote.
    async fn open(&self, key: &str, quote_id: QuoteId, method: Method) -> Result<Opened, OpenError> {
        let policy = self.cover.proposals.propose(self.asha, quote_id).await.unwrap();
        let purchase = Purchase::insurance(quote_id.uuid(), policy.premium.total, method).unwrap();
        let key = IdempotencyKey::parse(key).unwrap();
        self.payments.open(&OpenRequest { user_id: self.asha, key, purchase }).await
    }

    async fn opened(&self, key: &str, quote_id: QuoteId) -> OrderRef {
        self.open(key, quote_id, Method::Juspay).await.unwrap().order.order_id
    }

    /// Money for the wallet.
    async fn funded(&self, rupees: i32) {
        let reference = Reference::parse(&format!("given:{rupees}")).unwrap();
        let (kind, source) = (CreditKind::Topup, Source::Own);
        let amount = Paise::rupees(rupees);
        let credit = Credit { user_id: self.asha, kind, source, amount, reference, order: None };
        self.ledger.credit(&credit).await.unwrap();
    }

    async fn holds(&self) -> Paise {
        self.wallets.get(self.asha).await.unwrap().balance
    }

    /// The news that was told last.
    fn news(&self) -> Heard {
        Heard::Payments(self.memory.orders.news().pop().unwrap())
    }

    /// The news that the order is paid.
    async fn pays(&self, order_id: &OrderRef) -> Heard {
        self.memory.gateway.pay(order_id);
        self.payments.look(order_id).await.unwrap();
        self.news()
    }

    /// A paid order for a new quote, and its news.
    async fn paid(&self) -> (OrderRef, Heard) {
        let quote_id = self.quoted().await;
        let order_id = self.opened("k", quote_id).await;
        let news = self.pays(&order_id).await;
        (order_id, news)
    }

    fn told(&self) -> ToldPolicy {
        ToldPolicy { plan_id: self.plan_id, quote_id: None, relatives: None }
    }

    async fn claim(&self, order_id: &OrderRef) -> Result<(Policy, bool), PurchaseError> {
        self.purchases.claim(self.asha, order_id, &self.told()).await
    }

    async fn order(&self, order_id: &OrderRef) -> Order {
        self.payments.find_known(self.asha, order_id).await.unwrap()
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
        self.payments.look(order_id).await.unwrap();
        let news = self.news();
        assert!(self.close.hears(&news));
        for _ in 0..2 {
            assert_eq!(self.close.act(&news).await, Outcome::Done);
        }
        assert_eq!(self.order(order_id).await.status(), Status::Refunded);
        let asked = self.memory.gateway.refunds_asked();
        assert!(!asked.is_empty() && asked.iter().all(|refund| refund == &asked[0]), "one refund: {asked:?}");
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
    let (policy, is_new) = world.claim(&order_id).await.unwrap();
    assert_eq!((policy.status(), is_new), (PolicyStatus::Active, false));
}

#[tokio::test]
async fn whoever_claims_a_paid_policy_gets_the_one_that_is_issued() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    let (claimed, is_new) = world.claim(&order_id).await.unwrap();
    assert_eq!((claimed.status(), is_new), (PolicyStatus::Issuing, true));
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
    let ravi = UserId::generate(&world.memory.env);
    let nobodys = world.purchases.claim(ravi, &order_id, &world.told()).await.unwrap_err();
    assert_eq!(nobodys.entry().code, "ORDER_NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_paid_cannot_be_claimed() {
    let world = World::new().await;
    let quote_id = world.quoted().await;
    let order_id = world.opened("k", quote_id).await;
    let unpaid = world.claim(&order_id).await.unwrap_err();
    assert_eq!(unpaid.entry().code, "ORDER_NOT_PAID");
    let key = IdempotencyKey::parse("t").unwrap();
    let purchase = Purchase::wallet_topup(25_000).unwrap();
    let request = OpenRequest { user_id: world.asha, key, purchase };
    let top_up = world.payments.open(&request).await.unwrap().order.order_id;
    world.pays(&top_up).await;
    let other = world.claim(&top_up).await.unwrap_err();
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

#[tokio::test]
async fn what_is_told_wrongly_takes_nothing_up() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    let wrong = ToldPolicy { quote_id: Some(QuoteId::new(kernel::uuid::Uuid::nil())), ..world.told() };
    let refused = world.purchases.claim(world.asha, &order_id, &wrong).await.unwrap_err();
    assert_eq!(refused.entry().code, "VALIDATION_ERROR");
    assert_eq!(world.cover.policies.find_by_order(&order_id).await.unwrap(), None);
    assert!(world.claim(&order_id).await.unwrap().1, "now");
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    world.is_in_force(&order_id).await;
}

#[tokio::test]
async fn a_bought_policy_is_settled_whatever_becomes_of_its_order() {
    for is_issued in [true, false] {
        let world = World::new().await;
        let (order_id, news) = world.paid().await;
        world.cover.insurer.answer(Issuance::Underway);
        assert!(matches!(world.settle.act(&news).await, Outcome::At(_)));
        // The partner sends all of it back by itself, and an operator has to look.
        world.memory.gateway.alter(&order_id, |seen| seen.refunded = seen.amount.unwrap());
        world.memory.clock.advance(Duration::minutes(2));
        let seen = world.payments.look(&order_id).await.unwrap();
        assert_eq!(seen.attention, Some(Attention::RefundedElsewhere));
        let policy = world.policy(&order_id).await;
        if is_issued {
            world.cover.insurer.finish(policy.id, true);
        } else {
            world.memory.clock.advance(ISSUED_WITHIN);
        }
        assert_eq!(world.settle.act(&news).await, Outcome::Done, "it waits for nobody");
        let order = world.order(&order_id).await;
        let policy = world.policy(&order_id).await;
        if is_issued {
            assert_eq!(policy.status(), PolicyStatus::Active, "and an operator sees why it cost nothing");
            assert_eq!((order.status(), order.attention), (Status::Success, seen.attention));
        } else {
            assert_eq!(policy.status(), PolicyStatus::IssueFailed);
            assert_eq!(order.status(), Status::Refunded, "the partner has sent it");
        }
        assert_eq!(world.memory.gateway.refunds_asked(), [], "nothing is sent twice");
    }
}

#[tokio::test]
async fn a_quote_that_was_paid_for_in_vain_is_used() {
    let world = World::new().await;
    let quote_id = world.quoted().await;
    let order_id = world.opened("k", quote_id).await;
    let news = world.pays(&order_id).await;
    world.cover.insurer.answer(Issuance::Refused);
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    let refused = world.cover.policies.admit_payment(world.asha, quote_id).await.unwrap_err();
    assert_eq!(refused.entry().code, "QUOTE_EXPIRED");
    let another = world.quoted().await;
    let order_id = world.opened("again", another).await;
    world.cover.policies.admit_payment(world.asha, another).await.unwrap();
    let news = world.pays(&order_id).await;
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.policy(&order_id).await.status(), PolicyStatus::Active);
}

#[tokio::test]
async fn a_wallet_pays_at_once_and_once() {
    let world = World::new().await;
    world.funded(6_000).await;
    let quote_id = world.quoted().await;
    let opened = world.open("k", quote_id, Method::Wallet).await.unwrap();
    assert_eq!(opened.order.status(), Status::Success);
    assert!(opened.session.sdk_payload.expose().is_null());
    assert_eq!(world.holds().await, Paise::rupees(750), "₹5,250 are gone");
    let again = world.open("k", quote_id, Method::Wallet).await.unwrap();
    assert_eq!(again.order, opened.order);
    assert_eq!(world.settle.act(&world.news()).await, Outcome::Done);
    world.is_in_force(&opened.order.order_id).await;
    assert_eq!(world.holds().await, Paise::rupees(750));
    assert_eq!(world.memory.gateway.asked(), 0, "the payment partner has no part in it");
}

#[tokio::test]
async fn a_wallet_that_holds_too_little_pays_nothing_until_it_holds_enough() {
    let world = World::new().await;
    world.funded(5_000).await;
    let quote_id = world.quoted().await;
    let refused = world.open("k", quote_id, Method::Wallet).await.unwrap_err();
    assert_eq!(refused.entry().code, "INSUFFICIENT_BALANCE");
    assert_eq!(world.holds().await, Paise::rupees(5_000));
    world.funded(1_000).await;
    let opened = world.open("k", quote_id, Method::Wallet).await.unwrap();
    assert_eq!((opened.order.status(), world.holds().await), (Status::Success, Paise::rupees(750)));
}

#[tokio::test]
async fn what_a_wallet_paid_for_in_vain_comes_back_to_it() {
    let world = World::new().await;
    world.funded(6_000).await;
    let quote_id = world.quoted().await;
    let order_id = world.open("k", quote_id, Method::Wallet).await.unwrap().order.order_id;
    let paid = world.news();
    world.cover.insurer.answer(Issuance::Refused);
    for _ in 0..2 {
        assert_eq!(world.settle.act(&paid).await, Outcome::Done);
    }
    assert_eq!(world.order(&order_id).await.status(), Status::Refunded, "at once");
    assert_eq!(world.holds().await, Paise::rupees(6_000));
    assert_eq!(world.close.act(&world.news()).await, Outcome::Done);
    assert_eq!(world.policy(&order_id).await.status(), PolicyStatus::Refunded);
    assert_eq!(world.memory.gateway.refunds_asked(), []);
}

#[tokio::test]
async fn a_wallet_that_paid_for_what_was_bought_before_has_its_money_back() {
    let world = World::new().await;
    world.funded(9_000).await;
    let quote_id = world.quoted().await;
    let juspay = world.opened("a", quote_id).await;
    let from_wallet = world.open("b", quote_id, Method::Wallet).await.unwrap().order.order_id;
    let paid_from_wallet = world.news();
    let paid_at_juspay = world.pays(&juspay).await;
    assert_eq!(world.settle.act(&paid_at_juspay).await, Outcome::Done);
    assert_eq!(world.settle.act(&paid_from_wallet).await, Outcome::Done);
    assert_eq!(world.policy(&juspay).await.status(), PolicyStatus::Active);
    assert_eq!(world.order(&from_wallet).await.status(), Status::Refunded);
    assert_eq!((world.holds().await, world.cover.insurer.issued()), (Paise::rupees(9_000), 1));
}

#[tokio::test]
async fn what_a_wallet_paid_before_the_program_died_is_found() {
    let world = World::new().await;
    world.funded(6_000).await;
    let quote_id = world.quoted().await;
    // As if the program had died between the payment and its being noted: the order is as it was opened.
    let order = {
        let policy = world.cover.proposals.propose(world.asha, quote_id).await.unwrap();
        let purchase = Purchase::insurance(quote_id.uuid(), policy.premium.total, Method::Wallet).unwrap();
        let key = IdempotencyKey::parse("k").unwrap();
        let order = Order::open(world.asha, &key, purchase, &world.memory.env);
        world.memory.orders.record_order(&order).await.unwrap()
    };
    let spend = Spend {
        user_id: world.asha,
        purpose: Purpose::InsurancePremium,
        amount: order.amount(),
        reference: Reference::parse(&format!("order:{}", order.order_id)).unwrap(),
        order: Some(order.order_id.clone()),
    };
    world.ledger.spend(&spend).await.unwrap();
    world.memory.clock.advance(Duration::minutes(1));
    world.payments.reconcile(Limit::DEFAULT).await.unwrap();
    assert_eq!(world.order(&order.order_id).await.status(), Status::Success);
    assert_eq!(world.settle.act(&world.news()).await, Outcome::Done);
    world.is_in_force(&order.order_id).await;
}
