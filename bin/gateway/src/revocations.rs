//! Logout means now: the sessions that ended within an access token's life, in the memory of every instance.
//!
//! The list is loaded at start and fed by the database's notifications. While the feed is down the session's
//! row is asked instead: slower, and never wrong.

use identity::Sessions;
use kernel::{Env, SessionId, StoreError};
use postgres::{RevocationFeed, Told};
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

/// How often the feed is asked to prove that it works.
const BEAT: Duration = Duration::from_secs(1);

/// After so long without a beat the feed counts as lost, even if the connection seems to stand.
const SILENCE_MAX: Duration = Duration::from_secs(4);

/// How many sessions are kept before those whose tokens have expired are dropped for the first time.
const SWEEP_AT: usize = 10_000;

/// The sessions whose access tokens must be refused although they have not expired.
pub struct Revocations {
    sessions: Arc<Sessions>,
    env: Env,
    ended: RwLock<Ended>,
    fed: AtomicBool,
}

/// The list, and the size at which it is next swept.
struct Ended {
    at: HashMap<SessionId, OffsetDateTime>,
    sweep_at: usize,
}

impl Revocations {
    /// An empty list that asks the row until [`follow`](Self::follow) feeds it.
    #[must_use]
    pub fn new(sessions: Arc<Sessions>, env: Env) -> Self {
        let ended = RwLock::new(Ended { at: HashMap::new(), sweep_at: SWEEP_AT });
        Self { sessions, env, ended, fed: AtomicBool::new(false) }
    }

    /// Whether the session has ended.
    ///
    /// # Errors
    /// Only while the feed is down and the database does not answer either.
    pub async fn is_revoked(&self, id: SessionId) -> Result<bool, StoreError> {
        // Asked before the list is read: a list that is fed by then is complete.
        let fed = self.fed.load(Ordering::Acquire);
        if self.ended.read().unwrap_or_else(PoisonError::into_inner).at.contains_key(&id) {
            return Ok(true);
        }
        if fed {
            return Ok(false);
        }
        let live = self.sessions.is_live(id).await?;
        Ok(!live)
    }

    /// Feeds the list until `stop`; listens again whenever the feed is lost.
    pub async fn follow(&self, db: &DatabaseConnection, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = beat(db) => {}
                lost = self.follow_once(db) => {
                    self.fed.store(false, Ordering::Release);
                    let error = lost.err().map(|error| error.to_string());
                    tracing::warn!(error, "the feed of ended sessions was lost; rows are asked until it is back");
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
        // Only silence breaks a wait off, and then the connection is given up: nothing read is lost.
        while let Ok(told) = tokio::time::timeout(SILENCE_MAX, feed.next()).await {
            match told? {
                Some(Told::Ended(id)) => self.add(id, self.env.now()),
                Some(Told::Beat) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// A session was ended by way of this instance: its next request is refused here without waiting for the
    /// news to come round.
    pub fn end(&self, id: SessionId) {
        self.add(id, self.env.now());
    }

    fn add(&self, id: SessionId, at: OffsetDateTime) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.at.insert(id, at);
        if ended.at.len() > ended.sweep_at {
            let oldest = self.sessions.forgotten_before();
            ended.at.retain(|_, at| *at > oldest);
            // Swept again only when it has doubled, so that adding stays cheap however many there are.
            ended.sweep_at = ended.at.len().saturating_mul(2).max(SWEEP_AT);
        }
    }
}

/// Lets the feed prove that it works, for as long as it is followed.
async fn beat(db: &DatabaseConnection) {
    let mut beats = tokio::time::interval(BEAT);
    loop {
        beats.tick().await;
        if let Err(error) = RevocationFeed::beat(db).await {
            tracing::debug!(%error, "the feed could not be asked to prove that it works");
        }
    }
}
