//! A partner's service as an adapter calls it: within limits, through a breaker, told to the log.

use crate::{Answer, Breaker, BreakerPolicy, PartnerFault, SetUpError, client_for, exchange, join};
use kernel::Env;
use reqwest::{Client, RequestBuilder, header::HeaderMap};
use std::time::Duration;
use url::Url;

/// The longest answer read.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// How long calls may take and how failures are treated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a call that does something.
    pub call_timeout: Duration,
    /// For a call that only asks, each try: readers wait for it.
    pub status_timeout: Duration,
    /// The longest random pause before a call that only asks is tried once more.
    pub retry_pause_max: Duration,
    /// When the partner is left alone.
    pub breaker: BreakerPolicy,
}

/// A connection to one of a partner's services, with a breaker of its own.
pub struct Connection {
    partner: &'static str,
    http: Client,
    base_url: Url,
    limits: Limits,
    breaker: Breaker,
    env: Env,
}

impl Connection {
    /// Prepares to call `partner` at `base_url`, with `headers` on every call; nothing is called yet.
    ///
    /// # Errors
    /// When the address takes no path, or no client can be made.
    pub fn new(
        partner: &'static str,
        base_url: &Url,
        headers: HeaderMap,
        limits: Limits,
        env: Env,
    ) -> Result<Self, SetUpError> {
        if base_url.cannot_be_a_base() {
            return Err(SetUpError::Address { partner });
        }
        let http = client_for(base_url).default_headers(headers).build();
        let http = http.map_err(|source| SetUpError::Client { partner, source })?;
        let breaker = Breaker::new(limits.breaker);
        Ok(Self { partner, http, base_url: base_url.clone(), limits, breaker, env })
    }

    /// A call that does something, made once; `call` names it in the log.
    ///
    /// # Errors
    /// When there is no answer that says what became of it.
    pub async fn act(
        &self,
        call: &'static str,
        path: &[&str],
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Answer, PartnerFault> {
        let request = self.http.post(self.at(path)).timeout(self.limits.call_timeout);
        self.exchange(call, fill(request)).await
    }

    /// A call that only asks, made once more after a short pause if it failed quickly.
    ///
    /// # Errors
    /// When there is no answer that says something.
    pub async fn ask(
        &self,
        call: &'static str,
        build: impl Fn(&Client, &dyn Fn(&[&str]) -> Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, PartnerFault> {
        let at = |path: &[&str]| self.at(path);
        let request = || build(&self.http, &at).timeout(self.limits.status_timeout);
        match self.exchange(call, request()).await {
            Err(fault) if fault.is_worth_another_try() => {
                self.pause().await;
                self.exchange(call, request()).await
            }
            answer => answer,
        }
    }

    /// The time by which everything about this partner is reckoned.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    async fn exchange(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, PartnerFault> {
        if !self.breaker.admits(self.env.now()) {
            return Err(PartnerFault::Resting);
        }
        let partner = self.partner;
        let outcome = carry_out(partner, call, request).await;
        match &outcome {
            Err(fault) if fault.is_failure() => {
                if self.breaker.note_failure(self.env.now()) {
                    tracing::error!(partner, call, "kept failing: left alone for a while");
                }
            }
            Ok(_) | Err(_) => self.breaker.note_answer(),
        }
        if let Err(fault) = &outcome {
            tracing::warn!(partner, call, error = fault as &dyn std::error::Error, "call failed");
        }
        outcome
    }

    /// A random part of the longest pause, so that callers do not come back all at once.
    async fn pause(&self) {
        let longest = u32::try_from(self.limits.retry_pause_max.as_millis()).unwrap_or(u32::MAX);
        let pause = Duration::from_millis(self.env.below(longest.max(1)).into());
        #[expect(clippy::disallowed_methods, reason = "a pause between two tries has no event to wait for")]
        tokio::time::sleep(pause).await;
    }

    fn at(&self, path: &[&str]) -> Url {
        // A base that takes no path was refused when this was built.
        join(&self.base_url, path).unwrap_or_else(|| self.base_url.clone())
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("partner", &self.partner).finish_non_exhaustive()
    }
}

async fn carry_out(
    partner: &'static str,
    call: &'static str,
    request: RequestBuilder,
) -> Result<Answer, PartnerFault> {
    let answer = exchange(request, ANSWER_BYTES_MAX).await?;
    let status = answer.status;
    let response_id = answer.headers.get("x-response-id").and_then(|id| id.to_str().ok());
    tracing::info!(partner, call, status, response_id, "answered");
    match status {
        200..=299 | 400 | 404 | 409 | 422 => Ok(answer),
        401 | 403 | 429 => Err(PartnerFault::TurnedAway(status)),
        _ => Err(PartnerFault::Failed(status)),
    }
}
