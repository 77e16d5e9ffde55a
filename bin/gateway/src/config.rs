//! The configuration: read from the environment once, complete or refused with one clear sentence per fault.

mod parts;
mod read;
mod rules;
mod variables;

pub use parts::{
    JuspayConfig, NarayanaConfig, Numbered, SecretKeys, SmsConfig, SmsProvider, TwilioConfig,
    ValueFirstConfig,
};
#[cfg(feature = "sandbox")]
pub(crate) use parts::{OTP_TEMPLATE, REUSE_TEMPLATE};
pub use read::{Faults, Reader};
pub use rules::Rules;
pub use variables::{VARIABLES, Variable};

use postgres::Way;
use std::{net::SocketAddr, time::Duration};

/// Where the program runs, which decides what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Real people, real money.
    Production,
    /// One machine, simulated partners, fixed codes.
    Sandbox,
}

/// Everything `serve` needs to know.
#[derive(Debug)]
pub struct Config {
    /// Where the program runs.
    pub stage: Stage,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where the metrics listen.
    pub metrics_listen: SocketAddr,
    /// Connections to the API.
    pub connections: ConnectionConfig,
    /// How many proxies of ours stand before the program.
    pub trusted_proxies: usize,
    /// Origins of browsers that may call.
    pub cors_origins: Vec<String>,
    /// Whether budgets by address and the global ones count; always, but for the sandbox.
    pub budgets_by_address: bool,
    /// How far this instance's clock goes ahead of the system's, or behind; nothing, but for the sandbox.
    pub clock_ahead: time::Duration,
    /// The database.
    pub database: DatabaseConfig,
    /// How many jobs run at a time.
    pub worker_concurrency: usize,
    /// Rules that are an operator's to set.
    pub rules: Rules,
    /// Keys and peppers.
    pub keys: SecretKeys,
    /// The payment partner.
    pub juspay: JuspayConfig,
    /// Text messages.
    pub sms: SmsConfig,
    /// The insurer.
    pub narayana: NarayanaConfig,
}

/// Connections to the API.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionConfig {
    /// How many there may be at a time.
    pub max: usize,
    /// How long one may be open without a whole request head, new or kept alive.
    pub idle_max: Duration,
}

impl ConnectionConfig {
    fn read(reader: &mut Reader) -> Self {
        Self {
            max: reader.within("AAROKYA_CONNECTIONS_MAX", 2_048, 16..=1_000_000),
            // Longer than the 60 s after which common load balancers close idle connections themselves.
            idle_max: Duration::from_secs(reader.within("AAROKYA_CONNECTION_IDLE_SECONDS", 65, 1..=3_600)),
        }
    }
}

/// How to reach the database.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// For requests; may be a transaction pooler.
    pub url: String,
    /// What stands between requests and the server.
    pub way: Way,
    /// For what needs the server itself: notifications and jobs.
    pub direct_url: String,
    /// A copy that may be a moment behind, for reads that allow it.
    pub replica_url: Option<String>,
    /// The most connections for requests.
    pub pool_max: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a statement may run.
    pub statement_timeout: Duration,
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig").field("pool_max", &self.pool_max).finish_non_exhaustive()
    }
}

/// What must be known before anything else can be said: how to log.
#[derive(Debug)]
pub struct LogConfig {
    /// Which lines are written.
    pub filter: String,
    /// Where traces go.
    pub collector: Option<String>,
}

impl LogConfig {
    /// Reads it; a missing variable has a default.
    pub fn read(reader: &mut Reader) -> Self {
        let filter = reader.text("AAROKYA_LOG").unwrap_or_else(|| "info".to_owned());
        Self { filter, collector: reader.text("OTEL_EXPORTER_OTLP_ENDPOINT") }
    }
}

impl Config {
    /// Reads the whole configuration.
    ///
    /// # Errors
    /// Every fault at once, one sentence each; none shows a value.
    pub fn read(mut reader: Reader) -> Result<Self, Faults> {
        let stage = stage(&mut reader);
        let config = Self {
            stage,
            listen: reader.parsed("AAROKYA_LISTEN", SocketAddr::from(([0, 0, 0, 0], 8080)), ADDRESS),
            metrics_listen: reader.parsed(
                "AAROKYA_METRICS_LISTEN",
                SocketAddr::from(([127, 0, 0, 1], 9464)),
                ADDRESS,
            ),
            connections: ConnectionConfig::read(&mut reader),
            trusted_proxies: reader.parsed("AAROKYA_TRUSTED_PROXIES", 0, "a small number"),
            cors_origins: origins(&mut reader),
            budgets_by_address: stage == Stage::Production
                || reader.parsed("SANDBOX_ENFORCE_BUDGETS", false, "`true` or `false`"),
            clock_ahead: time::Duration::seconds(reader.within("SANDBOX_CLOCK_AHEAD_SECONDS", 0, -60..=60)),
            database: DatabaseConfig::read(&mut reader),
            worker_concurrency: reader.within("AAROKYA_WORKER_CONCURRENCY", 4, 1..=64),
            rules: Rules::read(&mut reader),
            keys: SecretKeys::read(&mut reader),
            juspay: JuspayConfig::read(&mut reader, stage),
            sms: SmsConfig::read(&mut reader, stage),
            narayana: NarayanaConfig::read(&mut reader, stage),
        };
        config.refuse_sandbox_leftovers(&mut reader);
        reader.finish(config)
    }

