//! The JSON Web Signature vectors of Project Wycheproof, as the crate carries them.

use super::*;
use std::collections::BTreeMap;
use wycheproof_ng_kdf_jose::json_web::{Test, TestName, TestSet};

/// Vectors that contradict the set itself: byte for byte the valid vector 357, and called invalid.
const SAME_AS_A_VALID_ONE: [usize; 2] = [367, 370];

/// Vectors that are called valid though a `?` stands in their base64url, over which nothing was signed: RFC 7515
/// leaves no such letter out, and neither do we.
const WITH_A_FOREIGN_LETTER: [usize; 2] = [372, 373];

struct Vector {
    test: Test,
    /// The group's secret, if it has one.
    secret: Option<Vec<u8>>,
}

impl Vector {
    fn text(&self) -> &str {
        self.test.jws.as_ref().and_then(serde_json::Value::as_str).unwrap()
    }
}

fn vectors() -> Vec<Vector> {
    let set = TestSet::load(TestName::JsonWebSignature).unwrap();
    let mut vectors = Vec::new();
    for group in set.test_groups {
        let key = group.private_key.or(group.public_key).unwrap();
        let secret = key["k"].as_str().map(|secret| URL_SAFE_NO_PAD.decode(secret).unwrap());
        assert_eq!(secret.is_some(), key["kty"] == "oct");
        vectors.extend(group.tests.into_iter().map(|test| Vector { test, secret: secret.clone() }));
    }
    assert_eq!(vectors.len(), set.number_of_tests);
    vectors
}

/// Whether our check of parts and signature takes it: all that stands before the token's own rules. A header is
/// compared and never read, so here it is only looked at for its encoding.
fn is_signed(token: &str, secret: &[u8]) -> bool {
    let Some([header, claims, message, signature]) = parts(token) else { return false };
    let encoded = [header, claims].into_iter().all(|part| URL_SAFE_NO_PAD.decode(part).is_ok());
    encoded && is_genuine(message, signature, &DecodingKey::from_secret(secret))
}

#[test]
fn hs256_signatures_are_told_from_forgeries() {
    let mut seen = BTreeMap::new();
    let (mut texts, mut unlike) = (BTreeMap::new(), Vec::new());
    for vector in vectors() {
        let Some(secret) = &vector.secret else { continue };
        let valid = !vector.test.result.must_fail();
        *seen.entry(valid).or_insert(0) += 1;
        texts.insert(vector.test.tc_id, vector.text().to_owned());
        if is_signed(vector.text(), secret) != valid {
            unlike.push(vector.test.tc_id);
        }
    }
    assert_eq!(seen, BTreeMap::from([(false, 30), (true, 10)]));
    assert_eq!(unlike, [SAME_AS_A_VALID_ONE, WITH_A_FOREIGN_LETTER].concat());
    for twin in SAME_AS_A_VALID_ONE {
        assert_eq!(texts[&twin], texts[&357]);
    }
    for foreign in WITH_A_FOREIGN_LETTER {
        assert_eq!(texts[&foreign].matches('?').count(), 1);
    }
}

#[test]
fn no_vector_of_any_algorithm_is_an_access_token() {
    let mut count = 0;
    for vector in vectors() {
        let secret = vector.secret.clone().unwrap_or_else(|| vec![1; 32]);
        // Whatever the vector's key is called, and although it is ours here.
        for kid in ["kid-aes-sign", "hs256-key", "018c0ae5-4d9b-471b-bfd6-eef314bc7037"] {
            let key = SigningKey { kid: kid.to_owned(), secret: SecretSlice::from(secret.clone()) };
            let Ok(tokens) = AccessTokens::new(policy(), &key, None) else { continue };
            assert!(
                tokens.verify(vector.text(), NOW).is_err(),
                "{}: {}",
                vector.test.tc_id,
                vector.test.comment
            );
            count += 1;
        }
    }
    assert!(count >= 401, "only {count} checks");
}
