//! Access tokens: short-lived, checked without asking anybody.
//!
//! A JWT signed with HS256 and nothing else. Its header is one of the very few this program writes, compared
//! as a whole: so the algorithm, the type and the closed set of keys are fixed before anything is parsed.

use crate::{Roles, fault};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use kernel::{Detail, Entry, Fault, Masked, SessionId, UserId, uuid::Uuid};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Longest token looked at.
const TOKEN_MAX_BYTES: usize = 4096;

/// HS256 wants a secret at least as long as its hash (RFC 7518 §3.2).
const SECRET_MIN_BYTES: usize = 32;

/// How far another machine's clock may be off.
const LEEWAY: Duration = Duration::seconds(30);

/// A secret that signs tokens, and the name by which tokens say that it did.
#[derive(Debug)]
pub struct SigningKey {
    /// Its name: 1–32 letters, digits, `-` or `_`.
    pub kid: String,
    /// At least 32 bytes.
    pub secret: SecretSlice<u8>,
}

/// Whom tokens are from and for, and how long they are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTokenPolicy {
    /// Who issues them.
    pub issuer: String,
    /// Who accepts them.
    pub audience: String,
    /// How long they are good for: 24 hours by contract.
    pub life: Duration,
}

/// Issues and checks access tokens.
#[derive(Debug)]
pub struct AccessTokens {
    policy: AccessTokenPolicy,
    current: Key,
    retiring: Option<Key>,
}

/// `Debug` shows neither half of it.
#[derive(Debug)]
struct Key {
    header: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The keys are not fit for use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// A secret is too short.
    #[error("a secret that signs access tokens must have at least 32 bytes")]
    ShortSecret,
    /// A name is empty, too long or oddly spelt.
    #[error("a key's name is 1–32 letters, digits, - or _")]
    Name,
    /// Both keys have the same name.
    #[error("two keys that sign access tokens have the same name")]
    SameName,
}

/// What a checked token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// The person.
    pub user_id: UserId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// What the person may do.
    pub roles: Roles,
    /// When it was issued, to the second.
    pub issued_at: OffsetDateTime,
    /// When it ends, to the second.
    pub expires_at: OffsetDateTime,
    /// Names this token.
    pub token_id: Uuid,
}

/// The token is not good. The client gets one code for all; the variants are for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Over 4 KiB, not three parts, not base64, or claims missing or of the wrong type.
    #[error("the access token is malformed")]
    Malformed,
    /// Its header is none of ours: another algorithm, type or key.
    #[error("the access token has a header we did not write")]
    ForeignHeader,
    /// The signature is wrong.
    #[error("the access token's signature is wrong")]
    Forged,
    /// It was issued by or for somebody else.
    #[error("the access token is from or for somebody else")]
    ForeignAudience,
    /// It ended.
    #[error("the access token has expired")]
    Expired,
    /// It is from the future.
    #[error("the access token is not valid yet")]
    NotYetValid,
}

impl Fault for AccessTokenError {
    fn entry(&self) -> Entry {
        fault::INVALID_TOKEN
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        if *self == Self::Expired { vec![("reason", "expired".into())] } else { Vec::new() }
    }
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
#[error("an access token could not be issued")]
pub struct IssueError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// The claims as they stand in the token.
#[derive(Serialize, Deserialize)]
struct Claims {
    user_id: Uuid,
    sid: Uuid,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
    iss: String,
    aud: String,
    jti: Uuid,
}

impl AccessTokens {
    /// Takes the key that signs, and one that did so until lately and is still believed.
    ///
    /// # Errors
    /// When a secret is under 32 bytes, or a name is unfit or used twice.
    pub fn new(
        policy: AccessTokenPolicy,
        current: &SigningKey,
        retiring: Option<&SigningKey>,
    ) -> Result<Self, SigningKeyError> {
        if retiring.is_some_and(|retiring| retiring.kid == current.kid) {
            return Err(SigningKeyError::SameName);
        }
        let (current, retiring) = (Key::new(current)?, retiring.map(Key::new).transpose()?);
        Ok(Self { policy, current, retiring })
    }

