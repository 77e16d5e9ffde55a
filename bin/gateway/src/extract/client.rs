//! Where the request came from.

use crate::{app::App, middleware::RequestId};
use aide::OperationInput;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, request::Parts},
};
use identity::Origin;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

/// The sender's address and the request's id, as budgets and the audit log need them.
pub struct Client(pub Origin);

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let ip = address_of(&parts.headers, &parts.extensions, app);
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned());
        Ok(Self(Origin { ip, request_id }))
    }
}

/// Whom a request counts against that comes through proxies of ours without telling from where: all of them one. The
/// proxy's own address would stand for everybody.
const UNKNOWN: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// The address of whoever sent the request, seen past our own proxies.
pub(crate) fn address_of(headers: &HeaderMap, extensions: &Extensions, app: &App) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    seen_past(app.settings.trusted_proxies, headers, peer)
}

/// The address seen past so many proxies of ours; without any, the peer's own.
pub(crate) fn seen_past(proxies: usize, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    match proxies.checked_sub(1) {
        None => peer,
        Some(skipped) => Some(forwarded(headers, skipped).unwrap_or(UNKNOWN)),
    }
}

/// The entry of `X-Forwarded-For` that the outermost proxy of ours wrote: what stands left of it, anybody may have
/// written, in any bytes.
fn forwarded(headers: &HeaderMap, skipped: usize) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter().rev();
    let mut hops = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    hops.nth(skipped).and_then(address)
}

/// An address, with a port or without: proxies write both.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

impl OperationInput for Client {}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let values = values.iter().map(|value| HeaderValue::from_bytes(value).unwrap());
        values.map(|value| ("x-forwarded-for".parse().unwrap(), value)).collect()
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn only_the_hops_we_trust_are_believed() {
        let headers = headers(&[b"6.6.6.6, 203.0.113.7", b"10.0.0.1"]);
        assert_eq!(forwarded(&headers, 0), ip("10.0.0.1"));
        assert_eq!(forwarded(&headers, 1), ip("203.0.113.7"));
        assert_eq!(forwarded(&headers, 9), None);
    }

    #[test]
    fn what_strangers_write_left_of_it_changes_nothing() {
        for written in [b"\xff\xfe".as_slice(), b"\xc3\x28, [", b",,,", b"", b"x".repeat(4_096).as_slice()] {
            let mixed = [written, b", 203.0.113.7"].concat();
            for values in [&[mixed.as_slice()][..], &[written, b"203.0.113.7"]] {
                assert_eq!(seen_past(1, &headers(values), ip("10.0.0.1")), ip("203.0.113.7"));
            }
        }
    }

    #[test]
    fn an_address_may_have_a_port() {
        for (written, read) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7:41000 ", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:41000", "2001:db8::1"),
        ] {
            assert_eq!(seen_past(1, &headers(&[written.as_bytes()]), None), ip(read), "{written}");
        }
    }

    #[test]
    fn a_proxy_is_never_taken_for_whom_it_forwards() {
        let unusable =
            [b"unknown".as_slice(), b"", b"203.0.113.7, ", b"203.0.113.7:x", b"\xff", b"[::1", b"1.2.3"];
        for written in unusable {
            assert_eq!(seen_past(1, &headers(&[written]), ip("10.0.0.1")), Some(UNKNOWN));
        }
        assert_eq!(seen_past(1, &HeaderMap::new(), ip("10.0.0.1")), Some(UNKNOWN));
        assert_eq!(seen_past(2, &headers(&[b"203.0.113.7"]), ip("10.0.0.1")), Some(UNKNOWN));
        assert_eq!(seen_past(0, &headers(&[b"203.0.113.7"]), ip("10.0.0.1")), ip("10.0.0.1"));
    }
}
