//! The insurer's service, behind a token of an hour.

use crate::{NarayanaConfig, NarayanaFault, SetUpError, wire};
use kernel::Env;
use outbound::{Answer, Connection, Granted, PartnerFault, TokenCache, TokenLife};
use reqwest::{Client, RequestBuilder, header::HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use url::Url;

const PARTNER: &str = "narayana";

/// Tokens live for an hour, as such services' do.
const TOKEN_LIFE: TokenLife = TokenLife { most: Duration::hours(1), margin: Duration::minutes(2) };

/// The insurer.
#[derive(Debug)]
pub struct NarayanaInsurer {
    connection: Connection,
    tokens: TokenCache,
    config: NarayanaConfig,
}

impl NarayanaInsurer {
    /// Prepares to call; nothing is called yet.
    ///
    /// # Errors
    /// When no client can be made, or the address takes no path.
    pub fn new(config: NarayanaConfig, env: Env) -> Result<Self, SetUpError> {
        let connection = Connection::new(PARTNER, &config.base_url, HeaderMap::new(), config.limits, env)?;
        Ok(Self { connection, tokens: TokenCache::new(TOKEN_LIFE), config })
    }

    /// A call that only asks, under a token; once more under another if the first was turned down.
    pub(crate) async fn ask(
        &self,
        call: &'static str,
        build: impl Fn(&Client, &dyn Fn(&[&str]) -> Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, NarayanaFault> {
        let token = self.token(None).await?;
        match self.ask_with(&token, call, &build).await {
            // A token can end before its time.
            Err(PartnerFault::TurnedAway(401)) => {
                let token = self.token(Some(&token)).await?;
                understood(self.ask_with(&token, call, &build).await?)
            }
            answer => understood(answer?),
        }
    }

    /// A call that does something, under a token; made once, and once more under another token if the first was turned down,
    /// since then nothing was done.
    pub(crate) async fn act(
        &self,
        call: &'static str,
        path: &[&str],
        body: &Value,
    ) -> Result<Answer, NarayanaFault> {
        let with = |token: SecretString| {
            let fill = move |call: RequestBuilder| call.bearer_auth(token.expose_secret()).json(body);
            self.connection.act(call, path, fill)
        };
        let token = self.token(None).await?;
        match with(token.clone()).await {
            Err(PartnerFault::TurnedAway(401)) => understood(with(self.token(Some(&token)).await?).await?),
            answer => understood(answer?),
        }
    }

    /// When it is, for what an answer is read at.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.connection.env().now()
    }

    async fn ask_with(
        &self,
        token: &SecretString,
        call: &'static str,
        build: impl Fn(&Client, &dyn Fn(&[&str]) -> Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, PartnerFault> {
        self.connection.ask(call, |http, at| build(http, at).bearer_auth(token.expose_secret())).await
    }

    /// A token that was not `rejected`: the one held, or a new one.
    async fn token(&self, rejected: Option<&SecretString>) -> Result<SecretString, NarayanaFault> {
        let now = self.connection.env().now();
        let fetched = self.tokens.get(now, rejected, || async {
            let body = wire::credentials(&self.config.client_id, self.config.client_secret.expose_secret());
            let path: &[&str] = &["v1", "auth", "token"];
            let answer = self.connection.ask("token", |http, at| http.post(at(path)).json(&body)).await?;
            let (token, lives) = wire::read_token(&understood(answer)?.body)?;
            let until = lives.map(|lives| now.saturating_add(lives));
            Ok::<_, NarayanaFault>(Granted { token, until })
        });
        fetched.await
    }
}

/// The answer if it is what was asked for.
fn understood(answer: Answer) -> Result<Answer, NarayanaFault> {
    if answer.is_success() { Ok(answer) } else { Err(NarayanaFault::Refused(answer.status)) }
}
