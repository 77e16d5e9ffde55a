//! All simulators together: started on their sockets, moved by the clock, stopped.

use std::{io, net::Ipv4Addr, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, middleware};
use kernel::{Clock, Env, SeededEntropy};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use crate::{
    FaultScript, FaultScriptError, Inbox, Journal, JuspayConfig, NarayanaConfig, Outcome, Paid, Partner,
    PayError, TwilioConfig, ValueFirstConfig, WebhookTiming, control,
    deliveries::Deliveries,
    desk::{Desk, lock},
    exchange::surround,
    faults::Faults,
    juspay::{self, ppi::KnownWallet, state::Juspay},
    listener::{Cut, Sockets},
    narayana::{self, policy::Decision, state::Narayana},
    pause::pause,
    twilio::{self, state::Twilio},
    valuefirst::{self, state::ValueFirst},
};

/// How long a shutdown waits for exchanges that are under way.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// The addresses to listen on.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    /// For Juspay.
    pub juspay: SocketAddr,
    /// For Twilio.
    pub twilio: SocketAddr,
    /// For ValueFirst.
    pub valuefirst: SocketAddr,
    /// For Narayana Health Insurance.
    pub narayana: SocketAddr,
}

impl Default for Listen {
    /// Free ports of the loopback interface.
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { juspay: free, twilio: free, valuefirst: free, narayana: free }
    }
}

/// What to simulate, and how.
#[derive(Clone)]
pub struct SimulatorsConfig {
    /// Tells the time to every simulator; a [`kernel::MovableClock`] shared with the gateway moves all together.
    pub clock: Arc<dyn Clock>,
    /// From it follow all identifiers.
    pub seed: u64,
    /// Juspay's settings.
    pub juspay: JuspayConfig,
    /// Twilio's settings.
    pub twilio: TwilioConfig,
    /// ValueFirst's settings.
    pub valuefirst: ValueFirstConfig,
    /// The insurer's settings.
    pub narayana: NarayanaConfig,
    /// Where to listen.
    pub listen: Listen,
    /// How long, in real time, an answer takes that shall come after the caller has given up.
    pub slow_for: Duration,
    /// How often, in real time, the simulators look at the clock for what has become due.
    pub tick_every: Duration,
}

impl SimulatorsConfig {
    /// The sandbox's settings on free loopback ports.
    #[must_use]
    pub fn sandbox(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            seed: 1,
            juspay: JuspayConfig::sandbox(),
            twilio: TwilioConfig::sandbox(),
            valuefirst: ValueFirstConfig::sandbox(),
            narayana: NarayanaConfig::sandbox(),
            listen: Listen::default(),
            slow_for: Duration::from_secs(60),
            tick_every: Duration::from_millis(100),
        }
    }
}

impl std::fmt::Debug for SimulatorsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatorsConfig").field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// What every route of the control plane works on.
#[derive(Clone)]
pub(crate) struct Controls {
    pub(crate) env: Env,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) deliveries: Deliveries,
    pub(crate) inbox: Inbox,
    pub(crate) juspay: Arc<Juspay>,
    pub(crate) twilio: Arc<Twilio>,
    pub(crate) valuefirst: Arc<ValueFirst>,
    pub(crate) narayana: Arc<Narayana>,
}

/// The running simulators. Dropping them stops them; [`shutdown`](Self::shutdown) also waits.
pub struct Simulators {
    controls: Controls,
    addresses: Listen,
    tasks: TaskTracker,
    stop: DropGuard,
}

/// What all desks share, and where each partner's own randomness comes from.
struct Surroundings {
    config: SimulatorsConfig,
    faults: Faults,
    journal: Journal,
    inbox: Inbox,
    tasks: TaskTracker,
    stop: CancellationToken,
    deliveries: Deliveries,
}

