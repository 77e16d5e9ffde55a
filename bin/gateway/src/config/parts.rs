//! The parts of the configuration that hold secrets and partners.

use super::{Reader, Stage};
use identity::{OtpTemplate, SpendCap, Template};
use kernel::Paise;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use std::{collections::BTreeMap, str::FromStr};
use url::Url;

/// Keys and peppers.
#[derive(Debug)]
pub struct SecretKeys {
    /// Keys of access tokens, by key id.
    pub jwt: Vec<(String, SecretSlice<u8>)>,
    /// Peppers of one-time codes.
    pub otp_peppers: Numbered<u16>,
    /// Peppers of PINs.
    pub pin_peppers: Numbered<u16>,
    /// Master keys of personal columns.
    pub masters: Numbered<i16>,
    /// The key of the look-up hashes.
    pub index: SecretSlice<u8>,
    /// The key under which devices are remembered.
    pub device: SecretSlice<u8>,
    /// Keys that seal the audit log's checkpoints.
    pub audit: Numbered<i16>,
}

/// Keys of one kind by number. What any of them wrote can be read; only one writes.
#[derive(Debug)]
pub struct Numbered<N> {
    /// All of them.
    pub known: BTreeMap<N, SecretSlice<u8>>,
    /// The one that writes: the highest that is not marked as known only. So every instance can be told of a key
    /// before the first uses it.
    pub in_use: N,
}

const KEY_BYTES: usize = 32;

/// The registered text, as long as nothing else is configured.
pub(crate) const OTP_TEMPLATE: &str =
    "{#var#} is your Aarokya code. Do not share it.\n{#var#}\n\n@aarokya.example #{#var#}";

/// The registered text for somebody whose session was ended, as long as nothing else is configured.
pub(crate) const REUSE_TEMPLATE: &str = "Aarokya signed one of your devices out, since its sign-in was used a second \
    time. If that was not you, sign in and end your other devices.";

/// The hash of the Android app's package and certificate.
const ANDROID_APP_HASH: &str = "FA+9qCX9VSu";

impl SecretKeys {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let jwt = reader.keys("AAROKYA_JWT_KEYS", KEY_BYTES);
        let masters: Numbered<i16> = numbered(reader, "AAROKYA_MASTER_KEYS");
        if masters.known.values().any(|key| key.expose_secret().len() != KEY_BYTES) {
            reader.fault("AAROKYA_MASTER_KEYS: each key must be exactly 32 bytes");
        }
        if jwt.len() > 2 {
            reader.fault("AAROKYA_JWT_KEYS: at most two keys, the one that signs and the one that retires");
        }
        let index = reader.key("AAROKYA_INDEX_KEY", KEY_BYTES);
        let device = reader.key("AAROKYA_DEVICE_KEY", KEY_BYTES);
        let audit = numbered(reader, "AAROKYA_AUDIT_KEYS");
        Self {
            jwt,
            otp_peppers: numbered(reader, "AAROKYA_OTP_PEPPERS"),
            pin_peppers: numbered(reader, "AAROKYA_PIN_PEPPERS"),
            masters,
            index,
            device,
            audit,
        }
    }

    /// Whether a key is one byte over and over, as people write when they try things out.
    pub(super) fn look_made_up(&self) -> bool {
        let jwt = self.jwt.iter().map(|(_, key)| key);
        let peppers = self.otp_peppers.known.values().chain(self.pin_peppers.known.values());
        let numbered = self.masters.known.values().chain(self.audit.known.values());
        let others = numbered.chain([&self.index, &self.device]);
        jwt.chain(peppers).chain(others).any(|key| {
            let bytes = key.expose_secret();
            bytes.first().is_some_and(|first| bytes.iter().all(|byte| byte == first))
        })
    }
}

