//! How the outward adapters are made of the configuration; their time-outs are spelled out here.

use crate::config::{Config, SmsProvider, Stage, TwilioConfig, ValueFirstConfig};
use identity::ports::OtpSender;
use juspay::{JuspaySettings, WebhookCredentials};
use kernel::Env;
use sms::{
    BreakerPolicy, Choice, FallbackSender, SetUpError, TwilioSender, TwilioSettings, ValueFirstSender,
    ValueFirstSettings,
};
use std::{sync::Arc, time::Duration};

/// How long a message may take to be taken; the next provider is then asked.
const SMS_TIMEOUT: Duration = Duration::from_secs(4);

/// A code that is over helps nobody: it lives ten minutes.
const SMS_VALIDITY: Duration = Duration::from_mins(10);

/// When a provider rests.
const BREAKER: BreakerPolicy = BreakerPolicy { failures: 5, rest: Duration::from_secs(30) };

/// The senders of text messages, first choice first.
pub(super) fn sender(config: &Config, env: &Env) -> Result<Arc<dyn OtpSender>, SetUpError> {
    let choices = config.sms.providers.iter().map(|provider| choice(provider, config, env));
    let choices = choices.collect::<Result<_, _>>()?;
    Ok(Arc::new(FallbackSender::new(env.clone(), BREAKER, choices)?))
}

fn choice(provider: &SmsProvider, config: &Config, env: &Env) -> Result<Choice, SetUpError> {
    match provider {
        SmsProvider::Twilio(twilio) => {
            Ok(Choice { name: "twilio", sender: Arc::new(TwilioSender::new(twilio_settings(twilio))?) })
        }
        SmsProvider::ValueFirst(valuefirst) => {
            let settings = valuefirst_settings(valuefirst, &config.sms.sender);
            Ok(Choice { name: "valuefirst", sender: Arc::new(ValueFirstSender::new(env.clone(), settings)?) })
        }
    }
}

fn twilio_settings(config: &TwilioConfig) -> TwilioSettings {
    TwilioSettings {
        base_url: config.base_url.clone(),
        account_sid: config.account_sid.clone(),
        auth_token: config.auth_token.clone(),
        from: config.from.clone(),
        status_callback: None,
        validity: SMS_VALIDITY,
        timeout: SMS_TIMEOUT,
    }
}

fn valuefirst_settings(config: &ValueFirstConfig, header: &str) -> ValueFirstSettings {
    ValueFirstSettings {
        base_url: config.base_url.clone(),
        username: config.username.clone(),
        password: config.password.clone(),
        header: header.to_owned(),
        report_url: None,
        timeout: SMS_TIMEOUT,
    }
}
