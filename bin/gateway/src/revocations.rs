//! Logout means now: the sessions that ended within an access token's life, in the memory of every instance.
//!
//! The list is loaded at start and fed by the database's notifications. While the feed is down the session's
//! row is asked instead: slower, and never wrong.

use identity::Sessions;
use kernel::{Env, SessionId, StoreError};
use postgres::RevocationFeed;
use sea_orm::DatabaseConnection;
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

/// How long to wait before listening again after the feed was lost.
const PAUSE: Duration = Duration::from_millis(200);

/// How many revoked sessions are kept before those whose tokens have expired are dropped.
const SWEEP_AT: usize = 10_000;

/// The sessions whose access tokens must be refused although they have not expired.
pub struct Revocations {
    sessions: Arc<Sessions>,
    env: Env,
    ended: RwLock<HashMap<SessionId, OffsetDateTime>>,
    fed: AtomicBool,
}

impl Revocations {
    /// An empty list that asks the row until [`follow`](Self::follow) feeds it.
    #[must_use]
    pub fn new(sessions: Arc<Sessions>, env: Env) -> Self {
        Self { sessions, env, ended: RwLock::default(), fed: AtomicBool::new(false) }
    }

    /// Whether the session has ended.
    ///
    /// # Errors
    /// Only while the feed is down and the database does not answer either.
    pub async fn is_revoked(&self, id: SessionId) -> Result<bool, StoreError> {
        if self.ended.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id) {
            return Ok(true);
        }
        if self.fed.load(Ordering::Acquire) {
            return Ok(false);
        }
        let live = self.sessions.is_live(id).await?;
        Ok(!live)
    }

    /// Feeds the list until `stop`; listens again whenever the connection is lost.
    pub async fn follow(&self, db: &DatabaseConnection, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                lost = self.follow_once(db) => {
                    self.fed.store(false, Ordering::Release);
                    if let Err(error) = lost {
                        tracing::warn!(%error, "the feed of ended sessions was lost; rows are asked until it is back");
                    }
                }
            }
            #[expect(clippy::disallowed_methods, reason = "a pause before trying the server again")]
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn follow_once(&self, db: &DatabaseConnection) -> Result<(), StoreError> {
        // Listen first, then load: what ends in between is told twice rather than never.
        let mut feed = RevocationFeed::listen(db).await?;
        for session in self.sessions.ended_lately().await? {
            self.add(session.id, session.ended_at);
        }
        self.fed.store(true, Ordering::Release);
        while let Some(id) = feed.next().await? {
            self.add(id, self.env.now());
        }
        Ok(())
    }

    fn add(&self, id: SessionId, at: OffsetDateTime) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.insert(id, at);
        if ended.len() > SWEEP_AT {
            let oldest = self.sessions.forgotten_before();
            ended.retain(|_, at| *at > oldest);
        }
    }
}
