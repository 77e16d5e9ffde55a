//! Refresh tokens: good once each, to get the next pair of tokens for the same session.
//!
//! The text is 90 bytes in base64url: a version, whose session it is and until when, what the person's roles
//! were, 128 bits that every token of the session shares, and 256 bits of its own. The hash covers the session
//! and both kinds of bits. The rest is a guess that saves a query: the store takes a token only if its own
//! rows say the same. The shared bits tell a genuine old token (which ends the session) from an invented one
//! (which must not).

use crate::Roles;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Env, Masked, SessionId, UserId, uuid::Uuid};
use sha2::{Digest as _, Sha256};
use std::ops::RangeInclusive;
use time::OffsetDateTime;

const VERSION: u8 = 1;
const FAMILY_BYTES: usize = 16;
const OWN_BYTES: usize = 32;

/// The seconds at which a session can end: from 1970 to 2200. Anybody can write a token that names the year −9999,
/// and no store need know such a year.
const END_SECONDS: RangeInclusive<i64> = 0..=7_258_118_400;

/// The length of the text: 90 bytes in base64 without padding.
pub(crate) const TEXT_BYTES: usize = 120;

/// The SHA-256 of a token or of what a session's tokens share: all that is kept of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(Masked<[u8; 32]>);

impl TokenHash {
    /// A hash as a store kept it.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Masked::new(bytes))
    }

    /// The bare bytes, for storage.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// The secret bits of a refresh token, drawn before it is known whose it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshSecret {
    session_id: SessionId,
    family: Masked<[u8; FAMILY_BYTES]>,
    own: Masked<[u8; OWN_BYTES]>,
}

impl RefreshSecret {
    /// The secret of a session's first token.
    #[must_use]
    pub fn draw(env: &Env, session_id: SessionId) -> Self {
        Self { session_id, family: Masked::new(env.random()), own: Masked::new(env.random()) }
    }

    /// The secret of the next token of the same session.
    #[must_use]
    pub fn successor(&self, env: &Env) -> Self {
        Self { own: Masked::new(env.random()), ..*self }
    }

    /// The session it is for.
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// What is kept of the token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.digest(self.own.expose())
    }

    /// What is kept of the bits that all tokens of the session share.
    #[must_use]
    pub fn family_hash(&self) -> TokenHash {
        self.digest(&[])
    }

    fn digest(&self, own: &[u8]) -> TokenHash {
        let mut hash = Sha256::new();
        hash.update(self.session_id.uuid().as_bytes());
        hash.update(self.family.expose());
        hash.update(own);
        TokenHash::new(hash.finalize().into())
    }

    /// The bits a successor is sealed under.
    pub(crate) fn bits(&self) -> Vec<u8> {
        [self.family.expose().as_slice(), self.own.expose()].concat()
    }
}

/// A refresh token. `Debug` shows nothing that would let it be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    secret: RefreshSecret,
    user_id: UserId,
    expires_at: OffsetDateTime,
    roles: Roles,
    text: Masked<String>,
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
            secret.family.expose(),
            secret.own.expose(),
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

    /// Reads a token as a client sent it; `None` if it has not the form of one. That it has says nothing about
    /// its being good.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = (text.len() == TEXT_BYTES).then(|| URL_SAFE_NO_PAD.decode(text));
        Self::read(&bytes?.ok()?)
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
        let (family, own) = (Masked::new(*family), Masked::new(own.try_into().ok()?));
        let secret = RefreshSecret { session_id, family, own };
        let user_id = UserId::new(Uuid::from_bytes(*user_id));
        let seconds = i64::from_be_bytes(*expires_at);
        let seconds = END_SECONDS.contains(&seconds).then_some(seconds)?;
        let expires_at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        Some(Self::write(secret, user_id, Roles::from_bits(*roles)?, expires_at))
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

    /// A token's text with its end replaced.
    fn ending(seconds: i64) -> String {
        let mut bytes = URL_SAFE_NO_PAD.decode(token().expose()).unwrap();
        bytes[33..41].copy_from_slice(&seconds.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn an_end_that_no_session_can_have_is_refused() {
        let year = |year| time::Date::from_ordinal_date(year, 1).unwrap().midnight().assume_utc();
        for absurd in [year(-9999), year(-4713), year(1969), year(2201), year(9999)] {
            assert_eq!(RefreshToken::parse(&ending(absurd.unix_timestamp())), None, "{absurd}");
        }
        for seconds in [i64::MIN, -1, 7_258_118_401, i64::MAX] {
            assert_eq!(RefreshToken::parse(&ending(seconds)), None, "{seconds}");
        }
        for possible in [year(1970), year(2026), year(2200)] {
            let read = RefreshToken::parse(&ending(possible.unix_timestamp())).unwrap();
            assert_eq!(read.expires_at(), possible);
        }
    }

    #[test]
    fn debug_does_not_let_it_be_used() {
        let token = token();
        let shown = format!("{token:?} {:?} {:?}", token.secret(), token.secret().hash());
        assert!(!shown.contains(token.expose()));
        assert!(shown.contains("family: [masked], own: [masked]"), "{shown}");
    }

    proptest! {
        #[test]
        fn whatever_reads_ends_at_an_instant_every_store_knows(
            bytes in proptest::collection::vec(any::<u8>(), 89),
            roles in 0_u8..8,
            seconds in prop_oneof![any::<i64>(), -400_000_000_000..400_000_000_000_i64, -9..9_i64],
        ) {
            let mut bytes = [[VERSION].as_slice(), &bytes].concat();
            bytes[33..41].copy_from_slice(&seconds.to_be_bytes());
            bytes[41] = roles;
            let read = RefreshToken::parse(&URL_SAFE_NO_PAD.encode(bytes));
            let known = END_SECONDS.contains(&seconds) && Roles::from_bits(roles).is_some();
            prop_assert_eq!(read.is_some(), known);
            if let Some(read) = read {
                prop_assert_eq!(read.expires_at().unix_timestamp(), seconds);
                prop_assert!((1970..=2200).contains(&read.expires_at().year()));
            }
        }

        #[test]
        fn reading_never_fails_otherwise(text in "\\PC{0,130}") {
            prop_assert_eq!(RefreshToken::parse(&text), None);
        }

        #[test]
        fn a_token_that_reads_is_written_the_same(position in 0..TEXT_BYTES, character in "[A-Za-z0-9_-]") {
            let mut text = token().expose().to_owned();
            text.replace_range(position..=position, &character);
            if let Some(read) = RefreshToken::parse(&text) {
                prop_assert_eq!(read.expose(), text);
            }
        }
    }
}
