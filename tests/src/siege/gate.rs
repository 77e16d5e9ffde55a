//! What people and attackers meet: the program's whole HTTP path behind a proxy, by a clock that is moved.

use crate::harness::{START, deployment::partners_by};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use gateway::{
    config::{Config, Reader},
    router,
    wire::{self, Extras},
};
use kernel::{Env, MovableClock, SystemEntropy};
use partners::Simulators;
use postgres::testing::TestDatabase;
use serde_json::Value;
use std::sync::Arc;
use time::Duration;
use tower::ServiceExt as _;

/// The largest body that is read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The program.
pub(super) struct Gate {
    service: Router,
    clock: Arc<MovableClock>,
    simulators: Simulators,
    _database: TestDatabase,
}

/// What somebody was answered.
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Gate {
    pub(super) async fn open() -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(MovableClock::standing_at(START));
        let (simulators, mut variables) = partners_by(clock.clone(), database.url()).await;
        for (name, value) in [("SANDBOX_ENFORCE_BUDGETS", "true"), ("AAROKYA_TRUSTED_PROXIES", "1")] {
            variables.push((name.to_owned(), value.to_owned()));
        }
        let config = Config::read(Reader::new(variables)).expect("the configuration is read");
        let env = Env::new(clock.clone(), Arc::new(SystemEntropy));
        let app = wire::compose(&config, env, Extras::default()).await.expect("the gateway composes");
        Self { service: router::api(app), clock, simulators, _database: database }
    }

    /// POSTs JSON from an address; asks again while the program is busy, as anybody would.
    pub(super) async fn post(&self, from: &str, path: &str, body: &Value) -> Told {
        loop {
            let request = Request::builder()
                .method(Method::POST)
                .uri(path)
                .header("content-type", "application/json")
                .header("x-forwarded-for", from)
                .body(Body::from(body.to_string()))
                .expect("a request");
            let answer = self.service.clone().oneshot(request).await.expect("an answer");
            let status = answer.status();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                continue;
            }
            let bytes = to_bytes(answer.into_body(), BODY_BYTES_MAX).await.expect("a body");
            return Told { status, body: serde_json::from_slice(&bytes).unwrap_or_default() };
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// How many messages left.
    pub(super) fn messages(&self) -> usize {
        self.simulators.inbox().newest_first(None).len()
    }
}
