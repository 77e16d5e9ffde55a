//! What an access token must be to be believed.

mod attacks;
mod wycheproof;

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
    assert_eq!(tokens().verify(token.expose(), end + Duration::seconds(30)), Err(AccessTokenError::Expired));
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
