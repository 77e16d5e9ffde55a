//! Every storage port on PostgreSQL: one pool, a constructor per port.
//!
//! Rows and SQL stay in here. A port method is one transaction; a hot one is one statement. Personal columns
//! are sealed by the [`vault::Vault`] before they reach a row.

pub mod audit;
mod chores;
pub mod cluster;
mod connect;
mod fault;
pub mod idempotency;
pub mod identity;
pub mod inbox;
pub mod insurance;
mod patience;
pub mod payments;
pub mod queue;
pub mod rate_limit;
mod replica;
mod retention;
mod revocation_feed;
mod rotation;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vault;
pub mod wallet;

pub use chores::ChoreDone;
pub use connect::{ConnectError, Connection, Way};
pub use replica::{LAG_MAX, Replica, ReplicaUse};
pub use revocation_feed::{RevocationFeed, Told};
pub use rotation::Rotation;

use sea_orm::DatabaseConnection;
use std::sync::Arc;
use vault::Vault;

/// The one pool and the keys of the personal columns; cheap to clone, shared by every port.
#[derive(Clone)]
pub struct Postgres {
    db: DatabaseConnection,
    vault: Arc<Vault>,
    replica: Option<Arc<Replica>>,
    tally: Arc<rate_limit::Tally>,
    bell: Arc<queue::Bell>,
}

impl Postgres {
    /// Ports over an open pool; see [`Connection::open`].
    #[must_use]
    pub fn new(db: DatabaseConnection, vault: Arc<Vault>) -> Self {
        Self { db, vault, replica: None, tally: Arc::default(), bell: Arc::default() }
    }

    /// The pool, for the composition root: migrations still missing, readiness, the job engine.
    #[must_use]
    pub fn pool(&self) -> &DatabaseConnection {
        &self.db
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

pub use migrations::missing as missing_migrations;
