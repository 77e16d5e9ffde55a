//! What every handler can reach: the services of the domains, and the few settings of the edge.

use crate::revocations::Revocations;
use audit::Audits;
use axum::body::Bytes;
use identity::{AccessTokens, Consents, Profiles, Sessions, SignIns, StepUps};
use insurance::{Catalogue, Dependants, Policies, Quotes};
use kernel::Env;
use metrics_exporter_prometheus::PrometheusHandle;
use payments::Payments;
use postgres::Postgres;
use processes::{Checkout, PolicyPurchases};
use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
};
use tokio_util::task::TaskTracker;
use wallet::{Ledger, Wallets};

/// The composed program; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// Time and randomness.
    pub env: Env,
    /// The database, for what belongs to the edge itself: kept answers, limits, the inbox, jobs.
    pub postgres: Postgres,
    /// Issues and checks access tokens.
    pub tokens: Arc<AccessTokens>,
    /// Phone number to session.
    pub sign_ins: Arc<SignIns>,
    /// Sessions and their end.
    pub sessions: Arc<Sessions>,
    /// What a person tells about themselves.
    pub profiles: Arc<Profiles>,
    /// PIN and grant.
    pub step_ups: Arc<StepUps>,
    /// What a person agreed to.
    pub consents: Arc<Consents>,
    /// Who did what.
    pub audits: Arc<Audits>,
    /// Wallets, and their opening at the issuer.
    pub wallets: Arc<Wallets>,
    /// Whose money it is.
    pub ledger: Arc<Ledger>,
    /// Orders.
    pub payments: Arc<Payments>,
    /// Orders for what people want to pay for.
    pub checkout: Arc<Checkout>,
    /// Plans on sale.
    pub catalogue: Arc<Catalogue>,
    /// The families people told us about.
    pub dependants: Arc<Dependants>,
    /// What cover costs.
    pub quotes: Arc<Quotes>,
    /// What became of it.
    pub policies: Arc<Policies>,
    /// Policies bought with orders.
    pub purchases: Arc<PolicyPurchases>,
    /// Sessions that ended while their access tokens live on.
    pub revocations: Arc<Revocations>,
    /// What news makes which domain do.
    pub processes: Vec<Arc<dyn processes::Process>>,
    /// Work that outlives the request or the connection that began it; shutdown waits for it.
    pub tasks: TaskTracker,
    /// Whether jobs are run by this program now.
    pub worker_runs: AtomicBool,
    /// Renders the metrics.
    pub metrics: Option<PrometheusHandle>,
    /// The contract as it is served.
    pub openapi: Bytes,
    /// What the edge itself needs to know.
    pub settings: Settings,
}

/// What the edge itself needs to know.
pub struct Settings {
    /// How many proxies of ours stand before the program.
    pub trusted_proxies: usize,
    /// The largest body a route takes, in bytes.
    pub body_bytes_max: usize,
    /// Origins of browsers that may call.
    pub cors_origins: Vec<String>,
    /// Whether limits by network address count.
    pub budgets_by_address: bool,
    /// What Juspay must send with its webhooks.
    pub juspay_webhook: juspay::WebhookCredentials,
    /// Checks the signature of the return URL.
    pub juspay_return: juspay::ReturnSignature,
    /// The sandbox's own parts, if this is one.
    #[cfg(feature = "sandbox")]
    pub sandbox: Option<crate::sandbox::Sandbox>,
}

impl App {
    /// Composes the parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
