//! How often a caller has called, counted for all instances, and the headers that tell of it.

use crate::{app::App, error::Error, extract::address_of, policy::RateLimit};
use axum::{extract::Request, http::HeaderValue, response::Response};
use identity::{AccessClaims, Headroom, Network};
use postgres::rate_limit::Window;
use time::OffsetDateTime;

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";

/// A request that was counted against its caller's window.
pub(super) struct Counted {
    limit: RateLimit,
    window: Window,
}

/// How many times what one network may ask an IPv6 site may ask: it may be 65,536 networks in one hand, or as many
/// handsets, of which a mobile carrier gives each a network of its own.
const SITE: u32 = 10;

/// Against whom a request counts, the narrowest first, and how many times the limit that may ask: the person if signed
/// in, else the network and what it is part of.
pub(super) fn callers(app: &App, request: &Request) -> Vec<(String, u32)> {
    if let Some(claims) = request.extensions().get::<AccessClaims>() {
        return vec![(claims.user_id.to_string(), 1)];
    }
    let address = address_of(request.headers(), request.extensions(), app);
    let network = address.filter(|_| app.settings.budgets_by_address).map(Network::of);
    let site = network.and_then(Network::site).map(|site| (site.text(), SITE));
    network.map(|network| (network.text(), 1)).into_iter().chain(site).collect()
}

/// Counts one more request of a caller.
///
/// # Errors
/// When the counter cannot be reached: without its limit the route would be open to guessing.
pub(super) async fn count(
    app: &App,
    limit: RateLimit,
    (caller, times): &(String, u32),
) -> Result<Counted, Error> {
    let limit = RateLimit { requests: limit.requests.saturating_mul(*times), ..limit };
    let name = format!("{}:{caller}", limit.name);
    let window = app.postgres.count(&name, limit.requests, limit.window, app.env.now()).await?;
    Ok(Counted { limit, window })
}

impl Counted {
    /// Whether the window is used up.
    pub(super) fn is_over(&self) -> bool {
        self.window.used > self.limit.requests
    }

    /// What a caller is told whose window is used up.
    pub(super) fn refusal(&self, now: OffsetDateTime) -> Error {
        let wait = (self.window.ends_at - now).whole_seconds().saturating_add(1).max(1);
        Error::new(kernel::catalogue::RATE_LIMIT_EXCEEDED).with("retry_after", wait)
    }

    /// Where the caller stands.
    pub(super) fn headroom(&self) -> Headroom {
        let remaining = self.limit.requests.saturating_sub(self.window.used);
        Headroom { limit: self.limit.requests, remaining, resets_at: self.window.ends_at }
    }
}

/// Tells the caller where they stand with a limit; of two, the one that leaves less.
pub(crate) fn tell(response: &mut Response, headroom: Headroom) {
    let told = response.headers().get(REMAINING).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    if told.is_some_and(|told| told <= headroom.remaining) {
        return;
    }
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(headroom.limit));
    headers.insert(REMAINING, HeaderValue::from(headroom.remaining));
    headers.insert(RESET, HeaderValue::from(headroom.resets_at.unix_timestamp()));
}
