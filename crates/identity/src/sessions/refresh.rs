//! Getting the next pair of tokens.

use super::Sessions;
use crate::{
    Action, Actor, AuditEvent, Event, Origin, RefreshToken, Roles, TokenPair, fault,
    ports::{Rotated, Rotation},
    seal,
};
use kernel::{Detail, Entry, Fault, News, SessionId, StoreError, catalogue};

/// How often a person's roles may change under one refresh before it is given up.
const TRIES: u32 = 3;

/// No new tokens. Every refusal has one code; its `reason` tells the app what it may still do.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Not a token of ours, or not of a session we know.
    #[error("not one of our refresh tokens")]
    Foreign,
    /// Its session was ended or ran out.
    #[error("the session is over")]
    Over,
    /// It was spent before, so a copy is in other hands; its session is ended.
    #[error("the refresh token was used before")]
    Reused(SessionId),
    /// The person's account is closed.
    #[error("the account is closed")]
    Deactivated,
    /// The access token could not be issued, the pair could not be sealed, or the person's roles kept changing.
    #[error("the next tokens could not be made")]
    Make(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed; the same token may be presented again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RefreshError {
    fn entry(&self) -> Entry {
        match self {
            Self::Foreign | Self::Over | Self::Reused(_) => fault::INVALID_TOKEN,
            Self::Deactivated => fault::ACCOUNT_DEACTIVATED,
            Self::Make(_) => catalogue::INTERNAL_ERROR,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Over => vec![("reason", "session_over".into())],
            Self::Reused(_) => vec![("reason", "reused".into())],
            Self::Foreign | Self::Deactivated | Self::Make(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl Sessions {
    /// Spends a refresh token for the next pair. Presented again within a minute, before the pair's own
    /// refresh token was used, it gets the very same pair: so an answer that was lost costs nothing, and many
    /// requests at once all get one pair.
    ///
    /// The pair is made before the store is asked, for the roles the token names; so one statement decides.
    ///
    /// # Errors
    /// When the token is foreign, its session is over, or it was spent before: then its session is ended.
    pub async fn refresh(&self, text: &str, origin: &Origin) -> Result<TokenPair, RefreshError> {
        let presented = RefreshToken::parse(text).ok_or(RefreshError::Foreign)?;
        let mut roles = presented.roles();
        for _ in 0..TRIES {
            let (pair, fact) = self.rotation(&presented, roles, origin)?;
            match self.store.rotate(&fact).await? {
                Rotated::Spent => return Ok(pair),
                Rotated::Retry { sealed } => {
                    let pair = seal::open(&presented, &sealed);
                    return pair.map_err(|error| RefreshError::Make(error.into()));
                }
                Rotated::OtherRoles(newer) => roles = newer,
                Rotated::Reused => return Err(RefreshError::Reused(fact.session_id)),
                Rotated::Over => return Err(RefreshError::Over),
                Rotated::Foreign => return Err(RefreshError::Foreign),
                Rotated::Deactivated => return Err(RefreshError::Deactivated),
            }
        }
        Err(RefreshError::Make("the person's roles changed at every try".into()))
    }

    fn rotation(
        &self,
        presented: &RefreshToken,
        roles: Roles,
        origin: &Origin,
    ) -> Result<(TokenPair, Rotation), RefreshError> {
        let (env, at) = (&self.env, self.env.now());
        let (session_id, user_id) = (presented.session_id(), presented.user_id());
        let pair = TokenPair::issue(&self.tokens, env, presented.successor(env, roles), at);
        let pair = pair.map_err(|error| RefreshError::Make(error.into()))?;
        let sealed = seal::seal(env, presented, &pair).map_err(|error| RefreshError::Make(error.into()))?;
        let reuse_audit = AuditEvent::new(env, Actor::Anonymous, Action::TokenReuseDetected, user_id, origin)
            .with("session", session_id);
        let event = Event::TokenReuseDetected { user_id, session_id };
        let fact = Rotation {
            session_id,
            user_id,
            expires_at: presented.expires_at(),
            roles,
            family: presented.secret().family_hash(),
            presented: presented.secret().hash(),
            successor: pair.refresh_token.secret().hash(),
            sealed,
            retry_until: at.saturating_add(self.policy.retry_for),
            idle_ends_at: self.policy.idle_ends_at(at, presented.expires_at()),
            at,
            reuse_audit,
            reuse_news: News { id: env.new_uuid(), at, event },
        };
        Ok((pair, fact))
    }
}