    /// Production refuses to start with anything that only the sandbox may have.
    fn refuse_sandbox_leftovers(&self, reader: &mut Reader) {
        if self.stage == Stage::Sandbox {
            return;
        }
        for name in ["SANDBOX_ENFORCE_BUDGETS", "SANDBOX_CLOCK_AHEAD_SECONDS"] {
            if reader.text(name).is_some() {
                reader.fault(format!("{name} belongs to the sandbox and must not be set in production"));
            }
        }
        if self.keys.look_made_up() {
            reader.fault("a key or pepper is made of one repeated byte: make each from 32 random bytes");
        }
        for name in PARTNER_SECRETS {
            let Some(secret) = reader.text(name) else { continue };
            if secret.starts_with("sandbox-") {
                reader.fault(format!("{name} is the one of the simulators, which everybody knows"));
            }
            // A password is a partner's to choose; what is ours alone must not be guessed.
            let least = if name.starts_with("VALUEFIRST") { 8 } else { 16 };
            if secret.len() < least {
                reader.fault(format!("{name} must have at least {least} characters"));
            }
        }
        for name in ["SMS_OTP_TEMPLATE", "SMS_ANDROID_APP_HASH", "SMS_REUSE_TEMPLATE"] {
            if reader.text(name).is_none() {
                reader.fault(format!("{name} must be set in production: its default is an example"));
            }
        }
    }
}

/// What partners and we prove ourselves to each other with.
const PARTNER_SECRETS: [&str; 6] = [
    "JUSPAY_API_KEY",
    "JUSPAY_RESPONSE_KEY",
    "JUSPAY_WEBHOOK_PASSWORD",
    "TWILIO_AUTH_TOKEN",
    "VALUEFIRST_PASSWORD",
    "NARAYANA_CLIENT_SECRET",
];

const ADDRESS: &str = "an address and port such as 0.0.0.0:8080";

impl DatabaseConfig {
    /// Reads it.
    pub fn read(reader: &mut Reader) -> Self {
        let url = reader.required("DATABASE_URL");
        let direct_url = reader.text("DATABASE_DIRECT_URL");
        let way = way(reader);
        if way == Way::TransactionPooler && direct_url.is_none() {
            reader.fault(
                "DATABASE_DIRECT_URL must be set when DATABASE_POOLER is: jobs need the server itself",
            );
        }
        Self {
            direct_url: direct_url.unwrap_or_else(|| url.clone()),
            replica_url: reader.text("DATABASE_REPLICA_URL"),
            way,
            url,
            pool_max: reader.within("DATABASE_POOL_MAX", 16, 1..=500),
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

fn way(reader: &mut Reader) -> Way {
    match reader.text("DATABASE_POOLER").as_deref() {
        None => Way::Direct,
        Some("transaction") => Way::TransactionPooler,
        Some(_) => {
            reader.fault("DATABASE_POOLER must be `transaction`, or not set");
            Way::Direct
        }
    }
}

fn stage(reader: &mut Reader) -> Stage {
    match reader.text("AAROKYA_ENV").as_deref() {
        None | Some("production") => Stage::Production,
        Some("sandbox") if cfg!(feature = "sandbox") => Stage::Sandbox,
        Some("sandbox") => {
            reader.fault("AAROKYA_ENV is `sandbox`, but this program was built without the sandbox");
            Stage::Production
        }
        Some(_) => {
            reader.fault("AAROKYA_ENV must be `production` or `sandbox`");
            Stage::Production
        }
    }
}

fn origins(reader: &mut Reader) -> Vec<String> {
    let text = reader.text("AAROKYA_CORS_ORIGINS").unwrap_or_default();
    let mut origins = Vec::new();
    for origin in text.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
        // An origin has a scheme and a host and nothing behind them; a wildcard would let anybody in.
        let is_origin = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
        if is_origin {
            origins.push(origin.to_owned());
        } else {
            reader
                .fault("AAROKYA_CORS_ORIGINS must list origins such as https://app.example, without a path");
        }
    }
    origins
}
