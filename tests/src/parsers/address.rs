//! Headers: who calls, from where, under which key.

use super::is_discreet;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gateway::reading;
use juspay::WebhookCredentials;
use payments::IdempotencyKey;
use secrecy::SecretString;
use std::{net::IpAddr, sync::LazyLock};

const FORWARDED: &str = "x-forwarded-for";

/// Most proxies of ours that an input is looked at behind.
const PROXIES_MAX: usize = 3;

static WEBHOOKS: LazyLock<WebhookCredentials> =
    LazyLock::new(|| WebhookCredentials::new("aarokya", &SecretString::from("s3cret:with-colon")));

/// Lines of `name: value`, as they stand in a request.
pub(super) fn headers(input: &[u8]) {
    let headers: HeaderMap = input.split(|byte| *byte == b'\n').filter_map(header).collect();
    key(&headers);
    credentials(&headers);
    address(&headers);
    if let Some(id) = reading::request_id(&headers) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        assert!((1..=64).contains(&id.as_str().len()) && id.as_str().bytes().all(plain), "{id:?}");
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let value = HeaderValue::from_bytes(value.get(1..)?.trim_ascii()).ok()?;
    Some((HeaderName::from_bytes(name).ok()?, value))
}

fn key(headers: &HeaderMap) {
    let sent = headers.get_all("idempotency-key").iter().count();
    match reading::idempotency_key(headers) {
        Ok(None) => assert_eq!(sent, 0, "a key was overlooked"),
        Ok(Some(key)) => {
            assert_eq!(sent, 1, "two keys");
            assert!(
                IdempotencyKey::parse(&key).is_ok(),
                "the edge takes a key that payments do not: {key:?}"
            );
        }
        Err(error) => is_discreet(&error),
    }
}

fn credentials(headers: &HeaderMap) {
    if let Some(token) = reading::bearer(headers) {
        assert_eq!(headers.get_all(AUTHORIZATION).iter().count(), 1, "two tokens");
        assert!(!token.is_empty() && token.trim() == token, "{token:?}");
    }
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pair = authorization.and_then(|value| value.split_once(' '));
    let pair = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, pair)| pair.trim());
    let decoded = pair.and_then(|pair| STANDARD.decode(pair).ok());
    let right = decoded.as_deref() == Some(b"aarokya:s3cret:with-colon");
    assert_eq!(WEBHOOKS.admit(authorization), right, "{authorization:?}");
}

/// What stands left of the proxies we trust is anybody's, and changes nothing.
fn address(headers: &HeaderMap) {
    let peer: IpAddr = IpAddr::from([10, 0, 0, 1]);
    let hops =
        headers.get_all(FORWARDED).iter().map(|value| value.as_bytes().split(|byte| *byte == b',').count());
    let hops: usize = hops.sum();
    let mut stranger = HeaderMap::new();
    stranger.append(FORWARDED, HeaderValue::from_static("6.6.6.6, \"[::1"));
    for value in headers.get_all(FORWARDED) {
        stranger.append(FORWARDED, value.clone());
    }
    for proxies in 0..=PROXIES_MAX {
        let seen = reading::client_address(proxies, headers, Some(peer));
        assert!(seen.is_some(), "an address nobody counts");
        assert_eq!(
            seen == Some(peer),
            proxies == 0 || claims(headers, peer, seen),
            "a proxy stands for everybody"
        );
        if proxies <= hops {
            assert_eq!(reading::client_address(proxies, &stranger, Some(peer)), seen, "behind {proxies}");
        }
    }
}

/// Whether the peer's address is one that a header names: then it is what was asked for.
fn claims(headers: &HeaderMap, peer: IpAddr, seen: Option<IpAddr>) -> bool {
    let name = peer.to_string();
    seen == Some(peer)
        && headers
            .get_all(FORWARDED)
            .iter()
            .any(|value| String::from_utf8_lossy(value.as_bytes()).contains(&name))
}
