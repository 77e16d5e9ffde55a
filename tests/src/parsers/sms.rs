//! Text messages: what vendors answer, and the templates that operators registered.

use super::{answered, is_plain_and_short, text};
use identity::{CodeLength, OtpCode, OtpTemplate, Phone, Template, ports::SendError};
use secrecy::{ExposeSecret as _, SecretString};
use sms::{
    twilio::{self, sign},
    valuefirst::{self, Verdict},
};

/// Where a template has a variable part.
const SLOT: &str = "{#var#}";

/// The answer of a vendor: a message is taken only if the vendor said so, and lost only if it may have been sent.
pub(super) fn answer(input: &[u8]) {
    let (status, body) = answered(input);
    let success = (200..300).contains(&status);
    match twilio::read(status, body) {
        Ok(()) => assert!(success, "taken with {status}"),
        Err(SendError::Refused { reason }) => {
            assert!((200..500).contains(&status), "refused with {status}");
            is_plain_and_short(&reason);
        }
        Err(SendError::Unavailable(cause)) => {
            assert!(success || (400..500).contains(&status) || status == 503, "not sent, with {status}");
            is_plain_and_short(&cause.to_string());
        }
        Err(SendError::Unknown(cause)) => is_plain_and_short(&cause.to_string()),
    }
    match valuefirst::read(status, body) {
        Verdict::Taken => assert!(success, "taken with {status}"),
        Verdict::Refused(code) => assert!(code > 0),
        Verdict::TokenRejected(fault) | Verdict::NotSent(fault) | Verdict::Unknown(fault) => {
            is_plain_and_short(&fault.to_string());
        }
    }
    if let Ok(granted) = valuefirst::read_token(status, body) {
        assert!(success && !granted.token.expose_secret().is_empty());
        assert!(format!("{granted:?}").contains("REDACTED"));
    }
    report(status, body);
}

/// A report of delivery that nobody signed is nobody's.
fn report(status: u16, body: &[u8]) {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let token = SecretString::from("12345");
    let signature = form.iter().find(|(name, _)| name == "signature").map_or("", |(_, value)| value);
    let address = format!("https://aarokya.example/{status}");
    assert!(!sign::is_genuine(&token, &address, &form, signature), "somebody guessed a signature");
}

/// A template: the first line is its id, the second the app's hash, the third a value, the rest its text.
pub(super) fn template(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let mut parts = text.splitn(4, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (id, app_hash, value, text) = (next(), next(), next(), next());
    let Ok(template) = Template::parse(id, text) else { return };
    assert!((1..=30).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()));
    let phone = Phone::parse("9876543210").expect("a number");
    let values = vec![value; template.slots()];
    if let Ok(message) = template.message(&phone, &values) {
        let expected = text.split(SLOT).collect::<Vec<_>>().join(value);
        assert_eq!(message.text(), expected, "values stand where the slots were");
        assert_eq!((message.values().len(), message.template_id()), (values.len(), id));
        let shown = format!("{message:?}");
        assert!(shown.contains("text: [masked], values: [masked]"), "{shown}");
    }
    let Ok(template) = OtpTemplate::parse(template, app_hash) else { return };
    for digits in ["1234", "12345678"] {
        let length = CodeLength::parse(u8::try_from(digits.len()).expect("few digits")).expect("a length");
        let code = OtpCode::parse(digits, length).expect("digits");
        let message = template.message(&phone, &code).expect("a code fits every slot");
        let text = message.text();
        assert!(text.len() <= 140, "{} bytes", text.len());
        assert!(text.lines().next().is_some_and(|first| first.contains(digits)), "{text}");
        let last = text.rsplit('\n').next().unwrap_or_default();
        assert!(last.starts_with('@') && last.ends_with(&format!(" #{digits}")), "{text}");
        assert!(text.lines().any(|line| line == app_hash), "{text}");
    }
}
