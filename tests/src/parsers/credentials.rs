//! Tokens: only what we signed is believed, and nothing of it is shown.

use super::text;
use arbitrary::{Arbitrary as _, Unstructured};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    AccessClaims, AccessTokenError, AccessTokenPolicy, AccessTokens, RefreshToken, Roles, SigningKey,
};
use kernel::{SessionId, UserId, uuid::Uuid};
use secrecy::SecretSlice;
use std::sync::LazyLock;
use time::{Duration, OffsetDateTime, macros::datetime};

/// When every token is looked at.
const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

const LEEWAY: Duration = Duration::seconds(30);

/// The ends of sessions that a refresh token can name, in Unix seconds.
const ENDS: std::ops::RangeInclusive<i64> = 0..=7_258_118_400;

static TOKENS: LazyLock<AccessTokens> = LazyLock::new(|| tokens(1));
/// Of the same name, and another secret.
static FOREIGN: LazyLock<AccessTokens> = LazyLock::new(|| tokens(2));

fn tokens(secret: u8) -> AccessTokens {
    let policy = AccessTokenPolicy {
        issuer: "https://aarokya.example".to_owned(),
        audience: "aarokya".to_owned(),
        life: Duration::hours(24),
    };
    let key = SigningKey { kid: "a".to_owned(), secret: SecretSlice::from(vec![secret; 32]) };
    AccessTokens::new(policy, &key, None).expect("the keys are fit")
}

/// What a token is made of, and a change to make to it.
struct Plan {
    claims: AccessClaims,
    at: OffsetDateTime,
    /// Which byte is changed, and into what.
    forgery: (usize, u8),
}

impl Plan {
    fn draw(input: &[u8]) -> arbitrary::Result<Option<Self>> {
        let mut bytes = Unstructured::new(input);
        let instant = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
        let (issued, expires, at) =
            (i64::arbitrary(&mut bytes)?, i64::arbitrary(&mut bytes)?, i64::arbitrary(&mut bytes)?);
        let uuid = |bytes: &mut Unstructured<'_>| u128::arbitrary(bytes).map(Uuid::from_u128);
        let (user, session, token_id) = (uuid(&mut bytes)?, uuid(&mut bytes)?, uuid(&mut bytes)?);
        let roles = Roles::from_bits(u8::arbitrary(&mut bytes)?);
        let forgery = (usize::arbitrary(&mut bytes)?, u8::arbitrary(&mut bytes)?);
        let (Some(roles), Some(issued_at), Some(expires_at), Some(at)) =
            (roles, instant(issued), instant(expires), instant(at))
        else {
            return Ok(None);
        };
        let claims = AccessClaims {
            user_id: UserId::new(user),
            session_id: SessionId::new(session),
            roles,
            issued_at,
            expires_at,
            token_id,
        };
        Ok(Some(Self { claims, at, forgery }))
    }

    /// What checking the token must come to.
    fn verdict(&self) -> Result<AccessClaims, AccessTokenError> {
        if self.at >= self.claims.expires_at.saturating_add(LEEWAY) {
            return Err(AccessTokenError::Expired);
        }
        if self.at < self.claims.issued_at.saturating_sub(LEEWAY) {
            return Err(AccessTokenError::NotYetValid);
        }
        Ok(self.claims.clone())
    }
}

/// A token is believed only if it is, byte for byte, what we sign for the same claims; and then within its time.
pub(super) fn access_token(input: &[u8]) {
    if let Some(text) = text(input)
        && let Ok(claims) = TOKENS.verify(text, NOW)
    {
        assert_eq!(TOKENS.issue(&claims).expect("it signs").expose(), text, "we did not write this");
    }
    let Ok(Some(plan)) = Plan::draw(input) else { return };
    let token = TOKENS.issue(&plan.claims).expect("it signs");
    let token = token.expose().as_str();
    assert_eq!(TOKENS.verify(token, plan.at), plan.verdict());
    assert!(FOREIGN.verify(token, plan.at).is_err(), "another's signature");
    let mut forged = token.as_bytes().to_vec();
    let place = plan.forgery.0 % forged.len();
    forged[place] = plan.forgery.1;
    if forged != token.as_bytes()
        && let Ok(forged) = str::from_utf8(&forged)
    {
        assert!(TOKENS.verify(forged, plan.at).is_err(), "changed at {place}, it is still believed");
    }
}

/// A refresh token has one spelling, whatever it says; and its secret is not shown.
pub(super) fn refresh_token(input: &[u8]) {
    if let Some(text) = text(input) {
        refresh(text);
    }
    // The bytes inside a token, for a search that does not know base64.
    refresh(&URL_SAFE_NO_PAD.encode(input));
}

fn refresh(text: &str) {
    let Some(token) = RefreshToken::parse(text) else { return };
    assert_eq!(token.expose(), text, "two spellings of one token");
    assert!(ENDS.contains(&token.expires_at().unix_timestamp()));
    let again =
        RefreshToken::write(token.secret().clone(), token.user_id(), token.roles(), token.expires_at());
    assert_eq!(again, token);
    assert_eq!(token.secret().session_id(), token.session_id());
    assert_ne!(token.secret().hash(), token.secret().family_hash());
    let shown = format!("{token:?}");
    assert!(!shown.contains(text) && shown.matches("[masked]").count() == 3, "{shown}");
}
