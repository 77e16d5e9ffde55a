//! The schema of the one database: forward only, expand then contract, one SQL file per step.
//!
//! A step's file opens with its reason. Everything is owned by the role that migrates; the gateway works as
//! the role `aarokya_app`, to which each step grants exactly what it needs.

mod step;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use sea_orm_migration::prelude::*;
use step::Step;

/// The role the gateway works as: it may not alter the schema, nor rewrite the ledger or the audit log.
pub const APPLICATION_ROLE: &str = "aarokya_app";

/// Names the advisory lock under which migrations run, so that two migrators at once are safe.
const MIGRATION_LOCK: i64 = 0x4141_524f_4b59_4101;

/// Every step, oldest first. A step that has been released is never edited: add another.
const STEPS: &[Step] = &[
    Step::new("m20261120_000001_base", include_str!("m20261120_000001_base.sql")),
    Step::new("m20261120_000002_audit", include_str!("m20261120_000002_audit.sql")),
    Step::new("m20261120_000003_sign_in", include_str!("m20261120_000003_sign_in.sql")),
    Step::new("m20261120_000004_person", include_str!("m20261120_000004_person.sql")),
    Step::new("m20261120_000005_wallet", include_str!("m20261120_000005_wallet.sql")),
    Step::new("m20261120_000006_payments", include_str!("m20261120_000006_payments.sql")),
    Step::new("m20261128_000007_money", include_str!("m20261128_000007_money.sql")),
    Step::new("m20261128_000008_people", include_str!("m20261128_000008_people.sql")),
    Step::new("m20261128_000009_devices", include_str!("m20261128_000009_devices.sql")),
    Step::new("m20261128_000010_rooms", include_str!("m20261128_000010_rooms.sql")),
    Step::new("m20261128_000011_counters", include_str!("m20261128_000011_counters.sql")),
    Step::new("m20261129_000012_plans", include_str!("m20261129_000012_plans.sql")),
    Step::new("m20261129_000013_news", include_str!("m20261129_000013_news.sql")),
    Step::new("m20261201_000014_cover", include_str!("m20261201_000014_cover.sql")),
    Step::new("m20261201_000015_dependants", include_str!("m20261201_000015_dependants.sql")),
    Step::new("m20261201_000016_policies", include_str!("m20261201_000016_policies.sql")),
    Step::new("m20261201_000017_methods", include_str!("m20261201_000017_methods.sql")),
];

/// What the gateway's role may do with the job queue, said again after every change the engine made to it.
const QUEUE_ACCESS: &str = include_str!("queue_access.sql");

/// The steps as sea-orm's migrator knows them.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.iter().map(|step| Box::new(*step) as Box<dyn MigrationTrait>).collect()
    }
}

/// The schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A statement failed; the step it belongs to was rolled back whole.
    #[error("the database refused a step of the schema")]
    Schema(#[from] DbErr),
    /// The job queue's own schema could not be brought up to date.
    #[error("the job queue's schema could not be brought up to date: {0}")]
    Queue(String),
}

/// Brings the database at `url` up to date; safe to call by several programs at once.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn apply(url: &str) -> Result<(), MigrateError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(2).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let outcome = apply_under_lock(&db).await;
    let closed = db.close().await;
    outcome?;
    Ok(closed?)
}

async fn apply_under_lock(db: &DatabaseConnection) -> Result<(), MigrateError> {
    // Two connections: one holds the lock for the whole time, the other does the work.
    let lock = sea_orm::TransactionTrait::begin(db).await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    graphile_worker::WorkerUtils::new(db.get_postgres_connection_pool().clone(), "graphile_worker")
        .migrate()
        .await
        .map_err(|error| MigrateError::Queue(error.to_string()))?;
    Migrator::up(db, None).await?;
    db.execute_unprepared(QUEUE_ACCESS).await?;
    lock.commit().await?;
    Ok(())
}

/// How many steps the database behind `db` still lacks: 0 when this program may serve from it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn missing(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let row = db
        .query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            "SELECT count(*) AS applied FROM seaql_migrations",
        ))
        .await?;
    let applied: i64 = row.map_or(Ok(0), |row| row.try_get("", "applied"))?;
    Ok(STEPS.len().saturating_sub(usize::try_from(applied).unwrap_or(usize::MAX)))
}

/// A short name that changes whenever any step does: for caches of migrated databases.
#[must_use]
pub fn fingerprint() -> String {
    // FNV-1a: no secrecy wanted, only that a change of a step changes the name.
    let sql = STEPS.iter().map(|step| step.sql).chain([QUEUE_ACCESS]);
    let hash = sql.flat_map(str::bytes).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