impl Surroundings {
    fn new(config: SimulatorsConfig) -> io::Result<Self> {
        let (faults, journal) = (Faults::default(), Journal::default());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let deliveries =
            Deliveries::new(env(&config, 0), faults.clone(), journal.clone(), tasks.clone(), stop.clone())
                .map_err(io::Error::other)?;
        let inbox = Inbox::new(Arc::clone(&config.clock));
        Ok(Self { config, faults, journal, inbox, tasks, stop, deliveries })
    }

    fn desk(&self, partner: Partner) -> Desk {
        // Each partner draws from a source of its own, so that what one does leaves the others' ids alone.
        let stream = match partner {
            Partner::Juspay => 1,
            Partner::Twilio => 2,
            Partner::ValueFirst => 3,
            // 4 is the control plane's.
            Partner::Narayana => 5,
        };
        Desk {
            partner,
            env: env(&self.config, stream),
            faults: self.faults.clone(),
            journal: self.journal.clone(),
            deliveries: self.deliveries.clone(),
            inbox: self.inbox.clone(),
            stop: self.stop.clone(),
            slow_for: self.config.slow_for,
        }
    }

    fn serve(&self, listener: TcpListener, router: Router, desk: Desk) {
        let partner = desk.partner.name();
        let router = router.layer(middleware::from_fn_with_state(desk, surround));
        let service = router.into_make_service_with_connect_info::<Cut>();
        let stop = self.stop.clone().cancelled_owned();
        self.tasks.spawn(async move {
            let served = axum::serve(Sockets(listener), service).with_graceful_shutdown(stop).await;
            if let Err(error) = served {
                tracing::warn!(partner, %error, "a simulator stopped listening");
            }
        });
    }
}

fn env(config: &SimulatorsConfig, stream: u64) -> Env {
    // Streams of one seed must not meet those of its neighbours.
    let seed = config.seed.wrapping_mul(1_000).wrapping_add(stream);
    Env::new(Arc::clone(&config.clock), Arc::new(SeededEntropy::new(seed)))
}

impl Simulators {
    /// Starts every simulator. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When an address cannot be listened on, or no HTTP client can be made for webhooks.
    pub async fn start(config: SimulatorsConfig) -> io::Result<Self> {
        let listen = config.listen;
        let surroundings = Surroundings::new(config)?;
        let juspay_listener = bind(Partner::Juspay, listen.juspay).await?;
        let twilio_listener = bind(Partner::Twilio, listen.twilio).await?;
        let valuefirst_listener = bind(Partner::ValueFirst, listen.valuefirst).await?;
        let narayana_listener = bind(Partner::Narayana, listen.narayana).await?;
        let addresses = Listen {
            juspay: juspay_listener.local_addr()?,
            twilio: twilio_listener.local_addr()?,
            valuefirst: valuefirst_listener.local_addr()?,
            narayana: narayana_listener.local_addr()?,
        };
        let config = &surroundings.config;
        let public =
            config.juspay.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        let base_url = public.unwrap_or_else(|| format!("http://{}", addresses.juspay));
        let juspay = Juspay::new(surroundings.desk(Partner::Juspay), config.juspay.clone(), base_url);
        let twilio = Twilio::new(surroundings.desk(Partner::Twilio), config.twilio.clone());
        let valuefirst = ValueFirst::new(surroundings.desk(Partner::ValueFirst), config.valuefirst.clone());
        let narayana = Narayana::new(surroundings.desk(Partner::Narayana), config.narayana.clone());
        surroundings.serve(narayana_listener, narayana::router(&narayana), narayana.desk.clone());
        surroundings.serve(juspay_listener, juspay::router(&juspay), juspay.desk.clone());
        surroundings.serve(twilio_listener, twilio::router(&twilio), twilio.desk.clone());
        surroundings.serve(valuefirst_listener, valuefirst::router(&valuefirst), valuefirst.desk.clone());
        let controls = Controls {
            env: env(config, 4),
            faults: surroundings.faults.clone(),
            journal: surroundings.journal.clone(),
            deliveries: surroundings.deliveries.clone(),
            inbox: surroundings.inbox.clone(),
            juspay,
            twilio,
            valuefirst,
            narayana,
        };
        let (stop, every, ticking) = (surroundings.stop.clone(), config.tick_every, controls.clone());
        surroundings.tasks.spawn(async move {
            while pause(&stop, every).await {
                ticking.tick();
            }
        });
        let Surroundings { tasks, stop, .. } = surroundings;
        Ok(Self { controls, addresses, tasks, stop: stop.drop_guard() })
    }

