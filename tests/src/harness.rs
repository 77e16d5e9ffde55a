//! The whole gateway in a test: a database of its own, simulated partners, a clock that stands until moved.

mod answer;
mod collector;
pub(crate) mod deployment;
mod device;
mod person;
pub mod program;
pub mod site;

pub use answer::Answer;
pub use collector::Collector;
pub use deployment::{Deployment, partners};
pub use device::{Device, SOON};
pub use person::Person;
pub use program::Program;
pub use site::Site;

use gateway::{
    App,
    config::Config,
    router,
    sandbox::{self, Composed, KeptKeys},
    wire, worker,
};
use kernel::{Clock as _, Env, MovableClock, SeededEntropy, SystemClock};
use partners::Simulators;
use postgres::{queue::Worker, testing::TestDatabase};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio::{net::TcpListener, task::JoinSet};
use wallet::ports::LedgerAudit as _;

/// When every test begins.
pub const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// A gateway on a free port of this machine, with everything it needs.
pub struct TestApp {
    /// The composed program, for a look behind the API.
    pub app: App,
    /// How it was configured.
    pub config: Config,
    /// The partners.
    pub simulators: Simulators,
    /// Its clock, and the partners'.
    pub clock: Arc<MovableClock>,
    /// Its database.
    pub database: TestDatabase,
    address: SocketAddr,
    http: reqwest::Client,
    jobs: Worker,
    phones: AtomicU32,
    _serving: JoinSet<std::io::Result<()>>,
}

impl TestApp {
    /// Starts a gateway; nothing runs in it but what a test asks for: jobs wait for [`settle`](Self::settle).
    pub async fn start() -> Self {
        let database = TestDatabase::create().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let clock = Arc::new(MovableClock::standing_at(START));
        let keys = KeptKeys::make(&Env::system());
        let composed = sandbox::compose(&keys, clock.clone(), address, database.url()).await;
        let Composed { app, config, simulators } = composed.expect("the gateway composes");
        let direct = wire::direct_connection(&config).await.expect("the database answers");
        let jobs = worker::worker(&app, &direct, 4).await.expect("the queue is there");
        let mut serving = JoinSet::new();
        let service = router::api(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        serving.spawn(axum::serve(listener, service).into_future());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.expect("a client");
        let phones = AtomicU32::new(0);
        Self { app, config, simulators, clock, database, address, http, jobs, phones, _serving: serving }
    }

    /// The address of a route.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Begins a request, for whatever the other verbs do not say.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the gateway answers")).await
    }

    /// POSTs JSON as nobody.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// [`post`](Self::post) of a body made for it.
    pub async fn post_owned(&self, path: &str, body: Value) -> Answer {
        self.post(path, &body).await
    }

    /// GETs as nobody.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(reqwest::Method::GET, path)).await
    }

    /// Runs every job that is due, and those they queue, until none is left.
    pub async fn settle(&self) {
        // News becomes processes, which make news: a few rounds reach the end of every chain.
        for _ in 0..8 {
            self.jobs.drain().await.expect("jobs run");
        }
    }

    /// Moves the clock of the gateway and the partners, and with it what waits.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.app.postgres.bring_jobs_nearer(by).await.expect("jobs move");
        self.simulators.tick();
    }

    /// What each table holds, the queue's jobs too, in short; but for the counters of limits: to see that nothing
    /// was written.
    pub async fn rows(&self) -> BTreeMap<String, String> {
        let owner = self.database.open_as_owner().await;
        let tables = "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables \
                      WHERE (schemaname = 'public' AND tablename <> 'rate_windows') \
                         OR (schemaname, tablename) = ('graphile_worker', '_private_jobs')";
        let tables = query(&owner, tables).await;
        let mut rows = BTreeMap::new();
        for table in tables.iter().map(|row| row.try_get::<String>("", "name").expect("a name")) {
            let read = format!(
                "SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(held::text, E'\n' ORDER BY held::text)), '-') \
                 AS held FROM {table} held"
            );
            let held = query(&owner, &read).await[0].try_get("", "held").expect("a text");
            rows.insert(table, held);
        }
        assert!(rows.len() > 20, "tables are missing: {rows:?}");
        rows
    }

    /// Asks the database, as the role that owns it.
    pub async fn query(&self, sql: &str) -> Vec<QueryResult> {
        query(&self.database.open_as_owner().await, sql).await
    }

    /// Recomputes the ledger, which must agree with itself.
    pub async fn ledger_is_clean(&self) {
        let report = self.app.postgres.ledger_audit().check().await.expect("the ledger is read");
        assert!(report.is_clean(), "{report:?}");
    }

    /// Forgets how often anybody called, so that a test may call more often than a person.
    pub async fn forget_limits(&self) {
        let long_after = self.now() + Duration::days(1);
        self.app.postgres.forget_windows(long_after).await.expect("windows are forgotten");
    }

    /// What time it is.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A phone number that nobody else in this test has.
    pub fn new_phone(&self) -> String {
        format!("98{:08}", self.phones.fetch_add(1, Ordering::Relaxed).saturating_add(10_000_000))
    }

    /// Somebody new, signed in.
    pub async fn person(&self) -> Person<'_> {
        let phone = self.new_phone();
        Person::sign_in(self, &phone).await
    }

    /// Somebody new, signed in, whose wallet is open.
    pub async fn person_with_wallet(&self) -> Person<'_> {
        let person = self.person().await;
        person.wallet_completed().await;
        person
    }
}

/// The system's clock, and randomness that follows from a seed: for runs that are made again by it.
pub(crate) fn seeded(seed: u64) -> Env {
    Env::new(Arc::new(SystemClock), Arc::new(SeededEntropy::new(seed)))
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within that time.
pub async fn eventually<T>(
    what: &str,
    within: std::time::Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> T {
    let mut pauses = tokio::time::interval(std::time::Duration::from_millis(25));
    let asking = async {
        loop {
            pauses.tick().await;
            if let Some(answer) = probe().await {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(within, asking).await;
    answer.unwrap_or_else(|_| panic!("not within {} s: {what}", within.as_secs()))
}

pub(crate) async fn query(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("the query runs")
}
