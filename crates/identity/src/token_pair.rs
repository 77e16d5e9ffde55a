//! What a client gets for a right code or a good refresh token: a pair of tokens.

use crate::{AccessClaims, AccessTokens, IssueError, RefreshToken};
use kernel::{Env, Masked};
use time::OffsetDateTime;

/// An access token and the refresh token that gets the next pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// The access token's text, for the client alone.
    pub access_token: Masked<String>,
    /// When it ends, to the second.
    pub access_expires_at: OffsetDateTime,
    /// The refresh token.
    pub refresh_token: RefreshToken,
}

impl TokenPair {
    /// When the refresh token ends if it is used often enough: with the session, to the second.
    #[must_use]
    pub const fn refresh_expires_at(&self) -> OffsetDateTime {
        self.refresh_token.expires_at()
    }

    /// Issues the access token that goes with `refresh_token`; it does not outlive the session.
    ///
    /// # Errors
    /// Only if the signing library itself fails.
    pub(crate) fn issue(
        tokens: &AccessTokens,
        env: &Env,
        refresh_token: RefreshToken,
        at: OffsetDateTime,
    ) -> Result<Self, IssueError> {
        let issued_at = at.replace_nanosecond(0).unwrap_or(at);
        let access_expires_at = issued_at.saturating_add(tokens.life()).min(refresh_token.expires_at());
        let access_token = tokens.issue(&AccessClaims {
            user_id: refresh_token.user_id(),
            session_id: refresh_token.session_id(),
            roles: refresh_token.roles(),
            issued_at,
            expires_at: access_expires_at,
            token_id: env.new_uuid(),
        })?;
        Ok(Self { access_token, access_expires_at, refresh_token })
    }
}
