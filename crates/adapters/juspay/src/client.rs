//! One HTTP exchange with Juspay, within limits.

use crate::{JuspayFault, Limits, SetUpError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Env, UserId};
pub(crate) use outbound::Answer;
use outbound::Breaker;
use reqwest::{
    Client, RequestBuilder,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use url::Url;

/// The shape of answers we read; Juspay keeps old shapes for those who name one.
const VERSION: &str = "2024-02-01";

/// The longest answer read; an order with 25 attempts and its refunds is far below.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// Who we are at Juspay.
pub(crate) struct Account<'a> {
    pub(crate) base_url: &'a Url,
    pub(crate) api_key: &'a SecretString,
    pub(crate) merchant_id: &'a str,
}

/// A connection to one of Juspay's services, with a breaker of its own.
pub(crate) struct Connection {
    http: Client,
    base_url: Url,
    limits: Limits,
    breaker: Breaker,
    env: Env,
}

impl Connection {
    pub(crate) fn new(account: &Account<'_>, limits: Limits, env: Env) -> Result<Self, SetUpError> {
        let base_url = account.base_url;
        if base_url.cannot_be_a_base() {
            return Err(SetUpError::Address);
        }
        let http = outbound::client_for(base_url).default_headers(headers(account)?).build();
        let http = http.map_err(SetUpError::Client)?;
        let breaker = Breaker::new(limits.breaker);
        Ok(Self { http, base_url: base_url.clone(), limits, breaker, env })
    }

    /// A call that does something, made once.
    pub(crate) async fn act(
        &self,
        call: &'static str,
        path: &[&str],
        customer: UserId,
        fill: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, JuspayFault> {
        let request = self.http.post(self.at(path)).timeout(self.limits.call_timeout);
        self.exchange(call, fill(routed(request, customer))).await
    }

    /// A call that only asks, made once more after a short pause if it failed quickly.
    pub(crate) async fn ask(
        &self,
        call: &'static str,
        customer: UserId,
        build: impl Fn(&Client, &dyn Fn(&[&str]) -> Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, JuspayFault> {
        let request = || {
            let request = build(&self.http, &|path: &[&str]| self.at(path));
            routed(request, customer).timeout(self.limits.status_timeout)
        };
        match self.exchange(call, request()).await {
            Err(fault) if fault.is_worth_another_try() => {
                self.pause().await;
                self.exchange(call, request()).await
            }
            answer => answer,
        }
    }

    async fn exchange(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, JuspayFault> {
        if !self.breaker.admits(self.env.now()) {
            return Err(JuspayFault::Resting);
        }
        let outcome = carry_out(call, request).await;
        match &outcome {
            Err(fault) if fault.is_failure() => {
                if self.breaker.note_failure(self.env.now()) {
                    tracing::error!(partner = "juspay", call, "kept failing: left alone for a while");
                }
            }
            Ok(_) | Err(_) => self.breaker.note_answer(),
        }
        if let Err(fault) = &outcome {
            tracing::warn!(partner = "juspay", call, error = fault as &dyn std::error::Error, "call failed");
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
        outbound::join(&self.base_url, path).unwrap_or_else(|| self.base_url.clone())
    }
}

/// Names the customer on every call about them: Juspay warns that related calls break otherwise.
fn routed(request: RequestBuilder, customer: UserId) -> RequestBuilder {
    request.header("x-routing-id", customer_id(customer))
}

/// A person's id as Juspay knows it: stable, and longer than the eight characters it asks for.
pub(crate) fn customer_id(user_id: UserId) -> String {
    user_id.uuid().simple().to_string()
}

fn headers(account: &Account<'_>) -> Result<HeaderMap, SetUpError> {
    let credentials = STANDARD.encode(format!("{}:", account.api_key.expose_secret()));
    let header = |name, text: &str| HeaderValue::from_str(text).map_err(|_| SetUpError::Header(name));
    let mut authorization = header("API key", &format!("Basic {credentials}"))?;
    authorization.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization);
    headers.insert("x-merchantid", header("merchant id", account.merchant_id)?);
    headers.insert("version", HeaderValue::from_static(VERSION));
    Ok(headers)
}

async fn carry_out(call: &'static str, request: RequestBuilder) -> Result<Answer, JuspayFault> {
    let answer = outbound::exchange(request, ANSWER_BYTES_MAX).await?;
    let status = answer.status;
    let response_id = answer.headers.get("x-response-id").and_then(|id| id.to_str().ok());
    tracing::info!(partner = "juspay", call, status, response_id, "answered");
    match status {
        200 | 400 | 404 | 409 | 422 => Ok(answer),
        401 | 403 | 429 => Err(JuspayFault::TurnedAway(status)),
        _ => Err(JuspayFault::Failed(status)),
    }
}
