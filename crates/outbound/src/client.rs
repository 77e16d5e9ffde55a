//! The HTTP client of a partner, with the limits that hold for all of them.

use crate::address::is_this_machine;
use reqwest::{Client, ClientBuilder, redirect};
use std::time::Duration;
use url::Url;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Begins a client for the partner at `base`: no redirects, no plain HTTP where `base` has TLS. How long a call may
/// take is the caller's to add.
pub fn client_for(base: &Url) -> ClientBuilder {
    let builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(redirect::Policy::none())
        .https_only(base.scheme() == "https")
        .user_agent("aarokya");
    // The simulators: a proxy could not find them.
    if is_this_machine(base) { builder.no_proxy() } else { builder }
}