/// Keys as `number:base64`, or `+number:base64` if a key is known only.
fn numbered<N: FromStr + Ord + Copy + Default>(reader: &mut Reader, name: &str) -> Numbered<N> {
    let (mut known, mut usable) = (BTreeMap::new(), Vec::new());
    for (id, key) in reader.keys(name, KEY_BYTES) {
        let digits = id.strip_prefix('+');
        // A number reads with a sign of its own, which is no mark of ours.
        let Some(number) = digits.unwrap_or(&id).parse().ok().filter(|_| !id.starts_with("++")) else {
            // Not shown: a key may stand there, written the wrong way round.
            reader.fault(format!("{name}: each id must be a number, or one with a + in front"));
            continue;
        };
        if known.insert(number, key).is_some() {
            reader.fault(format!("{name}: the number of {id} stands twice"));
        }
        if digits.is_none() {
            usable.push(number);
        }
    }
    if usable.is_empty() && !known.is_empty() {
        reader.fault(format!("{name}: at least one key must stand without a +, to be in use"));
    }
    Numbered { known, in_use: usable.into_iter().max().unwrap_or_default() }
}

/// The payment partner.
#[derive(Debug, Clone)]
pub struct JuspayConfig {
    /// Address of the API.
    pub base_url: Url,
    /// Our merchant id.
    pub merchant_id: String,
    /// Our API key.
    pub api_key: SecretString,
    /// Our payment page's client id.
    pub client_id: String,
    /// Where the payer is sent back to.
    pub return_url: Url,
    /// Key of the return URL's signature.
    pub response_key: SecretSlice<u8>,
    /// E-mail address given for a payer who has none, since Juspay asks for one.
    pub fallback_email: String,
    /// User name of the webhooks.
    pub webhook_username: String,
    /// Password of the webhooks.
    pub webhook_password: SecretString,
    /// Programme of the prepaid wallets.
    pub ppi_program_id: String,
}

impl JuspayConfig {
    pub(super) fn read(reader: &mut Reader, stage: Stage) -> Self {
        Self {
            base_url: address(reader, "JUSPAY_BASE_URL", stage),
            merchant_id: reader.required("JUSPAY_MERCHANT_ID"),
            api_key: reader.secret("JUSPAY_API_KEY"),
            client_id: reader.required("JUSPAY_CLIENT_ID"),
            return_url: address(reader, "JUSPAY_RETURN_URL", stage),
            response_key: SecretSlice::from(reader.required("JUSPAY_RESPONSE_KEY").into_bytes()),
            fallback_email: reader.required("JUSPAY_FALLBACK_EMAIL"),
            webhook_username: reader.required("JUSPAY_WEBHOOK_USERNAME"),
            webhook_password: reader.secret("JUSPAY_WEBHOOK_PASSWORD"),
            ppi_program_id: reader.required("JUSPAY_PPI_PROGRAM_ID"),
        }
    }
}

/// Text messages.
#[derive(Debug, Clone)]
pub struct SmsConfig {
    /// Providers, first choice first; at least one.
    pub providers: Vec<SmsProvider>,
    /// The registered header.
    pub sender: String,
    /// The registered template of one-time codes.
    pub otp_template: OtpTemplate,
    /// The registered text that tells of a session ended for a token that came back.
    pub reuse_template: Template,
    /// The most that one-time codes may cost.
    pub spend: SpendCap,
}

/// One provider, with what it needs.
#[derive(Debug, Clone)]
pub enum SmsProvider {
    /// Twilio Programmable Messaging.
    Twilio(TwilioConfig),
    /// ValueFirst.
    ValueFirst(ValueFirstConfig),
}

/// What Twilio needs.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// Address of the API.
    pub base_url: Url,
    /// Our account.
    pub account_sid: String,
    /// Its token.
    pub auth_token: SecretString,
    /// The number or header messages come from.
    pub from: String,
}

/// What ValueFirst needs.
#[derive(Debug, Clone)]
pub struct ValueFirstConfig {
    /// Address of the API.
    pub base_url: Url,
    /// Our user name.
    pub username: String,
    /// Its password.
    pub password: SecretString,
}

