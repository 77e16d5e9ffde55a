//! What operators do from the command line, beside serving: each answers in lines and whether it was done.

mod jobs;
mod loads;
mod orders;
mod papers;
mod plans;
mod roles;
mod upkeep;
mod wallets;

pub use jobs::{buried_jobs, requeue_job};
pub use loads::{retry_load, unsettled_loads};
pub use orders::{orders_for_operators, refund_order, resolve_order};
pub use papers::{spec, variables};
pub use plans::sync_plans;
pub use roles::{grant_role, revoke_role};
pub use upkeep::{audit_verify, ledger_check, migrate, rotate_keys};
pub use wallets::{refresh_wallet, requeue_wallet};

use crate::{
    app::App,
    config::{Config, Reader},
    serve::environment,
    wire::{self, Extras},
};
use identity::{Action, Actor, AuditEvent, Origin, ports::AuditTrail as _};
use kernel::{Env, StoreError, UserId};
use postgres::{Postgres, Way};
use std::time::Duration;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a statement of an operator may run. A request is cut off after seconds; a check of the whole ledger
/// or log takes as long as the log is, and whoever started it can stop it.
const STATEMENT_TIMEOUT: Duration = Duration::from_hours(12);

/// Connections of the command line: it does one thing at a time.
const CONNECTIONS_MAX: u32 = 2;

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is printed.
    pub lines: Vec<String>,
    /// Whether what was asked for was done, or what was checked is sound: the program then exits with 0, else
    /// with 1.
    pub done: bool,
}

impl Told {
    fn done(line: impl Into<String>) -> Self {
        Self { lines: vec![line.into()], done: true }
    }

    fn not_done(line: impl Into<String>) -> Self {
        Self { lines: vec![line.into()], done: false }
    }

    /// A list, or the sentence that says there is nothing in it; at `shown_max` rows there may be more.
    fn list(mut lines: Vec<String>, nothing: &str, shown_max: usize) -> Self {
        if lines.is_empty() {
            lines.push(nothing.to_owned());
        } else if lines.len() >= shown_max {
            lines.push(format!("the first {shown_max} are shown; there may be more"));
        }
        Self { lines, done: true }
    }
}

/// The composed program, over a connection that suits an operator.
///
/// # Errors
/// When the configuration cannot be used or the database cannot be reached.
pub async fn app() -> Result<App, Failure> {
    wire::compose(&configuration()?, Env::system(), Extras::default()).await
}

/// The database alone, over a connection that suits an operator.
///
/// # Errors
/// When the configuration cannot be used or the database cannot be reached.
pub async fn database() -> Result<Postgres, Failure> {
    wire::open_postgres(&configuration()?, &Env::system()).await
}

fn configuration() -> Result<Config, Failure> {
    let mut config = Config::read(Reader::new(environment()))?;
    config.database.statement_timeout = STATEMENT_TIMEOUT;
    // A pooler's sessions end a statement when a request's has to end, and there is no replica to keep track of.
    config.database.url = config.database.direct_url.clone();
    config.database.way = Way::Direct;
    config.database.replica_url = None;
    config.database.pool_max = config.database.pool_max.min(CONNECTIONS_MAX);
    Ok(config)
}

/// An entry of the audit log about what the command line does to a person's things.
fn entry(app: &App, subject: UserId, command: &'static str) -> AuditEvent {
    AuditEvent::new(&app.env, Actor::Operator, Action::OperatorActed, subject, &Origin::default())
        .with("command", command)
}

/// Appends the entry before the act: what cannot be audited is not done.
async fn audit(app: &App, entry: AuditEvent) -> Result<(), StoreError> {
    app.postgres.audit_trail().append(&entry).await
}
