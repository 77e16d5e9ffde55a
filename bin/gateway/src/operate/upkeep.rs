//! The schema, the check of the ledger and of the audit log, and the rotation of keys.

use super::{Failure, Told};
use crate::{
    app::App,
    config::{DatabaseConfig, Reader},
    serve::environment,
};
use postgres::Postgres;
use wallet::ports::LedgerAudit as _;

/// Brings the schema up to date.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn migrate() -> Result<Told, Failure> {
    let mut reader = Reader::new(environment());
    let owner = reader.text("DATABASE_OWNER_URL");
    let database = DatabaseConfig::read(&mut reader);
    let database = reader.finish(database)?;
    migrations::apply(&owner.unwrap_or(database.direct_url)).await?;
    Ok(Told::done("the schema is up to date"))
}

/// Recomputes every balance from its postings.
///
/// # Errors
/// When the database cannot be read.
pub async fn ledger_check(postgres: &Postgres) -> Result<Told, Failure> {
    let wallet::Report { transfers, postings, wallets, differences } =
        postgres.ledger_audit().check().await?;
    let found = differences.len();
    let mut lines =
        vec![format!("{transfers} transfers, {postings} postings, {wallets} wallets, {found} differences")];
    lines.extend(differences.iter().map(|difference| format!("  {difference}")));
    Ok(Told { lines, done: found == 0 })
}

/// Recomputes every hash of the audit log.
///
/// # Errors
/// When the database cannot be read.
pub async fn audit_verify(app: &App) -> Result<Told, Failure> {
    let verification = app.audits.verify().await?;
    let mut lines = vec![format!(
        "{} entries, {} chains, {} checkpoints, {} findings",
        verification.entries, verification.chains, verification.checkpoints, verification.findings_total
    )];
    lines.extend(verification.findings.iter().map(|finding| format!("  {finding}")));
    Ok(Told { lines, done: verification.is_sound() })
}

/// Wraps every row's key by the master key in use; the program may serve meanwhile.
///
/// # Errors
/// When the database fails; what was done stays, and the next run goes on.
pub async fn rotate_keys(postgres: &Postgres) -> Result<Told, Failure> {
    let rotations = postgres.rotate_keys().await?;
    let lines = rotations.iter().map(|rotation| {
        format!("{:<20} {} rows wrapped anew, {} left", rotation.table, rotation.rewrapped, rotation.left)
    });
    Ok(Told { lines: lines.collect(), done: true })
}