impl SmsConfig {
    pub(super) fn read(reader: &mut Reader, stage: Stage) -> Self {
        let listed = reader.text("SMS_PROVIDERS").unwrap_or_else(|| "twilio,valuefirst".to_owned());
        let mut providers = Vec::new();
        for name in listed.split(',').map(str::trim) {
            match name {
                "twilio" => providers.push(SmsProvider::Twilio(TwilioConfig::read(reader, stage))),
                "valuefirst" => {
                    providers.push(SmsProvider::ValueFirst(ValueFirstConfig::read(reader, stage)));
                }
                _ => reader.fault("SMS_PROVIDERS must list `twilio` and `valuefirst`, one or both"),
            }
        }
        Self {
            providers,
            sender: reader.required("SMS_SENDER"),
            otp_template: otp_template(reader),
            reuse_template: reuse_template(reader),
            spend: spend(reader),
        }
    }
}

/// What messages may cost; a fifth of the day's money is kept for devices that have signed in before.
fn spend(reader: &mut Reader) -> SpendCap {
    let per_message = reader.within("SMS_PRICE_PAISE", 20_i64, 1..=10_000);
    let per_day = reader.within("SMS_DAILY_BUDGET_PAISE", 400_000_i64, 1..=1_000_000_000);
    SpendCap {
        per_message: Paise::new(per_message),
        per_day: Paise::new(per_day),
        kept_for_known_devices: Paise::new(per_day.checked_div(5).unwrap_or_default()),
    }
}

/// The template of one-time codes; line breaks may be written `\\n`, as some environments need.
fn otp_template(reader: &mut Reader) -> OtpTemplate {
    let id = reader.required("SMS_OTP_TEMPLATE_ID");
    let text = reader.text("SMS_OTP_TEMPLATE").unwrap_or_else(|| OTP_TEMPLATE.to_owned());
    let app_hash = reader.text("SMS_ANDROID_APP_HASH").unwrap_or_else(|| ANDROID_APP_HASH.to_owned());
    let template = Template::parse(&id, &text.replace("\\n", "\n"))
        .and_then(|template| OtpTemplate::parse(template, &app_hash));
    template.unwrap_or_else(|error| {
        if !id.is_empty() {
            reader.fault(format!("SMS_OTP_TEMPLATE cannot be used: {error}"));
        }
        unused_template()
    })
}

/// The text for somebody whose session was ended; it has no slot, since it says nothing of the person.
fn reuse_template(reader: &mut Reader) -> Template {
    let id = reader.required("SMS_REUSE_TEMPLATE_ID");
    let text = reader.text("SMS_REUSE_TEMPLATE").unwrap_or_else(|| REUSE_TEMPLATE.to_owned());
    match Template::parse(&id, &text.replace("\\n", "\n")) {
        Ok(template) if template.slots() == 0 => return template,
        Ok(_) => reader.fault("SMS_REUSE_TEMPLATE cannot be used: it must have no {#var#}"),
        Err(_) if id.is_empty() => {}
        Err(error) => reader.fault(format!("SMS_REUSE_TEMPLATE cannot be used: {error}")),
    }
    #[expect(clippy::expect_used, reason = "a constant that is a template")]
    Template::parse("0", REUSE_TEMPLATE).expect("a constant that is a template")
}

/// Stands in for a template that was refused: the configuration it is part of is never used.
fn unused_template() -> OtpTemplate {
    #[expect(clippy::expect_used, reason = "a constant that is a template")]
    Template::parse("0", OTP_TEMPLATE)
        .and_then(|template| OtpTemplate::parse(template, ANDROID_APP_HASH))
        .expect("a constant that is a template")
}

impl TwilioConfig {
    fn read(reader: &mut Reader, stage: Stage) -> Self {
        Self {
            base_url: address_or(reader, "TWILIO_BASE_URL", "https://api.twilio.com", stage),
            account_sid: reader.required("TWILIO_ACCOUNT_SID"),
            auth_token: reader.secret("TWILIO_AUTH_TOKEN"),
            from: reader.required("TWILIO_FROM"),
        }
    }
}

