//! What operators do from the command line, on a real database and with simulated partners.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say so and stop")]

use gateway::{
    operate::{self, Told},
    sandbox::{self, Composed, KeptKeys},
    wire, worker,
};
use identity::{Action, Origin, Phone, Role, TriggerOtp, VerifyOtp};
use kernel::{Env, Limit, MovableClock, OrderRef, Paise, UserId, uuid::Uuid};
use partners::{FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use payments::{IdempotencyKey, OpenRequest, Purchase};
use postgres::{queue::Worker, testing::TestDatabase};
use std::{net::SocketAddr, sync::Arc};
use time::{Duration, macros::datetime};
use wallet::{Credit, CreditKind, Reference, Source};

struct Desk {
    composed: Composed,
    clock: Arc<MovableClock>,
    jobs: Worker,
    _database: TestDatabase,
}

impl Desk {
    async fn open() -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
        let keys = KeptKeys::make(&Env::system());
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let composed = sandbox::compose(&keys, clock.clone(), address, database.url()).await.unwrap();
        let direct = wire::direct_connection(&composed.config).await.unwrap();
        let jobs = worker::worker(&composed.app, &direct, 2).await.unwrap();
        Self { composed, clock, jobs, _database: database }
    }

    fn app(&self) -> &gateway::App {
        &self.composed.app
    }

    async fn asha(&self) -> UserId {
        let (phone, origin) = (Phone::parse("9876543210").unwrap(), Origin::default());
        let asked = TriggerOtp { phone: phone.clone(), device_token: None, origin: origin.clone() };
        self.app().sign_ins.trigger(&asked).await.unwrap();
        let code = self.app().sign_ins.parse_code("123456").unwrap();
        let given = VerifyOtp { phone, code, challenge_id: None, device: None, device_token: None, origin };
        self.app().sign_ins.verify(&given).await.unwrap().user_id
    }

    fn ill(&self, script: FaultScript) {
        self.composed.simulators.add_fault(Partner::Juspay, script).unwrap();
    }

    fn well(&self) {
        self.composed.simulators.clear_faults(Partner::Juspay);
    }

    /// Runs what is due, until the wallet is in that state.
    async fn wallet_is(&self, user_id: UserId, word: &str) {
        let mut last = "";
        for _ in 0..40 {
            self.settle().await;
            last =
                self.app().wallets.get(user_id).await.map_or("absent", |wallet| wallet.provisioning.word());
            if last == word {
                return;
            }
            let by = Duration::minutes(5);
            self.clock.advance(by);
            self.app().postgres.bring_jobs_nearer(by).await.unwrap();
            self.composed.simulators.tick();
        }
        panic!("the wallet is {last}, not {word}");
    }

    async fn settle(&self) {
        for _ in 0..5 {
            self.jobs.drain().await.unwrap();
        }
    }

    /// What the audit log says operators did to a person, by name: the clock stands, so no entry is older.
    async fn acts(&self, user_id: UserId) -> Vec<String> {
        let page = self.app().audits.page(user_id, Limit::MOST, None).await.unwrap();
        let by_operators = page.rows.iter().filter(|entry| entry.actor == "operator");
        let names = by_operators.map(|entry| entry.detail.get("command").unwrap_or(&entry.action));
        let mut names: Vec<_> = names.cloned().collect();
        names.sort();
        names
    }
}

fn done(told: &Told, part: &str) {
    assert!(told.done && told.lines.concat().contains(part), "{told:?}");
}

fn not_done(told: &Told, part: &str) {
    assert!(!told.done && told.lines.concat().contains(part), "{told:?}");
}