    /// How long a token is good for.
    #[must_use]
    pub const fn life(&self) -> Duration {
        self.policy.life
    }

    /// Signs what `claims` say. The same claims give the same token.
    ///
    /// # Errors
    /// Only if the signing library itself fails.
    pub fn issue(&self, claims: &AccessClaims) -> Result<Masked<String>, IssueError> {
        let claims = Claims {
            user_id: claims.user_id.uuid(),
            sid: claims.session_id.uuid(),
            roles: claims.roles.words().map(str::to_owned).collect(),
            iat: claims.issued_at.unix_timestamp(),
            exp: claims.expires_at.unix_timestamp(),
            iss: self.policy.issuer.clone(),
            aud: self.policy.audience.clone(),
            jti: claims.token_id,
        };
        let claims = serde_json::to_vec(&claims).map_err(|error| IssueError(error.into()))?;
        let mut token = format!("{}.{}", self.current.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(token.as_bytes(), &self.current.encoding, Algorithm::HS256)
            .map_err(|error| IssueError(error.into()))?;
        token.push('.');
        token.push_str(&signature);
        Ok(Masked::new(token))
    }

    /// Checks a token as a client sent it, at `at` by the injected clock. Whether its session was ended is for
    /// whoever keeps that list.
    ///
    /// # Errors
    /// When it is not one of ours, or not good at `at` give or take 30 s.
    pub fn verify(&self, token: &str, at: OffsetDateTime) -> Result<AccessClaims, AccessTokenError> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(AccessTokenError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(AccessTokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(AccessTokenError::Malformed)?;
        let key = self.key(header).ok_or(AccessTokenError::ForeignHeader)?;
        let genuine = crypto::verify(signature, message.as_bytes(), &key.decoding, Algorithm::HS256);
        if !genuine.unwrap_or(false) {
            return Err(AccessTokenError::Forged);
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| AccessTokenError::Malformed)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| AccessTokenError::Malformed)?;
        self.check(&claims, at)
    }

    fn check(&self, claims: &Claims, at: OffsetDateTime) -> Result<AccessClaims, AccessTokenError> {
        if claims.iss != self.policy.issuer || claims.aud != self.policy.audience {
            return Err(AccessTokenError::ForeignAudience);
        }
        let instant =
            |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| AccessTokenError::Malformed);
        let (issued_at, expires_at) = (instant(claims.iat)?, instant(claims.exp)?);
        if at >= expires_at.saturating_add(LEEWAY) {
            return Err(AccessTokenError::Expired);
        }
        if at < issued_at.saturating_sub(LEEWAY) {
            return Err(AccessTokenError::NotYetValid);
        }
        let roles = Roles::from_words(claims.roles.iter().map(String::as_str));
        Ok(AccessClaims {
            user_id: UserId::new(claims.user_id),
            session_id: SessionId::new(claims.sid),
            roles: roles.ok_or(AccessTokenError::Malformed)?,
            issued_at,
            expires_at,
            token_id: claims.jti,
        })
    }

