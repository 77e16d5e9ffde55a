//! How the outward adapters are made of the configuration; their time-outs are spelled out here.

use crate::config::{Config, SmsProvider, TwilioConfig, ValueFirstConfig};
use identity::ports::OtpSender;
use juspay::{JuspayConfig, JuspayPaymentGateway, JuspayWalletIssuer, Limits, PpiConfig};
use kernel::Env;
use narayana::{NarayanaConfig, NarayanaInsurer};
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
const BREAKER: BreakerPolicy = BreakerPolicy { failures: 5, rest: time::Duration::seconds(30) };

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

/// The payment partner: one account for payments and wallets.
pub(super) struct Juspay {
    pub(super) payments: JuspayPaymentGateway,
    pub(super) wallets: JuspayWalletIssuer,
}

/// How long Juspay may take. A session or a refund is worth waiting for; a reader waits for a status.
const JUSPAY_LIMITS: Limits = Limits {
    call_timeout: Duration::from_secs(12),
    status_timeout: Duration::from_secs(5),
    retry_pause_max: Duration::from_millis(200),
    breaker: juspay::BreakerPolicy { failures: 5, rest: time::Duration::seconds(30) },
};

/// Juspay, for payments and for the wallets behind it.
pub(super) fn juspay(config: &Config, env: &Env) -> Result<Juspay, juspay::SetUpError> {
    let juspay = &config.juspay;
    let payments = JuspayConfig {
        base_url: juspay.base_url.clone(),
        api_key: juspay.api_key.clone(),
        merchant_id: juspay.merchant_id.clone(),
        payment_page_client_id: juspay.client_id.clone(),
        return_url: juspay.return_url.clone(),
        fallback_email: juspay.fallback_email.clone(),
        limits: JUSPAY_LIMITS,
    };
    let wallets = PpiConfig {
        base_url: juspay.base_url.clone(),
        api_key: juspay.api_key.clone(),
        merchant_id: juspay.merchant_id.clone(),
        program_id: juspay.ppi_program_id.clone(),
        limits: JUSPAY_LIMITS,
    };
    Ok(Juspay {
        payments: JuspayPaymentGateway::new(payments, env.clone())?,
        wallets: JuspayWalletIssuer::new(&wallets, env.clone())?,
    })
}

/// How long the insurer may take: nobody waits for its plans.
const NARAYANA_LIMITS: Limits = Limits {
    call_timeout: Duration::from_secs(20),
    status_timeout: Duration::from_secs(10),
    retry_pause_max: Duration::from_millis(500),
    breaker: narayana::BreakerPolicy { failures: 5, rest: time::Duration::seconds(30) },
};

/// The insurer.
pub(super) fn narayana(config: &Config, env: &Env) -> Result<NarayanaInsurer, narayana::SetUpError> {
    let narayana = &config.narayana;
    let config = NarayanaConfig {
        base_url: narayana.base_url.clone(),
        client_id: narayana.client_id.clone(),
        client_secret: narayana.client_secret.clone(),
        limits: NARAYANA_LIMITS,
    };
    NarayanaInsurer::new(config, env.clone())
}