#[tokio::test]
async fn a_failed_wallet_is_opened_and_a_refused_load_taken() {
    let desk = Desk::open().await;
    let (app, nobody) = (desk.app(), UserId::new(Uuid::from_u128(7)));
    not_done(&operate::requeue_wallet(app, nobody).await.unwrap(), "has no wallet");
    let asha = desk.asha().await;
    desk.ill(FaultScript::new(FaultKind::Outage));
    desk.wallet_is(asha, "FAILED").await;
    not_done(&operate::refresh_wallet(app, asha).await.unwrap(), "FAILED");
    desk.well();
    done(&operate::requeue_wallet(app, asha).await.unwrap(), "tries begin anew");
    desk.wallet_is(asha, "COMPLETED").await;
    not_done(&operate::requeue_wallet(app, asha).await.unwrap(), "COMPLETED");
    not_done(&operate::refresh_wallet(app, asha).await.unwrap(), "ACTIVE");

    let reference = Reference::parse("gift:1").unwrap();
    not_done(&operate::retry_load(app, &reference).await.unwrap(), "loads unsettled");
    let refuse = FaultScript { status: Some(400), ..FaultScript::new(FaultKind::Status) };
    desk.ill(FaultScript { matches: Some("POST /ppi/wallet/credit".to_owned()), ..refuse });
    let credit = Credit {
        user_id: asha,
        kind: CreditKind::Topup,
        source: Source::Own,
        amount: Paise::new(5_000),
        reference: reference.clone(),
        order: OrderRef::parse("AAR1"),
    };
    app.ledger.credit(&credit).await.unwrap();
    desk.settle().await;
    desk.clock.advance(Duration::seconds(1));
    let listed = operate::unsettled_loads(&app.postgres, app.env.now()).await.unwrap();
    done(&listed, "gift:1  refused");
    not_done(&operate::retry_load(app, &reference).await.unwrap(), "refuses gift:1 again");
    desk.well();
    done(&operate::retry_load(app, &reference).await.unwrap(), "has taken gift:1");
    not_done(&operate::retry_load(app, &reference).await.unwrap(), "nothing to do");
    let listed = operate::unsettled_loads(&app.postgres, app.env.now()).await.unwrap();
    done(&listed, "has taken every load");
    let acts = ["loads retry", "loads retry", "wallets refresh", "wallets requeue"];
    assert_eq!(desk.acts(asha).await, acts);
    assert!(operate::ledger_check(&app.postgres).await.unwrap().done);
    assert!(operate::audit_verify(app).await.unwrap().done);
}

#[tokio::test]
async fn an_order_is_refunded_before_it_is_fulfilled() {
    let desk = Desk::open().await;
    let (app, asha) = (desk.app(), desk.asha().await);
    desk.wallet_is(asha, "COMPLETED").await;
    done(&operate::orders_for_operators(app).await.unwrap(), "no order needs a person");
    let unknown = OrderRef::parse("AAR404").unwrap();
    not_done(&operate::resolve_order(app, &unknown).await.unwrap(), "no order AAR404");
    let key = IdempotencyKey::parse("k").unwrap();
    let purchase = Purchase::wallet_topup(50_000).unwrap();
    let opened = app.payments.open(&OpenRequest { user_id: asha, key, purchase }).await.unwrap();
    let order = opened.order.order_id;
    let all = Paise::new(50_000);
    not_done(&operate::refund_order(app, &order, all).await.unwrap(), "not paid");
    not_done(&operate::resolve_order(app, &order).await.unwrap(), "nothing stops");
    let paid =
        desk.composed.simulators.pay(order.as_str(), Some(Outcome::Success), Some(WebhookTiming::None));
    paid.await.unwrap();
    // The partner's word is taken in, but nobody acts on it yet.
    app.payments.look(&order).await.unwrap();
    let too_much = operate::refund_order(app, &order, Paise::new(50_001)).await.unwrap();
    not_done(&too_much, "1 to 50000 paise");
    done(&operate::refund_order(app, &order, all).await.unwrap(), "REFUND");
    not_done(&operate::refund_order(app, &order, all).await.unwrap(), "already");
    desk.settle().await;
    assert_eq!(app.wallets.get(asha).await.unwrap().balance, Paise::ZERO, "nothing was given");
    assert_eq!(desk.acts(asha).await, ["orders refund"; 3]);
}

#[tokio::test]
async fn roles_are_given_and_taken_with_every_session() {
    let desk = Desk::open().await;
    let (app, asha) = (desk.app(), desk.asha().await);
    let nobody = UserId::new(Uuid::from_u128(7));
    not_done(&operate::grant_role(app, nobody, Role::Admin).await.unwrap(), "no such person");
    done(&operate::grant_role(app, asha, Role::Admin).await.unwrap(), "PATIENT, ADMIN");
    not_done(&operate::grant_role(app, asha, Role::Admin).await.unwrap(), "already");
    done(&operate::revoke_role(app, asha, Role::Admin).await.unwrap(), "every session");
    not_done(&operate::revoke_role(app, asha, Role::Patient).await.unwrap(), "everybody");
    not_done(&operate::revoke_role(app, nobody, Role::Admin).await.unwrap(), "no such person");
    let acts = [Action::OtherSessionsRevoked, Action::RoleGranted, Action::RoleRevoked].map(Action::word);
    assert_eq!(desk.acts(asha).await, acts);
}
