//! One run: a person who wants cover, everybody who does something about it, and the hands that move the partners.

use super::{
    fate::Fate,
    faulty::Faulty,
    verdict::{Judged, Tally},
};
use insurance::{
    Issuance, PlanType, Policies, PolicyPorts, ProposalPorts, Proposals, QuoteId, QuoteRequest, Relatives,
    ToldHolder, ToldPolicy,
    ports::KnownHolder,
    testing::{MemoryCover, MemoryPolicies, offer},
};
use kernel::{Env, Gender, Limit, Masked, MovableClock, OrderRef, Paise, UserId};
use payments::{
    IdempotencyKey, Method, OpenRequest, PaymentSeen, Payments, Ports, Purchase, RefundState, Status,
    order_number,
    testing::{MemoryGateway, MemoryOrders, OpenDoors},
};
use processes::{
    CloseRefundedPolicy, Heard, Outcome, PayFromWallet, PolicyPurchases, Process, SettlePayment,
};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use time::{Duration, OffsetDateTime, macros::date};
use wallet::{
    Credit, CreditKind, Ledger, LimitTable, Reference, Source, Wallets,
    testing::{InMemoryBooks, InMemoryIssuer},
};

/// Something that is being done, one call to the outside at a time.
pub(super) type Actor = Pin<Box<dyn Future<Output = ()>>>;

/// What the wallet holds at first: enough for one policy and not for two.
const FUNDED: Paise = Paise::rupees(9_000);

/// A process that is to act on news, until it says that it has.
struct Job {
    news: Heard,
    process: Arc<dyn Process>,
    due: OffsetDateTime,
    is_done: bool,
}

/// The queue, which outlives whoever works on it.
#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    heard: usize,
}

/// A wish to pay, under a key of its own.
struct Wish {
    key: IdempotencyKey,
    quote_id: QuoteId,
    method: Method,
}

/// Everybody and everything of a run.
pub(super) struct World {
    env: Env,
    clock: Arc<MovableClock>,
    pub(super) orders: Arc<MemoryOrders>,
    pub(super) partner: Arc<MemoryGateway>,
    pub(super) cover: MemoryCover,
    pub(super) kept: Arc<MemoryPolicies>,
    pub(super) books: Ledger,
    pub(super) wallets: Wallets,
    payments: Arc<Payments>,
    proposals: Arc<Proposals>,
    purchases: Arc<PolicyPurchases>,
    processes: [Arc<dyn Process>; 2],
    queue: Arc<Mutex<Queue>>,
    wishes: Arc<Vec<Wish>>,
    told: ToldPolicy,
    pub(super) asha: UserId,
}

