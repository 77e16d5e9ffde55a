//! `aarokya sandbox`: the whole country on one machine, with no network, no account and no secret.
//!
//! The gateway here is the one of production, with the same adapters over real sockets; only addresses, keys
//! and the clock differ. This module is left out of production builds.

mod banner;
mod clock;
mod database;
mod forced_error;
mod kept;
mod kept_keys;
mod magic;
mod routes;
mod seed;
mod variables;
mod ways;

use database::Database;
pub(crate) use forced_error::forced_error;
use kept::Kept;
pub use kept_keys::KeptKeys;
pub(crate) use routes::routes;
pub use ways::{FORCED, WAYS, Way};

use crate::{
    app::App,
    config::{Config, LogConfig, Reader},
    serve::{self, Server},
    telemetry::{self, Telemetry},
    wire::{self, Extras},
};
use axum::Router;
use clap::Args;
use kernel::{Env, MovableClock, SystemEntropy};
use metrics_exporter_prometheus::PrometheusHandle;
use partners::{KnownWallet, Simulators};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};
use wallet::HolderRef;

/// What the person who starts it may choose.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address and port of the API.
    #[arg(long, default_value = "127.0.0.1:8080", env = "AAROKYA_LISTEN")]
    listen: SocketAddr,
    /// Folder of the private database and the sandbox's keys; kept for the next run.
    #[arg(long, default_value = ".sandbox", env = "AAROKYA_SANDBOX_FOLDER")]
    folder: PathBuf,
    /// Which log lines are written.
    #[arg(long, default_value = "warn", env = "AAROKYA_LOG")]
    log: String,
}

/// The parts of the gateway that only the sandbox has.
pub struct Sandbox {
    /// The clock of gateway and simulators.
    pub(crate) clock: Arc<MovableClock>,
    /// What outlives a restart; nothing in a test.
    kept: Option<Kept>,
    /// The code every phone gets.
    pub(crate) fixed_code: String,
    /// The simulators' control plane.
    control: Router,
    /// The messages sent.
    sms: Router,
}

/// A composed sandbox: a gateway and the partners it speaks with.
pub struct Composed {
    /// The gateway.
    pub app: App,
    /// How it was configured.
    pub config: Config,
    /// The partners.
    pub simulators: Simulators,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Starts everything, serves until Ctrl-C, stops everything.
///
/// # Errors
/// One clear sentence for whatever could not be started.
pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let mut reader = Reader::new(serve::environment());
    refuse_production(&mut reader)?;
    let log = LogConfig::read(&mut reader);
    let telemetry = Telemetry::start(&arguments.log, log.collector.as_deref())?;
    let listener = serve::bind(arguments.listen).await?;
    let folder = std::path::absolute(&arguments.folder)?;
    std::fs::create_dir_all(&folder)?;
    let database = Database::open(&mut reader, &folder).await?;
    let outcome = serve_beside(&database, &folder, listener).await;
    database.close().await?;
    telemetry.shut_down();
    outcome.map(|()| ExitCode::SUCCESS)
}

/// A machine that says it is production gets no fixed codes and no clock to move.
fn refuse_production(reader: &mut Reader) -> Result<(), Failure> {
    match reader.text("AAROKYA_ENV").as_deref() {
        None | Some("sandbox") => Ok(()),
        Some(_) => Err("AAROKYA_ENV says that this is no sandbox: unset it, or run `aarokya serve`".into()),
    }
}

async fn serve_beside(
    database: &Database,
    folder: &std::path::Path,
    listener: tokio::net::TcpListener,
) -> Result<(), Failure> {
    let url = database.migrated().await?;
    let address = listener.local_addr()?;
    let kept = Kept::in_folder(folder);
    let keys = KeptKeys::read_or_make(folder)?;
    let clock = Arc::new(MovableClock::running());
    clock.advance(kept.clock_lead());
    let metrics = Some(telemetry::record_metrics()?);
    let composed =
        compose_with(&keys, clock, address, &url, Keeping { kept: Some(kept.clone()), metrics }).await?;
    if kept.is_seeded() {
        remind_issuer(&composed).await?;
    } else {
        seed::people(&composed.app).await?;
        // Later starts have them already, and look again by the side.
        composed.app.catalogue.sync().await?;
        kept.note_seeded()?;
    }
    let server = Server::new(composed.app, &composed.config).await?;
    banner::print(address, server.metrics_address()?);
    let served = server.run(listener, serve::interrupted()).await;
    composed.simulators.shutdown().await;
    served
}

/// Starts the simulators and composes a gateway that speaks with them, to be served at `address` over the
/// migrated database at `database_url`.
///
/// # Errors
/// When a part cannot be started.
pub async fn compose(
    keys: &KeptKeys,
    clock: Arc<MovableClock>,
    address: SocketAddr,
    database_url: &str,
) -> Result<Composed, Failure> {
    compose_with(keys, clock, address, database_url, Keeping::default()).await
}

/// What a sandbox has that a test does without.
#[derive(Default)]
struct Keeping {
    kept: Option<Kept>,
    metrics: Option<PrometheusHandle>,
}

async fn compose_with(
    keys: &KeptKeys,
    clock: Arc<MovableClock>,
    address: SocketAddr,
    database_url: &str,
    keeping: Keeping,
) -> Result<Composed, Failure> {
    let settings = variables::simulators(clock.clone(), address);
    let simulators = Simulators::start(settings.clone()).await?;
    let variables = variables::gateway(keys, &simulators, &settings, database_url, address);
    let config = Config::read(Reader::new(variables))?;
    let sandbox = Sandbox {
        clock: clock.clone(),
        kept: keeping.kept,
        fixed_code: wire::SANDBOX_CODE.to_owned(),
        control: simulators.control(),
        sms: simulators.sms(),
    };
    let env = Env::new(clock, Arc::new(SystemEntropy));
    let extras = Extras { metrics: keeping.metrics, sandbox: Some(sandbox) };
    let app = wire::compose(&config, env, extras).await?;
    Ok(Composed { app, config, simulators })
}

/// The simulators forget everything when they stop, but the database does not: the issuer is told again which
/// wallets it had opened.
async fn remind_issuer(composed: &Composed) -> Result<(), Failure> {
    for wallet in composed.app.postgres.wallets_at_issuer().await? {
        composed.simulators.adopt_wallet(KnownWallet {
            wallet_id: HolderRef::of(wallet.user_id).as_str().to_owned(),
            ppi_wallet_id: wallet.wallet_id.as_str().to_owned(),
            user_id: wallet.user_id.uuid().simple().to_string(),
            balance_paise: wallet.balance.get(),
        });
    }
    Ok(())
}
