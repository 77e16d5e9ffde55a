//! Refresh tokens: good once each, to get the next pair of tokens for the same session.
//!
//! The text is 90 bytes in base64url: a version, whose session it is and until when, what the person's roles
//! were, 128 bits that every token of the session shares, and 256 bits of its own. The hash covers the session
//! and both kinds of bits. The rest is a guess that saves a query: the store takes a token only if its own
//! rows say the same. The shared bits tell a genuine old token (which ends the session) from an invented one
//! (which must not).

use crate::{Roles, fault};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Detail, Entry, Env, Fault, Masked, SessionId, UserId, uuid::Uuid};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

const VERSION: u8 = 1;
const FAMILY_BYTES: usize = 16;
const OWN_BYTES: usize = 32;

/// The length of the text: 90 bytes in base64 without padding.
pub(crate) const TEXT_BYTES: usize = 120;

/// The SHA-256 of a token or of what a session's tokens share: all that is kept of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// A hash as a store kept it.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bare bytes, for storage.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash([masked])")
    }
}

/// The secret bits of a refresh token, drawn before it is known whose it will be.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSecret {
    session_id: SessionId,
    family: [u8; FAMILY_BYTES],
    own: [u8; OWN_BYTES],
}

impl RefreshSecret {
    /// The secret of a session's first token.
    #[must_use]
    pub fn draw(env: &Env, session_id: SessionId) -> Self {
        Self { session_id, family: env.random(), own: env.random() }
    }

    /// The secret of the next token of the same session.
    #[must_use]
    pub fn successor(&self, env: &Env) -> Self {
        Self { own: env.random(), ..*self }
    }

    /// The session it is for.
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// What is kept of the token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        let mut hash = Sha256::new();
        hash.update(self.session_id.uuid().as_bytes());
        hash.update(self.family);
        hash.update(self.own);
        TokenHash(hash.finalize().into())
    }

    /// What is kept of the bits that all tokens of the session share.
    #[must_use]
    pub fn family_hash(&self) -> TokenHash {
        let mut hash = Sha256::new();
        hash.update(self.session_id.uuid().as_bytes());
        hash.update(self.family);
        TokenHash(hash.finalize().into())
    }

    /// The bits a successor is sealed under.
    pub(crate) fn bits(&self) -> Vec<u8> {
        [self.family.as_slice(), &self.own].concat()
    }
}

impl std::fmt::Debug for RefreshSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshSecret").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

/// A refresh token. `Debug` shows nothing that would let it be used.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    secret: RefreshSecret,
    user_id: UserId,
    expires_at: OffsetDateTime,
    roles: Roles,
    text: Masked<String>,
}

/// The text is not of the form of our refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct RefreshTokenError;

impl Fault for RefreshTokenError {
    fn entry(&self) -> Entry {
        fault::INVALID_TOKEN
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

impl RefreshToken {
    /// Writes the token of `secret`, for a session that ends at `expires_at`, to the second.
    #[must_use]
    pub fn write(secret: RefreshSecret, user_id: UserId, roles: Roles, expires_at: OffsetDateTime) -> Self {
        let expires_at = expires_at.replace_nanosecond(0).unwrap_or(expires_at);
        let bytes = [
            [VERSION].as_slice(),
            secret.session_id.uuid().as_bytes(),
            user_id.uuid().as_bytes(),
            &expires_at.unix_timestamp().to_be_bytes(),
            &[roles.bits()],
            &secret.family,
            &secret.own,
        ]
        .concat();
        let text = Masked::new(URL_SAFE_NO_PAD.encode(bytes));
        Self { secret, user_id, expires_at, roles, text }
    }

    /// The next token of the same session, which ends when it was always going to.
    #[must_use]
    pub fn successor(&self, env: &Env, roles: Roles) -> Self {
        Self::write(self.secret.successor(env), self.user_id, roles, self.expires_at)
    }

    /// Reads a token as a client sent it. That it has the form of one says nothing about its being good.
    ///
    /// # Errors
    /// When it has not the form of one.
    pub fn parse(text: &str) -> Result<Self, RefreshTokenError> {
        if text.len() != TEXT_BYTES {
            return Err(RefreshTokenError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| RefreshTokenError)?;
        Self::read(&bytes).ok_or(RefreshTokenError)
    }

    /// The session it is for.
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        self.secret.session_id
    }

    /// The person it says it is for.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The roles it says the person had when it was made.
    #[must_use]
    pub const fn roles(&self) -> Roles {
        self.roles
    }

    /// When it says the session ends, whatever happens.
    #[must_use]
    pub const fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// The text, for the client alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Its secret bits.
    #[must_use]
    pub const fn secret(&self) -> &RefreshSecret {
        &self.secret
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (session_id, rest) = rest.split_first_chunk::<16>()?;
        let (user_id, rest) = rest.split_first_chunk::<16>()?;
        let (expires_at, rest) = rest.split_first_chunk::<8>()?;
        let (roles, rest) = rest.split_first()?;
        let (family, own) = rest.split_first_chunk::<FAMILY_BYTES>()?;
        if *version != VERSION {
            return None;
        }
        let session_id = SessionId::new(Uuid::from_bytes(*session_id));
        let secret = RefreshSecret { session_id, family: *family, own: own.try_into().ok()? };
        let user_id = UserId::new(Uuid::from_bytes(*user_id));
        let expires_at = OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(*expires_at)).ok()?;
        Some(Self::write(secret, user_id, Roles::from_bits(*roles)?, expires_at))
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshToken").field("session_id", &self.session_id()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn token() -> RefreshToken {
        let secret = RefreshSecret::draw(&Env::system(), SessionId::new(Uuid::from_u128(1)));
        let user = UserId::new(Uuid::from_u128(2));
        RefreshToken::write(secret, user, Roles::PATIENT, datetime!(2026-02-14 12:00:00.5 UTC))
    }

    #[test]
    fn a_token_reads_back_and_names_its_session() {
        let token = token();
        let read = RefreshToken::parse(token.expose()).unwrap();
        assert_eq!(read, token);
        assert_eq!(read.expires_at(), datetime!(2026-02-14 12:00 UTC));
        assert_eq!(token.expose().len(), TEXT_BYTES);
    }

    #[test]
    fn a_successor_shares_session_end_and_family_but_not_itself() {
        let token = token();
        let next = token.successor(&Env::system(), Roles::PATIENT);
        assert_eq!(next.session_id(), token.session_id());
        assert_eq!(next.expires_at(), token.expires_at());
        assert_eq!(next.secret().family_hash(), token.secret().family_hash());
        assert_ne!(next.secret().hash(), token.secret().hash());
    }

    #[test]
    fn families_of_two_sessions_differ() {
        assert_ne!(token().secret().family_hash(), token().secret().family_hash());
    }

    #[test]
    fn debug_does_not_let_it_be_used() {
        let token = token();
        let shown = format!("{token:?} {:?} {:?}", token.secret(), token.secret().hash());
        assert!(!shown.contains(token.expose()));
    }

    proptest! {
        #[test]
        fn reading_never_fails_otherwise(text in "\\PC{0,130}") {
            prop_assert!(RefreshToken::parse(&text).is_err());
        }

        #[test]
        fn a_token_that_reads_is_written_the_same(position in 0..TEXT_BYTES, character in "[A-Za-z0-9_-]") {
            let mut text = token().expose().to_owned();
            text.replace_range(position..=position, &character);
            if let Ok(read) = RefreshToken::parse(&text) {
                prop_assert_eq!(read.expose(), text);
            }
        }
    }
}