impl ValueFirstConfig {
    fn read(reader: &mut Reader, stage: Stage) -> Self {
        Self {
            base_url: address_or(reader, "VALUEFIRST_BASE_URL", "https://api.myvfirst.com", stage),
            username: reader.required("VALUEFIRST_USERNAME"),
            password: reader.secret("VALUEFIRST_PASSWORD"),
        }
    }
}

/// The insurer.
#[derive(Debug, Clone)]
pub struct NarayanaConfig {
    /// Address of its API.
    pub base_url: Url,
    /// Who we are there.
    pub client_id: String,
    /// The secret that proves it.
    pub client_secret: SecretString,
}

impl NarayanaConfig {
    pub(super) fn read(reader: &mut Reader, stage: Stage) -> Self {
        Self {
            base_url: address(reader, "NARAYANA_BASE_URL", stage),
            client_id: reader.required("NARAYANA_CLIENT_ID"),
            client_secret: reader.secret("NARAYANA_CLIENT_SECRET"),
        }
    }
}

fn address(reader: &mut Reader, name: &str, stage: Stage) -> Url {
    let text = reader.required(name);
    check_address(reader, name, &text, stage)
}

fn address_or(reader: &mut Reader, name: &str, default: &str, stage: Stage) -> Url {
    let text = reader.text(name).unwrap_or_else(|| default.to_owned());
    check_address(reader, name, &text, stage)
}

/// A partner's address: https, but for the simulators of the sandbox.
fn check_address(reader: &mut Reader, name: &str, text: &str, stage: Stage) -> Url {
    let url = Url::parse(text).ok().filter(|url| {
        let secure = url.scheme() == "https" || (stage == Stage::Sandbox && url.scheme() == "http");
        secure && url.has_host()
    });
    if url.is_none() && !text.is_empty() {
        reader.fault(format!("{name} must be an https address"));
    }
    url.unwrap_or_else(nowhere)
}

/// Stands in for an address that was refused: the configuration it is part of is never used.
fn nowhere() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that is an address")]
    Url::parse("https://invalid.invalid").expect("a constant that is an address")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    fn read(ids: &[&str]) -> Result<(Vec<u16>, u16), Vec<String>> {
        let key = |(index, id): (usize, &&str)| {
            format!("{id}:{}", STANDARD.encode([u8::try_from(index).unwrap(); KEY_BYTES]))
        };
        let value = ids.iter().enumerate().map(key).collect::<Vec<_>>().join(",");
        let mut reader = Reader::new([("PEPPERS".to_owned(), value)]);
        let numbered: Numbered<u16> = numbered(&mut reader, "PEPPERS");
        let read = (numbered.known.into_keys().collect(), numbered.in_use);
        reader.finish(read).map_err(|faults| faults.0)
    }

    #[test]
    fn the_highest_number_without_a_mark_is_in_use() {
        assert_eq!(read(&["1"]), Ok((vec![1], 1)));
        assert_eq!(read(&["1", "+2"]), Ok((vec![1, 2], 1)));
        assert_eq!(read(&["+3", "2", "1"]), Ok((vec![1, 2, 3], 2)));
        assert_eq!(read(&["1", "2"]), Ok((vec![1, 2], 2)));
    }

    #[test]
    fn what_leaves_open_which_is_in_use_is_refused() {
        let told = |ids: &[&str]| read(ids).unwrap_err().join("\n");
        assert_eq!(told(&["+1"]), "PEPPERS: at least one key must stand without a +, to be in use");
        assert_eq!(told(&["1", "+1"]), "PEPPERS: the number of +1 stands twice");
        for wrong in ["one", "++1", "+", "1+", "-1", "70000"] {
            let rule = "PEPPERS: each id must be a number, or one with a + in front";
            assert_eq!(told(&["1", wrong]), rule);
        }
    }
}
