//! The sealed successor: how a lost answer is given again without the server being able to read it.
//!
//! When a refresh token is spent, the pair it got is kept encrypted under a key derived from that very token,
//! of which the store has only a hash. A client that never saw the answer presents the token again and gets
//! the same pair, byte for byte; a thief of the store gets nothing.

use crate::{RefreshToken, TokenPair, refresh_token::TEXT_BYTES};
use aes_gcm::{
    Aes256Gcm, Key, KeyInit as _,
    aead::{Aead as _, Nonce, Payload},
};
use hkdf::Hkdf;
use kernel::{Env, Masked};
use sha2::Sha256;
use time::OffsetDateTime;

const NONCE_BYTES: usize = 12;
const PURPOSE: &[u8] = b"aarokya refresh successor, version 1";

/// A pair could not be sealed, or what was kept does not open with this token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed successor does not open")]
pub struct SealError;

/// Seals `pair` so that only who holds `presented` can open it.
pub(crate) fn seal(env: &Env, presented: &RefreshToken, pair: &TokenPair) -> Result<Vec<u8>, SealError> {
    let content = [
        pair.access_expires_at.unix_timestamp().to_be_bytes().as_slice(),
        pair.refresh_token.expose().as_bytes(),
        pair.access_token.expose().as_bytes(),
    ]
    .concat();
    let nonce: [u8; NONCE_BYTES] = env.random();
    let session = presented.session_id().uuid();
    let sealed = cipher(presented)?
        .encrypt(&Nonce::<Aes256Gcm>::from(nonce), Payload { msg: &content, aad: session.as_bytes() })
        .map_err(|_| SealError)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made for the same token.
pub(crate) fn open(presented: &RefreshToken, sealed: &[u8]) -> Result<TokenPair, SealError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError)?;
    let session = presented.session_id().uuid();
    let content = cipher(presented)?
        .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), Payload { msg: sealed, aad: session.as_bytes() })
        .map_err(|_| SealError)?;
    read(&content).ok_or(SealError)
}

fn cipher(presented: &RefreshToken) -> Result<Aes256Gcm, SealError> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &presented.secret().bits()).expand(PURPOSE, &mut key).map_err(|_| SealError)?;
    Ok(Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)))
}

fn read(content: &[u8]) -> Option<TokenPair> {
    let (seconds, rest) = content.split_first_chunk::<8>()?;
    let (refresh, access) = rest.split_first_chunk::<TEXT_BYTES>()?;
    Some(TokenPair {
        access_token: Masked::new(String::from_utf8(access.to_vec()).ok()?),
        access_expires_at: OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(*seconds)).ok()?,
        refresh_token: RefreshToken::parse(std::str::from_utf8(refresh).ok()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RefreshSecret, Roles};
    use kernel::{SessionId, UserId, uuid::Uuid};
    use time::macros::datetime;

    fn token(session: u128) -> RefreshToken {
        let secret = RefreshSecret::draw(&Env::system(), SessionId::new(Uuid::from_u128(session)));
        let user = UserId::new(Uuid::from_u128(9));
        RefreshToken::write(secret, user, Roles::PATIENT, datetime!(2026-02-14 12:00 UTC))
    }

    fn pair(presented: &RefreshToken) -> TokenPair {
        TokenPair {
            access_token: Masked::new("header.claims.signature".into()),
            access_expires_at: datetime!(2026-01-16 12:00 UTC),
            refresh_token: presented.successor(&Env::system(), Roles::PATIENT),
        }
    }

    #[test]
    fn who_holds_the_spent_token_gets_the_same_pair() {
        let presented = token(1);
        let pair = pair(&presented);
        let sealed = seal(&Env::system(), &presented, &pair).unwrap();
        assert_eq!(open(&presented, &sealed), Ok(pair));
    }

    #[test]
    fn nobody_else_does() {
        let presented = token(1);
        let pair = pair(&presented);
        let sealed = seal(&Env::system(), &presented, &pair).unwrap();
        assert!(!sealed.windows(20).any(|window| window == b"header.claims.signat".as_slice()));
        assert_eq!(open(&pair.refresh_token, &sealed), Err(SealError), "nor with the next token");
        assert_eq!(open(&token(1), &sealed), Err(SealError));
        assert_eq!(open(&presented, &sealed[..20]), Err(SealError));
        assert_eq!(open(&presented, b""), Err(SealError));
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(open(&presented, &changed), Err(SealError));
        }
    }
}
