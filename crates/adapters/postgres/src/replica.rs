//! A copy of the database that is a moment behind: for reads whose answer cannot have changed in that moment.
//!
//! Which those are is told in `docs/decisions/014-what-a-replica-may-answer.md`. The replica is never needed: whatever
//! it does not answer well and at once, the primary is asked.

use crate::{ConnectError, Connection, Postgres, fault::OrStoreError as _};
use kernel::{Env, StoreError};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;

/// A replica that is further behind is not asked.
pub const LAG_MAX: time::Duration = time::Duration::seconds(10);

/// How often it is asked how far it has come.
const FOLLOWED_EVERY: Duration = Duration::from_millis(500);

/// How long it may take to answer anything before the primary is asked instead.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many of the primary's positions are remembered: a minute's, and a replica that far behind is not asked anyway.
const MARKS_MAX: usize = 120;

/// The copy, and how far it has come.
pub struct Replica {
    db: DatabaseConnection,
    env: Env,
    progress: Mutex<Progress>,
    answered: AtomicU64,
    passed_on: AtomicU64,
}

#[derive(Default)]
struct Progress {
    /// Where the primary's log ended, and when that was asked.
    marks: VecDeque<(OffsetDateTime, u64)>,
    /// Everything that was acknowledged before this is in the copy.
    caught_up_to: Option<OffsetDateTime>,
}

/// How the replica was used since the program started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaUse {
    /// How many reads it answered.
    pub answered: u64,
    /// How many the primary was asked although the replica might have answered.
    pub passed_on: u64,
    /// How far it is behind at most; `None` if that is not known, and then it is not asked.
    pub lag: Option<time::Duration>,
}

impl Replica {
    /// The replica behind `connection`, which may be away: nothing is asked of it before it was
    /// [followed](Postgres::follow_replica) for a moment.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub async fn new(connection: &Connection, env: Env) -> Result<Self, ConnectError> {
        let db = connection.open_when_used().await?;
        let (answered, passed_on) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { db, env, progress: Mutex::default(), answered, passed_on })
    }

    /// Everything acknowledged before this is in the copy; `None` if the copy is too far behind to be asked.
    pub(crate) fn caught_up_to(&self) -> Option<OffsetDateTime> {
        let now = self.env.now();
        self.progress().caught_up_to.filter(|at| now - *at <= LAG_MAX)
    }

    /// The copy, for a statement that reads.
    pub(crate) const fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// What the reading found, if it found anything in time; otherwise the primary is to be asked.
    pub(crate) async fn answer<T>(
        &self,
        reading: impl Future<Output = Result<Option<T>, StoreError>> + Send,
    ) -> Option<T> {
        let found = match tokio::time::timeout(PATIENCE, reading).await {
            Ok(Ok(found)) => found,
            // Whoever comes next does not wait for it as well.
            Ok(Err(_)) | Err(_) => {
                self.lose();
                None
            }
        };
        let counter = if found.is_some() { &self.answered } else { &self.passed_on };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// A read that the replica was not asked for.
    pub(crate) fn pass_on(&self) {
        self.passed_on.fetch_add(1, Ordering::Relaxed);
    }

    fn lose(&self) {
        *self.progress() = Progress::default();
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks both how far they have come.
    async fn follow_once(&self, primary: &DatabaseConnection) -> Result<(), StoreError> {
        // The time comes first: what is acknowledged by then is before the end that is asked for after it.
        let at = self.env.now();
        let end = position(primary, "pg_current_wal_lsn()").await?;
        let replayed = position(&self.db, REPLAYED).await?;
        let mut progress = self.progress();
        if let Some(end) = end {
            progress.marks.push_back((at, end));
        }
        let Some(replayed) = replayed else { return Ok(()) };
        while let Some((at, _)) = progress.marks.pop_front_if(|(_, end)| *end <= replayed) {
            progress.caught_up_to = Some(at);
        }
        if progress.marks.len() > MARKS_MAX {
            progress.marks.pop_front();
        }
        Ok(())
    }
}

/// A server that is no copy, or whose sessions have another role, has come nowhere.
const REPLAYED: &str =
    "CASE WHEN pg_is_in_recovery() AND current_user = 'aarokya_app' THEN pg_last_wal_replay_lsn() END";

/// A position in the log, as the number of bytes before it.
async fn position(db: &DatabaseConnection, of: &str) -> Result<Option<u64>, StoreError> {
    let sql = format!("SELECT (({of}) - '0/0'::pg_lsn)::text AS position");
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.or_store_error()?;
    let position: Option<String> =
        row.map_or(Ok(None), |row| row.try_get("", "position")).or_store_error()?;
    Ok(position.and_then(|position| position.parse().ok()))
}

impl Postgres {
    /// The same ports, with a replica for the reads that allow it.
    #[must_use]
    pub fn with_replica(mut self, replica: Replica) -> Self {
        self.replica = Some(std::sync::Arc::new(replica));
        self
    }

    /// How the replica was used, if there is one.
    #[must_use]
    pub fn replica_use(&self) -> Option<ReplicaUse> {
        let replica = self.replica.as_ref()?;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Some(ReplicaUse {
            answered: count(&replica.answered),
            passed_on: count(&replica.passed_on),
            lag: replica.caught_up_to().map(|at| replica.env.now() - at),
        })
    }

    /// Keeps track of how far the replica has come, if there is one, for as long as this is awaited.
    pub async fn follow_replica(&self) {
        let Some(replica) = &self.replica else { return };
        let mut rounds = tokio::time::interval(FOLLOWED_EVERY);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_lost = false;
        loop {
            rounds.tick().await;
            let followed = tokio::time::timeout(PATIENCE, replica.follow_once(&self.db)).await;
            let error = match followed {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("it did not answer in time".to_owned()),
            };
            if let Some(error) = &error {
                replica.lose();
                if !is_lost {
                    tracing::warn!(error, "the replica is not asked until it answers again");
                }
            }
            is_lost = error.is_some();
        }
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").finish_non_exhaustive()
    }
}
