//! Who may call which route, how often, and whether a repeated request is recognised: one row per route.
//!
//! A route without a row is closed to everybody, and a test fails the build.

use axum::http::Method;
use std::{collections::HashMap, sync::LazyLock};
use time::Duration;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// A partner, whose credentials the handler checks.
    Partner,
    /// Somebody signed in.
    Person,
    /// Somebody signed in whose session's row says, this very moment, that it is alive: money moves here.
    PersonMovingMoney,
}

/// How often one caller may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Its name in the counter.
    pub name: &'static str,
    /// How many requests a window takes.
    pub requests: u32,
    /// How long a window is.
    pub window: Duration,
}

/// What an `Idempotency-Key` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Nothing: the route changes nothing, or is repeatable by itself and answers secrets that are never kept.
    Ignored,
    /// A request that carries one is done once.
    Optional,
    /// A request without one is refused.
    Required,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who may call.
    pub access: Access,
    /// How often.
    pub limit: Option<RateLimit>,
    /// Whether a repeated request is recognised.
    pub key: Key,
}

const fn row(access: Access) -> Policy {
    Policy { access, limit: None, key: Key::Ignored }
}

impl Policy {
    const fn at_most(mut self, name: &'static str, requests: u32, window: Duration) -> Self {
        self.limit = Some(RateLimit { name, requests, window });
        self
    }

    const fn keyed(mut self, key: Key) -> Self {
        self.key = key;
        self
    }
}

use Access::{Anyone, Partner, Person, PersonMovingMoney};

/// The table. Limits here are per person or, before sign-in, per network address; how many one-time codes are sent is
/// identity's own to say, per number, device and address.
pub const TABLE: &[(Method, &str, Policy)] = &[
    // Wider than identity's own budget of codes: it is for requests, of which most may be refused.
    (Method::POST, "/auth/otp/trigger", row(Anyone).at_most("otp_trigger", 120, Duration::HOUR)),
    (Method::POST, "/auth/otp/verify", row(Anyone).at_most("otp_verify", 100, Duration::HOUR)),
    (Method::POST, "/auth/token/refresh", row(Anyone).at_most("token_refresh", 600, Duration::HOUR)),
    (Method::POST, "/auth/logout", row(Anyone)),
    (Method::POST, "/auth/logout/others", row(Person).keyed(Key::Optional)),
    (Method::GET, "/auth/sessions", row(Person)),
    (Method::DELETE, "/auth/sessions/{id}", row(Person)),
    (Method::PUT, "/auth/pin", row(Person).at_most("set_pin", 20, Duration::HOUR)),
    (Method::POST, "/auth/step-up", row(Person).at_most("step_up", 60, Duration::HOUR)),
    (Method::GET, "/user/profile", row(Person)),
    (Method::PATCH, "/user/profile", row(Person)),
    (Method::GET, "/user/dependants", row(Person)),
    (
        Method::POST,
        "/user/dependants",
        row(Person).at_most("add_dependant", 120, Duration::HOUR).keyed(Key::Optional),
    ),
    // Each is a version that is kept for a while.
    (Method::PATCH, "/user/dependants/{id}", row(Person).at_most("change_dependant", 60, Duration::HOUR)),
    (Method::DELETE, "/user/dependants/{id}", row(Person)),
    (Method::GET, "/wallet", row(Person)),
    (Method::POST, "/wallet", row(Person).keyed(Key::Optional)),
    (Method::GET, "/wallet/statement", row(Person)),
    (Method::GET, "/wallet/{wallet_id}/balance", row(Person)),
    (Method::GET, "/wallet/{wallet_id}/status", row(Person)),
    (Method::GET, "/wallet/{wallet_id}/transactions/history/{number_of_days}", row(Person)),
    (
        Method::POST,
        "/payments/session",
        row(PersonMovingMoney).at_most("payment_session", 60, Duration::HOUR).keyed(Key::Required),
    ),
    (Method::GET, "/payments/orders", row(Person)),
    (Method::GET, "/payments/orders/{order_id}", row(Person).at_most("order_read", 1_800, Duration::HOUR)),
    (Method::GET, "/payments/return", row(Anyone).at_most("payment_return", 60, Duration::HOUR)),
    (Method::POST, "/payments/return", row(Anyone).at_most("payment_return", 60, Duration::HOUR)),
    (Method::GET, "/insurance/plans", row(Person)),
    (Method::GET, "/insurance/plans/{id}", row(Person)),
    // Each writes a quote. Repeated, it only makes another; and what a key would be compared with is made of birth dates.
    (
        Method::POST,
        "/insurance/calculate-premium",
        row(Person).at_most("calculate_premium", 120, Duration::HOUR),
    ),
    (
        Method::POST,
        "/insurance/purchase",
        row(PersonMovingMoney).at_most("purchase_policy", 600, Duration::HOUR),
    ),
    (Method::GET, "/insurance/policies", row(Person)),
    (Method::GET, "/insurance/policies/{policy_id}", row(Person)),
    (Method::POST, "/webhooks/juspay", row(Partner)),
    (Method::GET, "/health", row(Anyone)),
    (Method::GET, "/health/ready", row(Anyone)),
    (Method::GET, "/api_docs/openapi.json", row(Anyone)),
    (Method::GET, "/api_docs/ui", row(Anyone)),
];

static BY_ROUTE: LazyLock<HashMap<(&str, &str), &Policy>> =
    LazyLock::new(|| TABLE.iter().map(|(method, path, policy)| ((method.as_str(), *path), policy)).collect());

/// The row of a route; a HEAD is a GET.
#[must_use]
pub fn of(method: &Method, path: &str) -> Option<&'static Policy> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    BY_ROUTE.get(&(method, path)).copied()
}

/// The methods a path has; none if there is no such path.
#[must_use]
pub fn methods_of(path: &str) -> Vec<&'static str> {
    TABLE.iter().filter(|(_, listed, _)| *listed == path).map(|(method, _, _)| method.as_str()).collect()
}