impl World {
    /// A person with a wallet, two quotes for one plan, and four ways to pay for them.
    pub(super) async fn prepare(env: Env, clock: Arc<MovableClock>, fate: Arc<Fate>) -> Self {
        let cover = MemoryCover::new(clock.clone(), env.clone());
        let asha = UserId::generate(&env);
        let (told, quotes) = quotes(&cover, asha).await;
        let books = Arc::new(InMemoryBooks::default());
        let (limits, issuer) = (LimitTable::rbi_2021(), Arc::new(InMemoryIssuer::new()));
        let wallets = Wallets::new(env.clone(), limits.clone(), books.clone(), issuer, books.clone());
        wallets.open(asha).await.expect("a wallet is asked for");
        let phone = Masked::new("+919876543210".to_owned());
        wallets.provision(asha, phone).await.expect("a wallet is opened");
        let plain = Ledger::new(env.clone(), limits.clone(), books.clone());
        fund(&plain, asha).await;
        let ledger = Faulty { fate: fate.clone(), port: books };
        let ledger = Arc::new(Ledger::new(env.clone(), limits, Arc::new(ledger)));

        let (orders, kept) = (Arc::new(MemoryOrders::default()), Arc::new(MemoryPolicies::default()));
        let partner = Arc::new(MemoryGateway::new(env.clone()));
        let gateway = Arc::new(Faulty { fate: fate.clone(), port: partner.clone() });
        let ports = Ports {
            orders: Arc::new(Faulty { fate: fate.clone(), port: orders.clone() }),
            finder: Arc::new(Faulty { fate: fate.clone(), port: orders.clone() }),
            gateway: Arc::new(PayFromWallet::new(env.clone(), ledger.clone(), gateway)),
            admission: Arc::new(OpenDoors),
            inbox: orders.clone(),
        };
        let payments = Arc::new(Payments::new(ports, env.clone()));
        let policies = Arc::new(Faulty { fate: fate.clone(), port: kept.clone() });
        let issuing = PolicyPorts {
            policies: policies.clone(),
            finder: policies.clone(),
            issuer: Arc::new(Faulty { fate, port: cover.insurer.clone() }),
        };
        let proposing = ProposalPorts { policies, ..cover.proposal_ports.clone() };
        let policies = Arc::new(Policies::new(env.clone(), issuing));
        let purchases = Arc::new(PolicyPurchases::new(payments.clone(), policies.clone()));
        let processes: [Arc<dyn Process>; 2] = [
            Arc::new(SettlePayment::new(payments.clone(), ledger, purchases.clone())),
            Arc::new(CloseRefundedPolicy::new(policies)),
        ];
        Self {
            proposals: Arc::new(Proposals::new(env.clone(), proposing)),
            queue: Arc::default(),
            wishes: Arc::new(wishes(&quotes)),
            books: plain,
            env,
            clock,
            orders,
            partner,
            cover,
            kept,
            told,
            wallets,
            payments,
            purchases,
            processes,
            asha,
        }
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.env.now()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// One of so many, by chance.
    pub(super) fn chance(&self, many: usize) -> usize {
        let many = u32::try_from(many).unwrap_or(u32::MAX).max(1);
        usize::try_from(self.env.below(many)).unwrap_or_default()
    }

    /// Mostly seconds, now and then an hour or a day.
    pub(super) fn let_time_pass(&self) {
        let seconds = match self.chance(200) {
            0 => 90_000,
            1..=2 => 3_600,
            3..=8 => 300,
            9..=60 => 5,
            _ => 0,
        };
        self.advance(Duration::seconds(seconds) + Duration::milliseconds(1));
    }

    /// The payer pays, refunds arrive, and the insurer's people decide.
    pub(super) fn let_partners_act(&self) {
        let order = self.order(self.chance(self.wishes.len()));
        match self.chance(40) {
            0..=3 => self.partner.alter(&order, |seen| {
                if seen.payment == PaymentSeen::NotStarted {
                    seen.payment = PaymentSeen::Charged;
                }
            }),
            4 => self.partner.alter(&order, |seen| {
                // Too late, by the partner's reckoning, and returned by itself.
                if seen.payment == PaymentSeen::NotStarted {
                    seen.payment = PaymentSeen::AutoRefunded;
                    seen.refunded = seen.amount.unwrap_or_default();
                }
            }),
            5 => self.partner.refunds_become(RefundState::Success),
            6 => self.partner.refunds_become(RefundState::Pending),
            7 => self.cover.insurer.answer(Issuance::Underway),
            8 if self.chance(2) == 0 => self.cover.insurer.answer(Issuance::Refused),
            9..=10 => {
                for id in self.kept.ids() {
                    self.cover.insurer.finish(id, self.chance(3) > 0);
                }
            }
            _ => {}
        }
    }

    /// Somebody who does something, by chance.
    pub(super) fn next_actor(&self) -> Option<Actor> {
        self.take_in_news();
        let wish = self.chance(self.wishes.len());
        let order_id = self.order(wish);
        let (payments, asha) = (self.payments.clone(), self.asha);
        Some(match self.chance(20) {
            0..=4 => self.open(wish),
            5..=7 => Box::pin(async move { drop(payments.look(&order_id).await) }),
            8..=9 => {
                let (purchases, told) = (self.purchases.clone(), self.told.clone());
                Box::pin(async move { drop(purchases.claim(asha, &order_id, &told).await) })
            }
            10 => Box::pin(async move { drop(payments.find(asha, &order_id).await) }),
            11 => Box::pin(async move { drop(payments.reconcile(Limit::MOST).await) }),
            12 => Box::pin(async move { drop(payments.remind_unfulfilled(Limit::MOST).await) }),
            _ => {
                let jobs = self.queue().jobs.len();
                // Also one that is done, or that another is at.
                return (jobs > 0).then(|| self.deliver(self.chance(jobs)));
            }
        })
    }

    /// What is left to be done now: the webhooks that are still out, and the jobs.
    pub(super) fn everything_due(&self) -> Vec<Actor> {
        self.partner.refunds_become(RefundState::Success);
        self.take_in_news();
        let now = self.now();
        let due: Vec<usize> = {
            let queue = self.queue();
            let jobs = queue.jobs.iter().enumerate();
            jobs.filter(|(_, job)| !job.is_done && job.due <= now).map(|(place, _)| place).collect()
        };
        let mut actors: Vec<Actor> = due.into_iter().map(|place| self.deliver(place)).collect();
        for wish in 0..self.wishes.len() {
            let (payments, order_id) = (self.payments.clone(), self.order(wish));
            actors.push(Box::pin(async move { drop(payments.look(&order_id).await) }));
        }
        let payments = self.payments.clone();
        actors.push(Box::pin(async move {
            drop(payments.reconcile(Limit::MOST).await);
            drop(payments.remind_unfulfilled(Limit::MOST).await);
        }));
        actors
    }

    /// Whether every job has run and no order waits for anything but its payer.
    pub(super) fn is_settled(&self) -> bool {
        self.take_in_news();
        let orders = (0..self.wishes.len()).filter_map(|wish| self.orders.held_order(&self.order(wish)));
        self.queue().jobs.iter().all(|job| job.is_done)
            && orders.into_iter().all(|order| match order.status() {
                Status::Created | Status::Pending | Status::RefundPending => false,
                Status::Success => order.fulfilment().word() == "DONE",
                Status::Failed | Status::Expired | Status::Refunded => true,
            })
    }

    /// What became of everybody.
    pub(super) async fn judge(&self, seed: u64) -> Tally {
        let mut judged = Judged::new(seed);
        for wish in 0..self.wishes.len() {
            judged.order(self, &self.order(wish)).await;
        }
        judged.whole(self, FUNDED).await;
        judged.tally()
    }

    fn open(&self, wish: usize) -> Actor {
        let (payments, proposals) = (self.payments.clone(), self.proposals.clone());
        let (wishes, user_id) = (self.wishes.clone(), self.asha);
        Box::pin(async move {
            let Some(Wish { key, quote_id, method }) = wishes.get(wish) else { return };
            let Ok(policy) = proposals.propose(user_id, *quote_id).await else { return };
            let purchase = Purchase::insurance(quote_id.uuid(), policy.premium.total, *method);
            let purchase = purchase.expect("a premium that can be paid");
            drop(payments.open(&OpenRequest { user_id, key: key.clone(), purchase }).await);
        })
    }

    /// Has a job run; whoever falls over it leaves it as it was.
    fn deliver(&self, place: usize) -> Actor {
        let (queue, env) = (self.queue.clone(), self.env.clone());
        let (news, process) = {
            let queue = self.queue();
            let job = &queue.jobs[place];
            (job.news.clone(), job.process.clone())
        };
        Box::pin(async move {
            let outcome = process.act(&news).await;
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let job = &mut queue.jobs[place];
            match outcome {
                Outcome::Done => job.is_done = true,
                Outcome::Later { .. } => job.due = env.now() + Duration::seconds(30),
                Outcome::At(at) => job.due = at,
                Outcome::Never { reason } => panic!("a job was buried: {reason}"),
            }
        })
    }

    /// Queues a job for each process that hears what was told since.
    fn take_in_news(&self) {
        let told = self.orders.news();
        let mut queue = self.queue();
        for news in told.iter().skip(queue.heard) {
            let heard = Heard::Payments(news.clone());
            for process in self.processes.iter().filter(|process| process.hears(&heard)) {
                let job =
                    Job { news: heard.clone(), process: process.clone(), due: self.now(), is_done: false };
                queue.jobs.push(job);
            }
        }
        queue.heard = told.len();
    }

    fn order(&self, wish: usize) -> OrderRef {
        order_number(self.asha, &self.wishes[wish].key)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two prices of one plan for one person.
async fn quotes(cover: &MemoryCover, asha: UserId) -> (ToldPolicy, [QuoteId; 2]) {
    cover.insurer.publish([offer("NH-ADITI", PlanType::FamilyFloater)]);
    cover.catalogue.sync().await.expect("the insurer answers");
    let known = KnownHolder {
        first_name: Some(Masked::new("Asha".to_owned())),
        phone: Some(Masked::new("+919876543210".to_owned())),
        born: Some(Masked::new(date!(1985 - 08 - 15))),
        gender: Some(Gender::Female),
        ..KnownHolder::default()
    };
    cover.people.tell(asha, known);
    let plans = cover.catalogue.list(&insurance::PlanFilter::default(), None, Limit::DEFAULT).await;
    let plan_id = plans.expect("plans").rows[0].id;
    let request = QuoteRequest {
        user_id: asha,
        plan_id,
        holder: ToldHolder::default(),
        relatives: Relatives::told(Vec::new()),
    };
    let quote = async || cover.quotes.calculate(&request).await.expect("a price").id;
    let told = ToldPolicy { plan_id, quote_id: None, relatives: None };
    (told, [quote().await, quote().await])
}

/// The first quote is paid for twice at the partner and once from the wallet, the second each once.
fn wishes([first, second]: &[QuoteId; 2]) -> Vec<Wish> {
    let wish = |key: &str, quote_id: &QuoteId, method| Wish {
        key: IdempotencyKey::parse(key).expect("a key"),
        quote_id: *quote_id,
        method,
    };
    vec![
        wish("a", first, Method::Juspay),
        wish("b", first, Method::Juspay),
        wish("c", first, Method::Wallet),
        wish("d", second, Method::Juspay),
        wish("e", second, Method::Wallet),
    ]
}

async fn fund(ledger: &Ledger, user_id: UserId) {
    let reference = Reference::parse("given").expect("a reference");
    let (kind, source) = (CreditKind::Topup, Source::Own);
    let credit = Credit { user_id, kind, source, amount: FUNDED, reference, order: None };
    ledger.credit(&credit).await.expect("money for the wallet");
}
