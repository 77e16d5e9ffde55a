//! `aarokya serve`: the API, its jobs and its metrics, until told to stop; then nothing that began is cut off.

use crate::{
    app::App,
    config::{Config, ConnectionConfig, LogConfig, Reader},
    connections::Doorkeeper,
    router,
    telemetry::{self, Telemetry},
    wire::{self, Extras},
    worker,
};
use axum_server::{Handle, Server as Connections};
use hyper_util::rt::TokioTimer;
use kernel::{Env, MovableClock, SystemEntropy};
use sea_orm::DatabaseConnection;
use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long requests and jobs may go on after a request to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves as the environment says.
///
/// # Errors
/// One clear sentence for whatever could not be started.
pub async fn run() -> Result<ExitCode, Failure> {
    let mut reader = Reader::new(environment());
    let log = LogConfig::read(&mut reader);
    let config = Config::read(reader)?;
    let telemetry = Telemetry::start(&log.filter, log.collector.as_deref())?;
    let listener = bind(config.listen).await?;
    let extras = Extras { metrics: Some(telemetry::record_metrics()?), ..Extras::default() };
    let app = wire::compose(&config, environs(&config), extras).await?;
    let outcome = Server::new(app, &config).await?.run(listener, interrupted()).await;
    telemetry.shut_down();
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The system's clock and randomness; a sandbox's clock may be wrong on purpose, as clocks are.
fn environs(config: &Config) -> Env {
    if config.clock_ahead.is_zero() {
        return Env::system();
    }
    let clock = MovableClock::running();
    clock.advance(config.clock_ahead);
    Env::new(Arc::new(clock), Arc::new(SystemEntropy))
}

/// The environment, read once.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The address could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", cure(.source))]
pub struct BindError {
    address: SocketAddr,
    source: std::io::Error,
}

fn cure(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program has it; stop that one or choose another with AAROKYA_LISTEN"
        }
        std::io::ErrorKind::PermissionDenied => "this user may not use it; choose a port above 1023",
        std::io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
        _ => "the system refused",
    }
}

/// Listens on `address`.
///
/// # Errors
/// With what to do about it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, source })
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn interrupted() {
    let terminated = async {
        match tokio::signal::unix::signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// The parts that run side by side over one [`App`].
pub struct Server {
    app: App,
    direct: DatabaseConnection,
    worker_concurrency: usize,
    connections: ConnectionConfig,
    metrics: TcpListener,
}

impl Server {
    /// Prepares everything that runs; nothing runs yet.
    ///
    /// # Errors
    /// When the database cannot be reached directly, as notifications and jobs need, or the metrics' address is
    /// taken.
    pub async fn new(app: App, config: &Config) -> Result<Self, Failure> {
        let direct = wire::direct_connection(config).await?;
        let metrics = bind(config.metrics_listen).await?;
        let Config { worker_concurrency, connections, .. } = *config;
        Ok(Self { app, direct, worker_concurrency, connections, metrics })
    }

    /// Where the metrics are.
    ///
    /// # Errors
    /// When the system does not say.
    #[cfg(feature = "sandbox")]
    pub fn metrics_address(&self) -> std::io::Result<SocketAddr> {
        self.metrics.local_addr()
    }

    /// Serves until `stop`, then drains requests and jobs for at most 30 seconds.
    ///
    /// # Errors
    /// When serving itself fails.
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), Failure> {
        let stopping = CancellationToken::new();
        let tasks = self.app.tasks.clone();
        tasks.spawn(worker::run(
            self.app.clone(),
            self.direct.clone(),
            self.worker_concurrency,
            stopping.clone(),
        ));
        tasks.spawn(worker::observe(self.app.clone(), stopping.clone()));
        tasks.spawn({
            let (app, stopping) = (self.app.clone(), stopping.clone());
            async move { stopping.run_until_cancelled(worker::begin(app)).await }
        });
        tasks.spawn({
            let (app, direct, stopping) = (self.app.clone(), self.direct.clone(), stopping.clone());
            async move { app.revocations.follow(&direct, &stopping).await }
        });
        tasks.spawn({
            let (app, stopping) = (self.app.clone(), stopping.clone());
            async move {
                let followed =
                    async { tokio::join!(app.postgres.follow_replica(), app.postgres.wake_workers()) };
                stopping.run_until_cancelled(followed).await
            }
        });
        let metrics = axum::serve(self.metrics, router::metrics(self.app.metrics.clone()))
            .with_graceful_shutdown(stopping.clone().cancelled_owned());
        tasks.spawn(metrics.into_future());
        let api = router::api(self.app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let connections = Handle::new();
        let doorkeeper = Doorkeeper::new(self.connections.max);
        // The acceptor comes first: setting it forgets the version.
        let mut server = Connections::<SocketAddr>::from_listener(listener).acceptor(doorkeeper).http1_only();
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(self.connections.idle_max);
        let serving = tasks.spawn(server.handle(connections.clone()).serve(api));
        stop.await;
        tracing::info!("stopping: no new requests, those that run may finish");
        stopping.cancel();
        connections.graceful_shutdown(None);
        tasks.close();
        if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
            tracing::warn!("some work did not finish in time and was left to be taken over");
            return Ok(());
        }
        serving.await??;
        Ok(())
    }
}
