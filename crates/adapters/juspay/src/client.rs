//! Juspay's services: who we are there, and whose calls belong together.

use crate::{JuspayFault, Limits, SetUpError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Env, UserId};
pub(crate) use outbound::Answer;
use reqwest::{
    Client, RequestBuilder,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

const PARTNER: &str = "juspay";

/// The shape of answers we read; Juspay keeps old shapes for those who name one.
const VERSION: &str = "2024-02-01";

/// Who we are at Juspay.
pub(crate) struct Account<'a> {
    pub(crate) base_url: &'a Url,
    pub(crate) api_key: &'a SecretString,
    pub(crate) merchant_id: &'a str,
}

/// A connection to one of Juspay's services.
pub(crate) struct Connection(outbound::Connection);

impl Connection {
    pub(crate) fn new(account: &Account<'_>, limits: Limits, env: Env) -> Result<Self, SetUpError> {
        outbound::Connection::new(PARTNER, account.base_url, headers(account)?, limits, env).map(Self)
    }

    /// A call that does something, made once.
    pub(crate) async fn act(
        &self,
        call: &'static str,
        path: &[&str],
        customer: UserId,
        fill: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, JuspayFault> {
        Ok(self.0.act(call, path, |request| fill(routed(request, customer))).await?)
    }

    /// A call that only asks, made once more after a short pause if it failed quickly.
    pub(crate) async fn ask(
        &self,
        call: &'static str,
        customer: UserId,
        build: impl Fn(&Client, &dyn Fn(&[&str]) -> Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, JuspayFault> {
        Ok(self.0.ask(call, |http, at| routed(build(http, at), customer)).await?)
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
    let header = |what, text: &str| {
        HeaderValue::from_str(text).map_err(|_| SetUpError::Header { partner: PARTNER, what })
    };
    let mut authorization = header("API key", &format!("Basic {credentials}"))?;
    authorization.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization);
    headers.insert("x-merchantid", header("merchant id", account.merchant_id)?);
    headers.insert("version", HeaderValue::from_static(VERSION));
    Ok(headers)
}
