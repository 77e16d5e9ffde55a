//! The command line: one verb for each thing an operator does.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

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
    /// Wrap every row's key by the newest master key, while the program serves.
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

type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

impl Command {
    async fn run(self) -> Outcome {
        match self {
            Self::Serve => crate::serve::run().await,
            #[cfg(feature = "sandbox")]
            Self::Sandbox(arguments) => crate::sandbox::run(arguments).await,
            Self::Migrate => crate::operate::migrate().await,
            Self::Ledger(LedgerCommand::Check) => crate::operate::ledger_check().await,
            Self::Audit(AuditCommand::Verify) => crate::operate::audit_verify().await,
            Self::Keys(KeysCommand::Rotate) => crate::operate::rotate_keys().await,
            Self::Jobs(JobsCommand::Buried) => crate::operate::buried_jobs().await,
            Self::Jobs(JobsCommand::Requeue { id }) => crate::operate::requeue_job(id).await,
            Self::Spec => crate::operate::spec(),
            Self::Config => crate::operate::variables(),
        }
    }
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
