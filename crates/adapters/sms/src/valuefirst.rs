//! Sends by ValueFirst's JSON service.

mod wire;

use crate::{SetUpError, VendorFault, exchange};
use async_trait::async_trait;
use identity::{
    SmsMessage,
    ports::{OtpSender, SendError},
};
use kernel::Env;
use outbound::{TokenCache, TokenLife};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use url::Url;

pub use wire::{Verdict, read, read_token};

const VENDOR: &str = "valuefirst";

/// ValueFirst says that a token lives for seven days.
const TOKEN_LIFE: TokenLife = TokenLife { most: time::Duration::days(7), margin: time::Duration::hours(1) };

/// How to reach ValueFirst, and as whom.
#[derive(Debug, Clone)]
pub struct ValueFirstSettings {
    /// `https://api.myvfirst.com`, or a simulator's address.
    pub base_url: Url,
    /// Our user name.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// The header messages come from, six letters registered with the operators.
    pub header: String,
    /// Where ValueFirst tells what became of a message, with its placeholders; nowhere if `None`.
    pub report_url: Option<String>,
    /// How long a call may take, and how long getting a token may.
    pub timeout: Duration,
}

/// Sends by ValueFirst.
#[derive(Debug)]
pub struct ValueFirstSender {
    client: Client,
    messages: Url,
    tokens: Url,
    cache: TokenCache,
    settings: ValueFirstSettings,
    env: Env,
}

impl ValueFirstSender {
    /// Prepares to send; nothing is called yet.
    ///
    /// # Errors
    /// When no client can be made, or the address takes no path.
    pub fn new(env: Env, settings: ValueFirstSettings) -> Result<Self, SetUpError> {
        let base = &settings.base_url;
        let mut tokens = exchange::at(VENDOR, base, &["psms", "api", "messages", "token"])?;
        tokens.set_query(Some("action=generate"));
        Ok(Self {
            client: exchange::client(VENDOR, base, settings.timeout)?,
            messages: exchange::at(VENDOR, base, &["psms", "servlet", "psms.JsonEservice"])?,
            tokens,
            cache: TokenCache::new(TOKEN_LIFE),
            settings,
            env,
        })
    }

    /// A token that was not `rejected`: the one held, or a new one. Callers wait for one fetch together, but
    /// none longer than a call may take.
    async fn token(&self, rejected: Option<&SecretString>) -> Result<SecretString, SendError> {
        let fetching = self.cache.get(self.env.now(), rejected, || async {
            let password = self.settings.password.expose_secret();
            let request =
                self.client.post(self.tokens.clone()).basic_auth(&self.settings.username, Some(password));
            let answer = exchange::call(VENDOR, request).await;
            // Whatever became of the request for a token, no message was sent.
            let answer = answer.map_err(certainly_not_sent)?;
            read_token(answer.status, &answer.body).map_err(VendorFault::unavailable)
        });
        let late = |_| VendorFault::NotCalled { vendor: VENDOR, why: "gave no token in time" }.unavailable();
        tokio::time::timeout(self.settings.timeout, fetching).await.map_err(late)?
    }

    async fn send_with(&self, token: &SecretString, message: &SmsMessage) -> Result<Verdict, SendError> {
        let body = wire::submission(&self.settings, message);
        let request = self.client.post(self.messages.clone()).bearer_auth(token.expose_secret()).json(&body);
        let answer = exchange::call(VENDOR, request).await?;
        Ok(read(answer.status, &answer.body))
    }
}

#[async_trait]
impl OtpSender for ValueFirstSender {
    async fn send(&self, message: &SmsMessage) -> Result<(), SendError> {
        if message.values().iter().any(|value| value.contains(wire::SEPARATOR)) {
            return Err(
                VendorFault::NotCalled { vendor: VENDOR, why: "cannot carry such a value" }.unavailable()
            );
        }
        let token = self.token(None).await?;
        let verdict = match self.send_with(&token, message).await? {
            // A token can end before its time: turned down for it, the message was not looked at.
            Verdict::TokenRejected(_) => {
                let token = self.token(Some(&token)).await?;
                self.send_with(&token, message).await?
            }
            other => other,
        };
        match verdict {
            Verdict::Taken => Ok(()),
            Verdict::Refused(code) => Err(SendError::Refused { reason: format!("{VENDOR} {code}") }),
            Verdict::TokenRejected(fault) | Verdict::NotSent(fault) => Err(fault.unavailable()),
            Verdict::Unknown(fault) => Err(fault.unknown()),
        }
    }
}

fn certainly_not_sent(error: SendError) -> SendError {
    match error {
        SendError::Unknown(cause) => SendError::Unavailable(cause),
        other @ (SendError::Unavailable(_) | SendError::Refused { .. }) => other,
    }
}
