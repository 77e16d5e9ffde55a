//! Sends by Twilio Programmable Messaging.

pub mod sign;
mod wire;

pub use wire::read;

use crate::{SetUpError, exchange};
use async_trait::async_trait;
use identity::{
    SmsMessage,
    ports::{OtpSender, SendError},
};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use url::Url;

const VENDOR: &str = "twilio";

/// How to reach Twilio, and as whom.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a simulator's address.
    pub base_url: Url,
    /// Our account, `AC…`.
    pub account_sid: String,
    /// Its token.
    pub auth_token: SecretString,
    /// The number or header that messages come from, or a messaging service, `MG…`.
    pub from: String,
    /// Where Twilio tells what became of a message; nowhere if `None`.
    pub status_callback: Option<Url>,
    /// After so long undelivered a message is dropped: a code that is over helps nobody.
    pub validity: Duration,
    /// How long a call may take.
    pub timeout: Duration,
}

/// Sends by Twilio.
#[derive(Debug)]
pub struct TwilioSender {
    client: Client,
    messages: Url,
    settings: TwilioSettings,
}

impl TwilioSender {
    /// Prepares to send; nothing is called yet.
    ///
    /// # Errors
    /// When no client can be made, or the address takes no path.
    pub fn new(settings: TwilioSettings) -> Result<Self, SetUpError> {
        let path = ["2010-04-01", "Accounts", settings.account_sid.as_str(), "Messages.json"];
        Ok(Self {
            client: exchange::client(VENDOR, &settings.base_url, settings.timeout)?,
            messages: exchange::at(VENDOR, &settings.base_url, &path)?,
            settings,
        })
    }
}

#[async_trait]
impl OtpSender for TwilioSender {
    async fn send(&self, message: &SmsMessage) -> Result<(), SendError> {
        let request = self
            .client
            .post(self.messages.clone())
            .basic_auth(&self.settings.account_sid, Some(self.settings.auth_token.expose_secret()))
            .form(&wire::form(&self.settings, message));
        let answer = exchange::call(VENDOR, request).await?;
        read(answer.status, &answer.body)
    }
}
