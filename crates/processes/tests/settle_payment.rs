//! A paid top-up is credited or paid back, and never both, however its runs meet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use async_trait::async_trait;
use insurance::testing::MemoryCover;
use kernel::{Limit, Masked, News, OrderRef, Page, Paise, StoreError, UserId};
use payments::{
    Attention, Fulfilment, IdempotencyKey, OpenRequest, Order, Purchase, Status, UNFULFILLED_AFTER,
    testing::MemoryPayments,
};
use processes::{Heard, Outcome, PolicyPurchases, Process as _, SettlePayment};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};
use time::OffsetDateTime;
use wallet::{
    Booking, Credit, CreditKind, HistoryQuery, KycLevel, Ledger, LimitTable, Movement, Reference, Refusal,
    Source, Transaction, Transfer, TransferId, Wallets,
    ports::{LedgerStore, StatementQuery, StatementRows},
    testing::{InMemoryBooks, InMemoryIssuer},
};

const ALL: Paise = Paise::new(25_000);

type Interruption = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Books in memory, between whose refusal and our hearing of it something may happen.
#[derive(Default)]
struct Interrupted {
    books: Arc<InMemoryBooks>,
    interruption: Mutex<Option<Interruption>>,
}

#[async_trait]
impl LedgerStore for Interrupted {
    async fn book(&self, movement: &Movement) -> Result<Booking, StoreError> {
        let booking = self.books.book(movement).await?;
        let interruption = self.interruption.lock().unwrap().take();
        if let Some(interruption) = interruption {
            assert!(matches!(booking, Booking::OverLimit(_)), "{booking:?}");
            interruption.await;
        }
        Ok(booking)
    }

    async fn refuse(
        &self,
        transfer_id: TransferId,
        reference: &Reference,
        at: OffsetDateTime,
    ) -> Result<Refusal, StoreError> {
        self.books.refuse(transfer_id, reference, at).await
    }

    async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError> {
        LedgerStore::find(&*self.books, user_id, reference).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<Option<Page<Transaction>>, StoreError> {
        self.books.history(query).await
    }

    async fn statement(&self, query: &StatementQuery) -> Result<Option<StatementRows>, StoreError> {
        self.books.statement(query).await
    }
}

struct World {
    memory: MemoryPayments,
    store: Arc<Interrupted>,
    /// Not interrupted.
    ledger: Ledger,
    wallets: Wallets,
    settle: SettlePayment,
    asha: UserId,
}

impl World {
    async fn new() -> Self {
        let memory = MemoryPayments::default();
        let store = Arc::new(Interrupted::default());
        let (env, limits, books) = (memory.env.clone(), LimitTable::rbi_2021(), store.books.clone());
        let issuer = Arc::new(InMemoryIssuer::new());
        let wallets = Wallets::new(env.clone(), limits.clone(), books.clone(), issuer, books.clone());
        let asha = UserId::generate(&env);
        wallets.open(asha).await.unwrap();
        wallets.provision(asha, Masked::new("+919876543210".to_owned())).await.unwrap();
        let interrupted = Ledger::new(env.clone(), limits.clone(), store.clone());
        let payments = Arc::new(memory.payments.clone());
        let policies = Arc::new(MemoryCover::default().policies);
        let purchases = Arc::new(PolicyPurchases::new(payments.clone(), policies));
        let settle = SettlePayment::new(payments, Arc::new(interrupted), purchases);
        let ledger = Ledger::new(env, limits, books);
        Self { memory, store, ledger, wallets, settle, asha }
    }

    /// A paid top-up, and its news.
    async fn paid(&self) -> (OrderRef, Heard) {
        let key = IdempotencyKey::parse("k").unwrap();
        let purchase = Purchase::wallet_topup(ALL.get()).unwrap();
        let request = OpenRequest { user_id: self.asha, key, purchase };
        let order_id = self.memory.payments.open(&request).await.unwrap().order.order_id;
        self.memory.gateway.pay(&order_id);
        self.memory.payments.look(&order_id).await.unwrap();
        let news: News<payments::Event> = self.memory.orders.news().pop().unwrap();
        (order_id, Heard::Payments(news))
    }

    fn credit(&self, reference: &str, amount: Paise, order: Option<OrderRef>) -> Credit {
        let reference = Reference::parse(reference).unwrap();
        let (kind, source) = (CreditKind::Topup, Source::Own);
        Credit { user_id: self.asha, kind, source, amount, reference, order }
    }

    /// Leaves no room for the top-up.
    async fn fill(&self) {
        self.ledger.credit(&self.credit("full", Paise::new(1_000_000), None)).await.unwrap();
    }

