//! Every attack we know of, against the check itself.

use super::*;
use crate::testing::TokenForge;
use std::collections::BTreeSet;

#[test]
fn nothing_but_a_good_token_is_believed() {
    let tokens = tokens();
    let good = tokens.issue(&claims()).unwrap();
    let forge = TokenForge::new(good.expose(), "a", &[1; 32]).unwrap();
    // The list can fail: what it changes is believed as long as it is not changed.
    let copy = forge.signed(&forge.header(), &forge.claims());
    assert_eq!(tokens.verify(&copy, NOW), Ok(claims()));
    let attacks = forge.attacks();
    let names: BTreeSet<_> = attacks.iter().map(|attack| attack.name.as_str()).collect();
    assert_eq!(names.len(), attacks.len(), "two attacks have one name");
    assert!(attacks.len() > 300, "only {} attacks", attacks.len());
    let believed: Vec<_> =
        attacks.iter().filter(|attack| tokens.verify(&attack.token, NOW).is_ok()).collect();
    assert!(believed.is_empty(), "{believed:#?}");
}

#[test]
fn half_a_minute_of_leeway_is_all_there_is() {
    let tokens = tokens();
    let good = tokens.issue(&claims()).unwrap();
    let forge = TokenForge::new(good.expose(), "a", &[1; 32]).unwrap();
    let now = NOW.unix_timestamp();
    for (claim, value, expected) in [
        ("exp", now - 30, Err(AccessTokenError::Expired)),
        ("exp", now - 29, Ok(())),
        ("iat", now + 30, Ok(())),
        ("iat", now + 31, Err(AccessTokenError::NotYetValid)),
        ("nbf", now + 30, Ok(())),
        ("nbf", now + 31, Err(AccessTokenError::NotYetValid)),
        ("nbf", i64::MAX, Err(AccessTokenError::Malformed)),
    ] {
        let mut claims: serde_json::Value = serde_json::from_str(&forge.claims()).unwrap();
        claims[claim] = value.into();
        let token = forge.signed(&forge.header(), &claims.to_string());
        assert_eq!(tokens.verify(&token, NOW).map(drop), expected, "{claim} {value}");
    }
}
