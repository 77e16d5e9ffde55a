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
    net::{IpAddr, SocketAddr},
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

/// The address of whoever sent the request, seen past our own proxies.
pub(crate) fn address_of(headers: &HeaderMap, extensions: &Extensions, app: &App) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    match app.settings.trusted_proxies.checked_sub(1) {
        None => peer,
        Some(skipped) => forwarded(headers, skipped).or(peer),
    }
}

/// The entry of `X-Forwarded-For` that the outermost proxy of ours wrote: what stands left of it, anybody may
/// have written.
fn forwarded(headers: &HeaderMap, skipped: usize) -> Option<IpAddr> {
    let all = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = all.flat_map(|value| value.split(',')).map(str::trim).collect();
    hops.iter().rev().nth(skipped)?.parse().ok()
}

impl OperationInput for Client {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hops_we_trust_are_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 203.0.113.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.1".parse().unwrap());
        assert_eq!(forwarded(&headers, 0), "10.0.0.1".parse().ok());
        assert_eq!(forwarded(&headers, 1), "203.0.113.7".parse().ok());
        assert_eq!(forwarded(&headers, 9), None);
    }
}