    fn key(&self, header: &str) -> Option<&Key> {
        [Some(&self.current), self.retiring.as_ref()].into_iter().flatten().find(|key| key.header == header)
    }
}

impl Key {
    fn new(key: &SigningKey) -> Result<Self, SigningKeyError> {
        let secret = key.secret.expose_secret();
        if secret.len() < SECRET_MIN_BYTES {
            return Err(SigningKeyError::ShortSecret);
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=32).contains(&key.kid.len()) || !key.kid.bytes().all(plain) {
            return Err(SigningKeyError::Name);
        }
        let header = format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{}"}}"#, key.kid);
        Ok(Self {
            header: URL_SAFE_NO_PAD.encode(header),
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    fn key(kid: &str, byte: u8) -> SigningKey {
        SigningKey { kid: kid.into(), secret: SecretSlice::from(vec![byte; 32]) }
    }

    fn policy() -> AccessTokenPolicy {
        AccessTokenPolicy {
            issuer: "https://aarokya.example".into(),
            audience: "aarokya".into(),
            life: Duration::hours(24),
        }
    }

    fn tokens() -> AccessTokens {
        AccessTokens::new(policy(), &key("a", 1), None).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            user_id: UserId::new(Uuid::from_u128(1)),
            session_id: SessionId::new(Uuid::from_u128(2)),
            roles: Roles::PATIENT.with(Role::Admin),
            issued_at: NOW,
            expires_at: NOW + Duration::hours(24),
            token_id: Uuid::from_u128(3),
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?} {:?}", tokens(), key("a", 1));
        assert!(!shown.contains("1, 1"), "{shown}");
    }

    /// A token of any header and claims, rightly signed with the given secret.
    fn signed(header: &str, claims: &str, secret: u8) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let key = EncodingKey::from_secret(&[secret; 32]);
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    }

    const HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256","kid":"a"}"#;

    fn body(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut body = serde_json::json!({
            "user_id": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "roles": ["PATIENT"],
            "iat": NOW.unix_timestamp(), "exp": NOW.unix_timestamp() + 60,
            "iss": "https://aarokya.example", "aud": "aarokya", "jti": Uuid::from_u128(3),
        });
        change(&mut body);
        body.to_string()
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let token = tokens().issue(&claims()).unwrap();
        assert_eq!(tokens().verify(token.expose(), NOW), Ok(claims()));
        assert_eq!(tokens().issue(&claims()).unwrap(), token, "the same claims, the same token");
        assert!(token.expose().len() < 600);
    }

    #[test]
    fn another_jwt_library_reads_it() {
        let token = tokens().issue(&claims()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(Algorithm::HS256);
        validation.set_audience(&["aarokya"]);
        validation.validate_exp = false;
        let read = jsonwebtoken::decode::<serde_json::Value>(
            token.expose(),
            &DecodingKey::from_secret(&[1; 32]),
            &validation,
        )
        .unwrap();
        assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(read.header.kid.as_deref(), Some("a"));
        assert_eq!(read.claims["roles"], serde_json::json!(["PATIENT", "ADMIN"]));
    }

    #[test]
    fn it_ends_with_half_a_minute_of_leeway() {
        let token = tokens().issue(&claims()).unwrap();
        let end = claims().expires_at;
        assert!(tokens().verify(token.expose(), end + Duration::seconds(29)).is_ok());
        assert_eq!(
            tokens().verify(token.expose(), end + Duration::seconds(30)),
            Err(AccessTokenError::Expired)
        );
        assert!(tokens().verify(token.expose(), NOW - Duration::seconds(30)).is_ok());
        assert_eq!(
            tokens().verify(token.expose(), NOW - Duration::seconds(31)),
            Err(AccessTokenError::NotYetValid)
        );
    }

    #[test]
    fn only_our_own_headers_are_read() {
        let good = signed(HEADER, &body(|_| ()), 1);
        assert!(tokens().verify(&good, NOW).is_ok());
        for header in [
            r#"{"typ":"at+jwt","alg":"none","kid":"a"}"#,
            r#"{"typ":"at+jwt","alg":"HS384","kid":"a"}"#,
            r#"{"typ":"at+jwt","alg":"RS256","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"HS256","kid":"a"}"#,
            r#"{"typ":"at+jwt","alg":"HS256","kid":"b"}"#,
            r#"{"typ":"at+jwt","alg":"HS256"}"#,
            r#"{"typ":"at+jwt","alg":"HS256","kid":"a","crit":["x"]}"#,
            r#"{"typ":"at+jwt","alg":"HS256","kid":"../../a"}"#,
        ] {
            let token = signed(header, &body(|_| ()), 1);
            assert_eq!(tokens().verify(&token, NOW), Err(AccessTokenError::ForeignHeader), "{header}");
        }
    }

    #[test]
    fn forged_and_cut_tokens_are_refused() {
        assert_eq!(tokens().verify(&signed(HEADER, &body(|_| ()), 2), NOW), Err(AccessTokenError::Forged));
        let good = signed(HEADER, &body(|_| ()), 1);
        let (message, _) = good.rsplit_once('.').unwrap();
        for token in [message.to_owned(), format!("{message}."), format!("{good}A"), format!("{good}=")] {
            assert!(tokens().verify(&token, NOW).is_err(), "{token}");
        }
        for token in ["", ".", "..", "...", "a.b.c", &"a".repeat(5000)] {
            assert!(tokens().verify(token, NOW).is_err(), "{token}");
        }
    }

    #[test]
    fn every_claim_is_required_and_ours() {
        for claim in ["user_id", "sid", "roles", "iat", "exp", "iss", "aud", "jti"] {
            let token = signed(HEADER, &body(|body| drop(body.as_object_mut().unwrap().remove(claim))), 1);
            assert_eq!(tokens().verify(&token, NOW), Err(AccessTokenError::Malformed), "{claim}");
        }
        for (claim, value, expected) in [
            ("iss", "https://evil.example".into(), AccessTokenError::ForeignAudience),
            ("aud", "other".into(), AccessTokenError::ForeignAudience),
            ("aud", serde_json::json!(["aarokya"]), AccessTokenError::Malformed),
            ("exp", "1".into(), AccessTokenError::Malformed),
            ("exp", serde_json::json!(1e300), AccessTokenError::Malformed),
            ("exp", i64::MAX.into(), AccessTokenError::Malformed),
            ("roles", serde_json::json!(["OWNER"]), AccessTokenError::Malformed),
        ] {
            let token = signed(HEADER, &body(|body| body[claim] = value), 1);
            assert_eq!(tokens().verify(&token, NOW), Err(expected), "{claim}");
        }
    }

    #[test]
    fn two_secrets_overlap_while_one_retires() {
        let old = AccessTokens::new(policy(), &key("a", 1), None).unwrap();
        let both = AccessTokens::new(policy(), &key("b", 2), Some(&key("a", 1))).unwrap();
        let new = AccessTokens::new(policy(), &key("b", 2), None).unwrap();
        let (by_old, by_both) = (old.issue(&claims()).unwrap(), both.issue(&claims()).unwrap());
        assert!(both.verify(by_old.expose(), NOW).is_ok());
        assert!(new.verify(by_both.expose(), NOW).is_ok(), "the newer key signs");
        assert!(new.verify(by_old.expose(), NOW).is_err());
    }

    #[test]
    fn unfit_keys_are_refused() {
        let short = SigningKey { kid: "a".into(), secret: SecretSlice::from(vec![1; 31]) };
        let refused = |current: &SigningKey, retiring: Option<&SigningKey>| {
            AccessTokens::new(policy(), current, retiring).unwrap_err()
        };
        assert_eq!(refused(&short, None), SigningKeyError::ShortSecret);
        assert_eq!(refused(&key("b", 1), Some(&short)), SigningKeyError::ShortSecret);
        assert_eq!(refused(&key("", 1), None), SigningKeyError::Name);
        assert_eq!(refused(&key("a\"b", 1), None), SigningKeyError::Name);
        assert_eq!(refused(&key("a", 1), Some(&key("a", 2))), SigningKeyError::SameName);
    }

    proptest! {
        #[test]
        fn no_changed_byte_goes_unseen(position in 0..400_usize, byte in any::<u8>()) {
            let good = signed(HEADER, &body(|_| ()), 1);
            let mut bytes = good.clone().into_bytes();
            let position = position % bytes.len();
            bytes[position] = byte;
            if let Ok(changed) = String::from_utf8(bytes) && changed != good {
                prop_assert!(tokens().verify(&changed, NOW).is_err());
            }
        }
    }
}
