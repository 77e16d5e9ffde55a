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
    /// We write none; what says that it is not good yet is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
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
            nbf: None,
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
        let [header, claims, message, signature] = parts(token).ok_or(AccessTokenError::Malformed)?;
        let key = self.key(header).ok_or(AccessTokenError::ForeignHeader)?;
        if !is_genuine(message, signature, &key.decoding) {
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
        let begins_at = claims.nbf.map(instant).transpose()?.map_or(issued_at, |nbf| nbf.max(issued_at));
        if at < begins_at.saturating_sub(LEEWAY) {
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

/// A token's header, its claims, the two as they were signed, and the signature; nothing of it is believed yet.
fn parts(token: &str) -> Option<[&str; 4]> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    Some([header, claims, message, signature])
}

/// Whether this key signed the message.
fn is_genuine(message: &str, signature: &str, key: &DecodingKey) -> bool {
    crypto::verify(signature, message.as_bytes(), key, Algorithm::HS256).unwrap_or(false)
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
mod tests;
