//! The command line: one verb for each thing an operator does.

mod values;

use crate::operate::{self, Told};
use clap::{Parser, Subcommand};
use identity::Role;
use kernel::{OrderRef, Paise, UserId};
use std::process::ExitCode;
use wallet::Reference;

/// The backend of Aarokya.
#[derive(Debug, Parser)]
#[command(name = "aarokya", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and run jobs; configured by the environment.
    Serve,
    /// Serve everything on this machine alone: private database, simulated partners, no secrets needed.
    #[cfg(feature = "sandbox")]
    Sandbox(crate::sandbox::Arguments),
    /// Bring the schema up to date.
    Migrate,
    /// The ledger.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The keys of personal data.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Jobs that were given up.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Payment orders that need a person.
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Wallets at their issuer.
    #[command(subcommand)]
    Wallets(WalletsCommand),
    /// Credits of our ledger that the issuer has not taken.
    #[command(subcommand)]
    Loads(LoadsCommand),
    /// The insurer's plans.
    #[command(subcommand)]
    Plans(PlansCommand),
    /// What people may do.
    #[command(subcommand)]
    Roles(RolesCommand),
    /// Print the OpenAPI document.
    Spec,
    /// Print every variable of the environment that is read.
    Config,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Recompute every balance from its postings; exits 1 on any difference.
    Check,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Recompute every hash of the log; exits 1 if anything was changed, removed or reordered.
    Verify,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Wrap every row's key by the master key in use, while the program serves.
    Rotate,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// List jobs that were given up, with the reason.
    Buried,
    /// Give a job its tries back.
    Requeue {
        /// The job's number.
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
enum OrdersCommand {
    /// List orders that need a person, longest waiting first.
    Attention,
    /// Say that a person has looked: free the order, try a refund anew that was given up, ask the partner.
    Resolve {
        /// The order's number.
        #[arg(value_parser = values::order)]
        order: OrderRef,
    },
    /// Send money back to who paid, before what it paid for was given.
    Refund {
        /// The order's number.
        #[arg(value_parser = values::order)]
        order: OrderRef,
        /// How much, in paise.
        #[arg(long, value_name = "PAISE", value_parser = values::amount)]
        amount: Paise,
    },
}

#[derive(Debug, Subcommand)]
enum WalletsCommand {
    /// Give a wallet that is FAILED all its tries back.
    Requeue {
        /// The id of whose it is.
        #[arg(value_parser = values::user)]
        user: UserId,
    },
    /// Ask the issuer whether an open wallet may still be used.
    Refresh {
        /// The id of whose it is.
        #[arg(value_parser = values::user)]
        user: UserId,
    },
}

#[derive(Debug, Subcommand)]
enum PlansCommand {
    /// Look at what the insurer sells now, as the schedule does every hour.
    Sync,
}

#[derive(Debug, Subcommand)]
enum LoadsCommand {
    /// List loads that the issuer has refused or not answered for, oldest first.
    Unsettled,
    /// Ask the issuer anew for a load; it loads nothing twice.
    Retry {
        /// The load's reference.
        #[arg(value_parser = values::reference)]
        reference: Reference,
    },
}

#[derive(Debug, Subcommand)]
enum RolesCommand {
    /// Give a role.
    Grant {
        /// The person's id.
        #[arg(value_parser = values::user)]
        user: UserId,
        /// PRACTITIONER or ADMIN.
        #[arg(value_parser = values::role)]
        role: Role,
    },
    /// Take a role and end every session of the person.
    Revoke {
        /// The person's id.
        #[arg(value_parser = values::user)]
        user: UserId,
        /// PRACTITIONER or ADMIN.
        #[arg(value_parser = values::role)]
        role: Role,
    },
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Cli {
    /// Does what was asked; faults go to standard error in one clear sentence each.
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return fail(&error),
        };
        match runtime.block_on(self.command.run()) {
            Ok(code) => code,
            Err(error) => fail(error.as_ref()),
        }
    }
}

impl Command {
    async fn run(self) -> Result<ExitCode, Failure> {
        let told = match self {
            Self::Serve => return crate::serve::run().await,
            #[cfg(feature = "sandbox")]
            Self::Sandbox(arguments) => return crate::sandbox::run(arguments).await,
            Self::Migrate => operate::migrate().await?,
            Self::Ledger(LedgerCommand::Check) => operate::ledger_check(&operate::database().await?).await?,
            Self::Audit(AuditCommand::Verify) => operate::audit_verify(&operate::app().await?).await?,
            Self::Keys(KeysCommand::Rotate) => operate::rotate_keys(&operate::database().await?).await?,
            Self::Jobs(command) => command.run().await?,
            Self::Orders(command) => command.run().await?,
            Self::Wallets(command) => command.run().await?,
            Self::Loads(command) => command.run().await?,
            Self::Plans(command) => command.run().await?,
            Self::Roles(command) => command.run().await?,
            Self::Spec => operate::spec()?,
            Self::Config => operate::variables(),
        };
        Ok(say(&told))
    }
}

impl JobsCommand {
    async fn run(self) -> Result<Told, Failure> {
        let database = operate::database().await?;
        match self {
            Self::Buried => operate::buried_jobs(&database).await,
            Self::Requeue { id } => operate::requeue_job(&database, id).await,
        }
    }
}

impl OrdersCommand {
    async fn run(self) -> Result<Told, Failure> {
        let app = operate::app().await?;
        match self {
            Self::Attention => operate::orders_for_operators(&app).await,
            Self::Resolve { order } => operate::resolve_order(&app, &order).await,
            Self::Refund { order, amount } => operate::refund_order(&app, &order, amount).await,
        }
    }
}

impl WalletsCommand {
    async fn run(self) -> Result<Told, Failure> {
        let app = operate::app().await?;
        match self {
            Self::Requeue { user } => operate::requeue_wallet(&app, user).await,
            Self::Refresh { user } => operate::refresh_wallet(&app, user).await,
        }
    }
}

impl PlansCommand {
    async fn run(self) -> Result<Told, Failure> {
        let app = operate::app().await?;
        match self {
            Self::Sync => operate::sync_plans(&app).await,
        }
    }
}

impl LoadsCommand {
    async fn run(self) -> Result<Told, Failure> {
        let app = operate::app().await?;
        match self {
            Self::Unsettled => operate::unsettled_loads(&app.postgres, app.env.now()).await,
            Self::Retry { reference } => operate::retry_load(&app, &reference).await,
        }
    }
}

impl RolesCommand {
    async fn run(self) -> Result<Told, Failure> {
        let app = operate::app().await?;
        match self {
            Self::Grant { user, role } => operate::grant_role(&app, user, role).await,
            Self::Revoke { user, role } => operate::revoke_role(&app, user, role).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(told: &Told) -> ExitCode {
    told.lines.iter().for_each(|line| println!("{line}"));
    if told.done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
fn fail(error: &(dyn std::error::Error + Send + Sync)) -> ExitCode {
    eprintln!("aarokya: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        eprintln!("  because {next}");
        cause = next.source();
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests;
