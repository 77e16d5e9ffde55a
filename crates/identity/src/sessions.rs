//! Sessions: kept alive by refreshing, listed, ended.

mod refresh;
#[cfg(test)]
mod tests;

pub use refresh::RefreshError;

use crate::{
    AccessClaims, AccessTokens, Action, AuditEvent, EndReason, Origin, RefreshToken, SessionPolicy, fault,
    ports::{EndedSession, LiveSession, OthersEnd, SessionEnd, SessionOwner, SessionStore},
};
use kernel::{Detail, Entry, Env, Fault, SessionId, StoreError, UserId};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How far instances' clocks may be apart when one asks what others ended.
const CLOCK_SKEW: Duration = Duration::minutes(5);

/// How long a session that is over is kept, so that its owner and the audit can still make sense of it.
const KEPT_WHEN_OVER: Duration = Duration::days(30);

/// Sessions.
#[derive(Clone)]
pub struct Sessions {
    env: Env,
    store: Arc<dyn SessionStore>,
    tokens: Arc<AccessTokens>,
    policy: SessionPolicy,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: LiveSession,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// By what a device signs out.
#[derive(Debug, Clone, Copy)]
pub enum LogoutBy<'a> {
    /// Its access token, already checked.
    Access(&'a AccessClaims),
    /// Its refresh token's text: what a phone has left that lay in a drawer for two days.
    Refresh(&'a str),
}

/// A session could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is no such live session of this person.
    #[error("there is no such live session")]
    Missing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RevokeError {
    fn entry(&self) -> Entry {
        match self {
            Self::Missing => fault::SESSION_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Missing => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl Sessions {
    /// The use cases of sessions.
    #[must_use]
    pub fn new(
        env: Env,
        store: Arc<dyn SessionStore>,
        tokens: Arc<AccessTokens>,
        policy: SessionPolicy,
    ) -> Self {
        Self { env, store, tokens, policy }
    }

    /// Signs this device out; answers the session that ended by it. Signing out of what is over, or of nothing,
    /// is fine.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, by: LogoutBy<'_>, origin: &Origin) -> Result<Option<SessionId>, StoreError> {
        let (session_id, user_id, owner) = match by {
            LogoutBy::Access(claims) => {
                (claims.session_id, claims.user_id, SessionOwner::Person(claims.user_id))
            }
            LogoutBy::Refresh(text) => {
                let Some(token) = RefreshToken::parse(text) else { return Ok(None) };
                let (user_id, family) = (token.user_id(), token.secret().family_hash());
                (token.session_id(), user_id, SessionOwner::Token { user_id, family })
            }
        };
        let audit = self.audit(Action::SignedOut, user_id, origin).with("session", session_id);
        let reason = EndReason::LoggedOut;
        let fact = SessionEnd { session_id, owner, reason, at: self.env.now(), audit };
        let ended = self.store.end(&fact).await?;
        Ok(ended.then_some(session_id))
    }

    /// Signs every other device of the person out; answers how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout_others(&self, claims: &AccessClaims, origin: &Origin) -> Result<u64, StoreError> {
        let audit = self
            .audit(Action::OtherSessionsRevoked, claims.user_id, origin)
            .with("kept_session", claims.session_id);
        let (user_id, kept) = (claims.user_id, claims.session_id);
        self.store.end_others(&OthersEnd { user_id, kept, at: self.env.now(), audit }).await
    }

    /// The person's live sessions, the one used last first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, claims: &AccessClaims) -> Result<Vec<SessionView>, StoreError> {
        let sessions = self.store.live_sessions(claims.user_id, self.env.now()).await?;
        let view = |session: LiveSession| SessionView { current: session.id == claims.session_id, session };
        Ok(sessions.into_iter().map(view).collect())
    }

    /// Signs one device of the person out, from any of theirs.
    ///
    /// # Errors
    /// When there is no such live session of this person, or the store fails.
    pub async fn revoke(
        &self,
        claims: &AccessClaims,
        session_id: SessionId,
        origin: &Origin,
    ) -> Result<(), RevokeError> {
        let audit = self.audit(Action::SessionRevoked, claims.user_id, origin).with("session", session_id);
        let owner = SessionOwner::Person(claims.user_id);
        let reason = EndReason::Revoked;
        let fact = SessionEnd { session_id, owner, reason, at: self.env.now(), audit };
        if self.store.end(&fact).await? { Ok(()) } else { Err(RevokeError::Missing) }
    }

    /// Whether a session is live: asked on every route that moves money, and on all of them while news of
    /// ended sessions does not come through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_live(&self, session_id: SessionId) -> Result<bool, StoreError> {
        self.store.is_live(session_id, self.env.now()).await
    }

    /// The sessions that were ended by hand and whose access tokens may still be good: what an instance must
    /// know before it believes any.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ended_lately(&self) -> Result<Vec<EndedSession>, StoreError> {
        self.store.ended_since(self.forgotten_before()).await
    }

    /// From when on an ended session's access tokens are over too, so that an instance may forget it.
    #[must_use]
    pub fn forgotten_before(&self) -> OffsetDateTime {
        self.env.now().saturating_sub(self.tokens.life()).saturating_sub(CLOCK_SKEW)
    }

    /// Forgets sessions that have long been over; answers how many. A scheduled job calls it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_over(&self) -> Result<u64, StoreError> {
        self.store.forget_over(self.env.now().saturating_sub(KEPT_WHEN_OVER)).await
    }

    fn audit(&self, action: Action, user_id: UserId, origin: &Origin) -> AuditEvent {
        AuditEvent::own(&self.env, action, user_id, origin)
    }
}
