//! One HTTP exchange with a vendor, within limits.

use crate::{SetUpError, VendorFault};
use identity::ports::SendError;
use reqwest::{Client, RequestBuilder, redirect};
use std::time::Duration;
use url::{Host, Url};

/// The longest answer read; a vendor's are under 2 KiB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// What a vendor answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// A client for the vendor at `base`: no redirects, no plain HTTP where `base` has TLS, `timeout` for all of
/// an exchange.
pub(crate) fn client(vendor: &'static str, base: &Url, timeout: Duration) -> Result<Client, SetUpError> {
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(redirect::Policy::none())
        .https_only(base.scheme() == "https")
        .user_agent("aarokya");
    if is_this_machine(base) {
        // The simulators: a proxy could not find them.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|source| SetUpError::Client { vendor, source })
}

/// `base` with a path added to it.
pub(crate) fn at(vendor: &'static str, base: &Url, path: &[&str]) -> Result<Url, SetUpError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| SetUpError::Address { vendor })?.pop_if_empty().extend(path);
    Ok(url)
}

/// Makes the call once. Only a failure to connect proves that nothing was sent.
pub(crate) async fn call(vendor: &'static str, request: RequestBuilder) -> Result<Answer, SendError> {
    let network = |error: reqwest::Error| {
        let nothing_sent = error.is_connect() || error.is_builder();
        let fault = VendorFault::Network { vendor, source: error.without_url() };
        if nothing_sent { fault.unavailable() } else { fault.unknown() }
    };
    let mut response = request.send().await.map_err(network)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(network)? {
        if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
            return Err(VendorFault::Malformed { vendor }.unknown());
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, body })
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_added_whatever_the_base_ends_with() {
        for base in ["https://a.example", "https://a.example/", "https://a.example/x", "https://a.example/x/"]
        {
            let url = at("v", &Url::parse(base).unwrap(), &["b", "c d.json"]).unwrap();
            let expected = format!("{}/b/c%20d.json", base.trim_end_matches('/'));
            assert_eq!(url.as_str(), expected);
        }
        assert!(at("v", &Url::parse("mailto:a@b").unwrap(), &["c"]).is_err());
    }

    #[test]
    fn proxies_are_left_out_for_this_machine_alone() {
        for (url, expected) in [
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9", true),
            ("http://localhost:9", true),
            ("https://api.twilio.com", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(is_this_machine(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