    async fn holds(&self) -> Paise {
        self.wallets.get(self.asha).await.unwrap().balance
    }

    async fn order(&self, order_id: &OrderRef) -> Order {
        self.memory.payments.find(self.asha, order_id).await.unwrap()
    }
}

#[tokio::test]
async fn a_paid_topup_is_credited_once() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    for _ in 0..3 {
        assert_eq!(world.settle.act(&news).await, Outcome::Done);
    }
    assert_eq!(world.holds().await, ALL);
    assert!(matches!(world.order(&order_id).await.fulfilment(), Fulfilment::Done { .. }));
}

#[tokio::test]
async fn what_another_run_credited_is_not_paid_back() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.fill().await;
    let (wallets, ledger, asha) = (world.wallets.clone(), world.ledger.clone(), world.asha);
    let credit = world.credit(&format!("topup:{order_id}"), ALL, Some(order_id.clone()));
    // We are refused; room appears; another run of the same job books the credit and dies.
    let interruption = Box::pin(async move {
        wallets.raise_limit(asha, KycLevel::Full).await.unwrap();
        ledger.credit(&credit).await.unwrap();
    });
    *world.store.interruption.lock().unwrap() = Some(interruption);
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.holds().await, Paise::new(1_025_000));
    let order = world.order(&order_id).await;
    assert_eq!(order.status(), Status::Success, "not both");
    assert!(matches!(order.fulfilment(), Fulfilment::Done { .. }));
    assert_eq!(world.memory.gateway.refunds_asked(), []);
}

#[tokio::test]
async fn what_is_paid_back_is_not_credited_when_room_appears() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.fill().await;
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.order(&order_id).await.status(), Status::RefundPending);
    world.wallets.raise_limit(world.asha, KycLevel::Full).await.unwrap();
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    let late = world.credit(&format!("topup:{order_id}"), ALL, Some(order_id.clone()));
    world.ledger.credit(&late).await.unwrap_err();
    assert_eq!(world.holds().await, Paise::new(1_000_000));
}

#[tokio::test]
async fn a_run_that_died_after_the_refusal_is_finished_by_the_next() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.memory.payments.begin_fulfilment(&order_id, ALL).await.unwrap();
    world.ledger.refuse(&Reference::parse(&format!("topup:{order_id}")).unwrap()).await.unwrap();
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.order(&order_id).await.status(), Status::RefundPending);
    assert_eq!(world.holds().await, Paise::ZERO);
}

#[tokio::test]
async fn an_order_that_an_operator_must_see_waits_for_them() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    world.memory.gateway.alter(&order_id, |seen| seen.refunded = Paise::new(100));
    world.memory.payments.look(&order_id).await.unwrap();
    let waits = world.settle.act(&news).await;
    assert!(matches!(waits, Outcome::Later { .. }), "{waits:?}");
    world.memory.gateway.alter(&order_id, |seen| seen.refunded = Paise::ZERO);
    world.memory.payments.resolve(&order_id).await.unwrap();
    assert_eq!(world.settle.act(&news).await, Outcome::Done);
    assert_eq!(world.holds().await, ALL);
}

#[tokio::test]
async fn a_contradiction_stops_the_order_and_is_found_once() {
    let world = World::new().await;
    let (order_id, news) = world.paid().await;
    let other = world.credit(&format!("topup:{order_id}"), Paise::new(1), None);
    world.ledger.credit(&other).await.unwrap();
    let never = world.settle.act(&news).await;
    assert!(matches!(never, Outcome::Never { .. }), "{never:?}");
    let stopped = world.order(&order_id).await;
    assert_eq!(stopped.attention, Some(Attention::FulfilmentContradicted));
    let payments = &world.memory.payments;
    assert_eq!(payments.list_for_operators(Limit::DEFAULT).await.unwrap(), [stopped]);
    world.memory.clock.advance(UNFULFILLED_AFTER);
    assert_eq!(payments.remind_unfulfilled(Limit::DEFAULT).await.unwrap(), 0, "nobody is reminded of it");
    let waits = world.settle.act(&news).await;
    assert!(matches!(waits, Outcome::Later { .. }), "{waits:?}");
    payments.resolve(&order_id).await.unwrap();
    assert_eq!(payments.remind_unfulfilled(Limit::DEFAULT).await.unwrap(), 1, "until an operator has looked");
    let never = world.settle.act(&news).await;
    assert!(matches!(never, Outcome::Never { .. }), "{never:?}");
    assert_eq!(world.holds().await, Paise::new(1));
}
