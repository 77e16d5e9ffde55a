//! Wakes the workers of every instance once what queued a job is committed.
//!
//! A transaction that notifies holds a lock of the whole server from before its commit until that is on the disk. So
//! facts queue their news in silence, and the bell is rung afterwards: rings that come while one is on its way are one,
//! and one that is lost delays a job until a worker looks by itself.

use crate::Postgres;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use std::time::Duration;
use tokio::sync::Notify;

/// Nobody is woken for jobs that are taken already, or that wait for their time. The order is an index's.
const WAKE: &str = "
SELECT pg_notify('jobs:insert', '{\"count\":1}')
  FROM (SELECT FROM graphile_worker._private_jobs WHERE is_available AND run_at <= now()
         ORDER BY priority, run_at LIMIT 1) due";

/// A connection that is silent for so long is given up, and the next ring takes another.
const PATIENCE: Duration = Duration::from_secs(1);

/// Rung by whoever queued a job, heard by [`Postgres::wake_workers`].
#[derive(Debug, Default)]
pub(crate) struct Bell(Notify);

impl Postgres {
    /// Says that jobs may be waiting. Costs no round trip, and does nothing where nobody
    /// [wakes workers](Self::wake_workers).
    pub fn ring(&self) {
        self.bell.0.notify_one();
    }

    /// Wakes the workers of every instance whenever the bell was rung, for as long as it is polled.
    pub async fn wake_workers(&self) {
        loop {
            self.bell.0.notified().await;
            let error = match tokio::time::timeout(PATIENCE, wake(&self.db)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the server did not answer in time".to_owned(),
            };
            tracing::debug!(error, "workers could not be woken, and will look by themselves");
        }
    }
}

async fn wake(db: &DatabaseConnection) -> Result<(), sea_orm::DbErr> {
    db.execute_raw(Statement::from_string(DbBackend::Postgres, WAKE)).await.map(drop)
}