    /// The base URL of a partner, without a trailing slash: what an adapter is configured with.
    #[must_use]
    pub fn base_url(&self, partner: Partner) -> String {
        let address = match partner {
            Partner::Juspay => self.addresses.juspay,
            Partner::Twilio => self.addresses.twilio,
            Partner::ValueFirst => self.addresses.valuefirst,
            Partner::Narayana => self.addresses.narayana,
        };
        format!("http://{address}")
    }

    /// Tells Juspay where webhooks go, once that address is known.
    pub fn send_juspay_webhooks_to(&self, url: Url) {
        *lock(&self.controls.juspay.webhook_url) = Some(url);
    }

    /// The control plane's routes, relative: to be nested under `/sandbox/partners`.
    pub fn control(&self) -> Router {
        control::partners(self.controls.clone())
    }

    /// The inbox's route, `/?phone=`: to be nested under `/sandbox/sms`.
    pub fn sms(&self) -> Router {
        control::sms(self.controls.clone())
    }

    /// The text messages that arrived on phones.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        self.controls.inbox.clone()
    }

    /// What passed between the partners and us.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.controls.journal.clone()
    }

    /// Does to an order what a customer would (`None`: what its amount says); see the route `…/pay`.
    ///
    /// # Errors
    /// When there is no such order, or its state does not allow the outcome.
    pub async fn pay(
        &self,
        order_id: &str,
        outcome: Option<Outcome>,
        webhook: Option<WebhookTiming>,
    ) -> Result<Paid, PayError> {
        self.controls.juspay.pay(order_id, outcome, webhook).await
    }

    /// Tells the wallets' issuer of a wallet that it opened before it was started anew.
    pub fn adopt_wallet(&self, known: KnownWallet) {
        juspay::ppi::adopt(&self.controls.juspay, known);
    }

    /// Does what the insurer's people would: decides on a policy that is under way; `None` if there is no such policy,
    /// `Some(false)` if it is decided.
    #[must_use]
    pub fn decide_policy(&self, id: &str, decision: Decision) -> Option<bool> {
        self.controls.narayana.decide(id, decision)
    }

    /// How many policies the insurer has issued.
    #[must_use]
    pub fn policies_issued(&self) -> usize {
        self.controls.narayana.issued()
    }

    /// Makes something go wrong with a partner.
    ///
    /// # Errors
    /// When the script is not valid, or the partner has too many.
    pub fn add_fault(&self, partner: Partner, script: FaultScript) -> Result<(), FaultScriptError> {
        self.controls.faults.add(partner, script)
    }

    /// Removes every fault script of a partner; answers how many there were.
    pub fn clear_faults(&self, partner: Partner) -> usize {
        self.controls.faults.clear(partner)
    }

    /// Does now what the clock has brought, instead of at the next tick: for tests that have just moved it.
    pub fn tick(&self) {
        self.controls.tick();
    }

    /// Stops listening, lets what is under way end within five seconds, and forgets everything.
    pub async fn shutdown(self) {
        drop(self.stop);
        self.tasks.close();
        if tokio::time::timeout(DRAIN_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("a simulator still had an exchange under way when it was stopped");
        }
    }
}

impl std::fmt::Debug for Simulators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulators").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Controls {
    /// Brings everything up to the present.
    pub(crate) fn tick(&self) {
        self.juspay.tick();
        self.twilio.tick();
        self.valuefirst.tick();
        self.deliveries.tick();
    }
}

async fn bind(partner: Partner, address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("{} cannot listen on {address}: {error}", partner.name()))
    })
}
