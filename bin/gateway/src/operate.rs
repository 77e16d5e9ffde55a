//! What operators do from the command line, beside serving.

use crate::{
    app::App,
    config::{Config, DatabaseConfig, Reader, VARIABLES},
    serve::environment,
    spec,
    wire::{self, Extras},
};
use kernel::Env;
use postgres::Postgres;
use std::process::ExitCode;
use wallet::ports::LedgerAudit as _;

type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Brings the schema up to date.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn migrate() -> Outcome {
    let mut reader = Reader::new(environment());
    let owner = reader.text("DATABASE_OWNER_URL");
    let database = DatabaseConfig::read(&mut reader);
    let database = reader.finish(database)?;
    migrations::apply(&owner.unwrap_or(database.direct_url)).await?;
    say("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}

/// Recomputes every balance from its postings.
///
/// # Errors
/// When the database cannot be read.
pub async fn ledger_check() -> Outcome {
    let report = open().await?.ledger_audit().check().await?;
    let wallet::Report { transfers, postings, wallets, differences } = report;
    say(&format!(
        "{transfers} transfers, {postings} postings, {wallets} wallets, {} differences",
        differences.len()
    ));
    differences.iter().for_each(|difference| say(&format!("  {difference}")));
    Ok(code(differences.is_empty()))
}

/// Recomputes every hash of the audit log.
///
/// # Errors
/// When the database cannot be read.
pub async fn audit_verify() -> Outcome {
    let app = app().await?;
    let verification = app.audits.verify().await?;
    say(&format!(
        "{} entries, {} chains, {} checkpoints, {} findings",
        verification.entries, verification.chains, verification.checkpoints, verification.findings_total
    ));
    verification.findings.iter().for_each(|finding| say(&format!("  {finding}")));
    Ok(code(verification.is_sound()))
}

/// Wraps every row's key by the newest master key; the program may serve meanwhile.
///
/// # Errors
/// When the database fails; what was done stays, and the next run goes on.
pub async fn rotate_keys() -> Outcome {
    for rotation in open().await?.rotate_keys().await? {
        say(&format!(
            "{:<20} {} rows wrapped anew, {} left",
            rotation.table, rotation.rewrapped, rotation.left
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists jobs that were given up.
///
/// # Errors
/// When the database cannot be read.
pub async fn buried_jobs() -> Outcome {
    for job in open().await?.buried_jobs(100).await? {
        let reason = job.last_error.unwrap_or_default();
        say(&format!("{:>10}  {:<8} {} tries  {reason}", job.id, job.kind, job.attempts));
    }
    Ok(ExitCode::SUCCESS)
}

/// Gives a job its tries back.
///
/// # Errors
/// When the database fails.
pub async fn requeue_job(id: i64) -> Outcome {
    let found = open().await?.requeue_job(id).await?;
    say(if found { "the job will be tried again" } else { "there is no such job" });
    Ok(code(found))
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the OpenAPI document.
///
/// # Errors
/// When it cannot be written as JSON, which no document of ours is.
pub fn spec() -> Outcome {
    say(&serde_json::to_string_pretty(&spec::document())?);
    Ok(ExitCode::SUCCESS)
}

/// Prints every variable that is read.
///
/// # Errors
/// None.
pub fn variables() -> Outcome {
    for variable in VARIABLES {
        let default = match variable.default {
            None => "must be set".to_owned(),
            Some("") => "off unless set".to_owned(),
            Some(default) => format!("default {default}"),
        };
        say(&format!("{:<28} {} ({default})", variable.name, variable.meaning));
    }
    Ok(ExitCode::SUCCESS)
}

async fn app() -> Result<App, Box<dyn std::error::Error + Send + Sync>> {
    let config = Config::read(Reader::new(environment()))?;
    wire::compose(&config, Env::system(), Extras::default()).await
}

async fn open() -> Result<Postgres, Box<dyn std::error::Error + Send + Sync>> {
    let config = Config::read(Reader::new(environment()))?;
    wire::open_postgres(&config, &Env::system()).await
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(text: &str) {
    println!("{text}");
}
