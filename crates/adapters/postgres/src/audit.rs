//! The port of the `audit` domain on PostgreSQL, and the append that other domains' statements make part of theirs.

mod check;
mod log;

pub use log::PgAuditLog;
pub(crate) use log::{append, values};

use crate::Postgres;

impl Postgres {
    /// The audit log.
    #[must_use]
    pub fn audit_log(&self) -> PgAuditLog {
        PgAuditLog::new(self.clone())
    }
}
