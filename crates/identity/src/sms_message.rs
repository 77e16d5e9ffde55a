//! Text messages, which can be made from registered templates alone.
//!
//! India's operators drop every message whose text is not, character for character, a template registered with
//! them (TRAI's TCCCPR 2018), often after the aggregator said that it was sent. So a message has no other
//! constructor than its template's.

use crate::{OtpCode, Phone};
use kernel::Masked;

/// Where a template has a variable part.
const SLOT: &str = "{#var#}";

/// Longest value a registered slot takes, in characters.
const VALUE_MAX_CHARS: usize = 30;

/// Longest message that Android's SMS Retriever reads.
const OTP_TEXT_MAX_BYTES: usize = 140;

/// The longest code there is, for checking that every message fits.
const CODE_MAX_DIGITS: usize = 8;

/// A registered template: its id, and its exact text with `{#var#}` where values go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    dlt_id: String,
    text: String,
}

/// What is configured as a template cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The id is not 1–30 digits, the form in which operators give them.
    #[error("a template's DLT id is 1–30 digits")]
    Id,
    /// The text is blank.
    #[error("a template has a text")]
    Blank,
    /// The first line does not show the code.
    #[error("the first line of the code's template must hold {{#var#}} once, for the code")]
    CodeLine,
    /// No line stands for the app's hash.
    #[error("one line of the code's template must be {{#var#}} alone, for the app's hash")]
    HashLine,
    /// The last line is not the domain-bound code.
    #[error("the last line of the code's template must be `@host #{{#var#}}`")]
    BoundLine,
    /// With the longest code the text would be over 140 bytes.
    #[error("the code's template is too long: at most 140 bytes with values")]
    Long,
    /// The app's hash has not the form Android gives it.
    #[error("the app's hash is 11 characters of base64")]
    AppHash,
}

/// The values given do not fit the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// There are more or fewer values than slots.
    #[error("a template takes exactly as many values as it has slots")]
    Count,
    /// A value is empty, longer than 30 characters, or holds a line break or a slot of its own.
    #[error("value {0} does not fit a slot")]
    Value(usize),
}

impl Template {
    /// Types a registered template as configured.
    ///
    /// # Errors
    /// When the id is not 1–30 digits or the text is blank.
    pub fn parse(dlt_id: &str, text: &str) -> Result<Self, TemplateError> {
        if !(1..=30).contains(&dlt_id.len()) || !dlt_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TemplateError::Id);
        }
        if text.trim().is_empty() {
            return Err(TemplateError::Blank);
        }
        Ok(Self { dlt_id: dlt_id.to_owned(), text: text.to_owned() })
    }

    /// How many values it takes.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.text.matches(SLOT).count()
    }

    /// A message to `to` of this template with `values` in its slots, in order.
    ///
    /// # Errors
    /// When there are not exactly as many values as slots, or one could change what the template says.
    pub fn message(&self, to: &Phone, values: &[&str]) -> Result<SmsMessage, RenderError> {
        if values.len() != self.slots() {
            return Err(RenderError::Count);
        }
        let fits = |value: &str| {
            !value.trim().is_empty()
                && value.chars().count() <= VALUE_MAX_CHARS
                && !value.chars().any(char::is_control)
                && !value.contains(SLOT)
        };
        if let Some(unfit) = values.iter().position(|value| !fits(value)) {
            return Err(RenderError::Value(unfit));
        }
        // Between the pieces, not one after the other within the text: a value may not make a slot of its surroundings.
        let mut pieces = self.text.split(SLOT);
        let first = pieces.next().unwrap_or_default().to_owned();
        let text = pieces.zip(values).fold(first, |text, (piece, value)| text + value + piece);
        Ok(SmsMessage {
            to: to.clone(),
            template_id: self.dlt_id.clone(),
            text: Masked::new(text),
            values: Masked::new(values.iter().map(|value| (*value).to_owned()).collect()),
        })
    }
}

/// A message that may be sent. `Debug` shows neither number nor text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsMessage {
    to: Phone,
    template_id: String,
    text: Masked<String>,
    values: Masked<Vec<String>>,
}

impl SmsMessage {
    /// Whom it is for.
    #[must_use]
    pub const fn to(&self) -> &Phone {
        &self.to
    }

    /// The registered id of its template.
    #[must_use]
    pub fn template_id(&self) -> &str {
        &self.template_id
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// The values in the template's slots, for aggregators that take them apart from the text.
    #[must_use]
    pub fn values(&self) -> &[String] {
        self.values.expose()
    }
}

/// The template of messages that carry a code: a line with the code, a line with the hash by which Android
/// hands the message to our app, and last the line that binds the code to our domain for iOS and browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpTemplate {
    template: Template,
    app_hash: String,
}

impl OtpTemplate {
    /// Types the code's template and the app's hash as configured.
    ///
    /// # Errors
    /// When the lines are not as described, or a message with the longest code would be over 140 bytes.
    pub fn parse(template: Template, app_hash: &str) -> Result<Self, TemplateError> {
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if app_hash.len() != 11 || !app_hash.bytes().all(base64) {
            return Err(TemplateError::AppHash);
        }
        let mut lines = template.text.split('\n');
        let (first, last) = (lines.next().unwrap_or_default(), lines.next_back().unwrap_or_default());
        if first.matches(SLOT).count() != 1 {
            return Err(TemplateError::CodeLine);
        }
        if lines.filter(|line| *line == SLOT).count() != 1 {
            return Err(TemplateError::HashLine);
        }
        let host = last.strip_prefix('@').and_then(|rest| rest.strip_suffix(SLOT)?.strip_suffix(" #"));
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        if template.slots() != 3 || !host.is_some_and(|host| host.contains('.') && host.bytes().all(named)) {
            return Err(TemplateError::BoundLine);
        }
        let values = app_hash.len() + 2 * CODE_MAX_DIGITS;
        if template.text.len() - 3 * SLOT.len() + values > OTP_TEXT_MAX_BYTES {
            return Err(TemplateError::Long);
        }
        Ok(Self { template, app_hash: app_hash.to_owned() })
    }

    /// The message that brings `code` to `to`.
    ///
    /// # Errors
    /// Never for codes of ours: digits fit every slot.
    pub fn message(&self, to: &Phone, code: &OtpCode) -> Result<SmsMessage, RenderError> {
        self.template.message(to, &[code.expose(), &self.app_hash, code.expose()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeLength;
    use proptest::prelude::*;

    const TEXT: &str = "{#var#} is your Aarokya code. Do not share it.\n{#var#}\n\n@aarokya.example #{#var#}";

    fn phone() -> Phone {
        Phone::parse("9876543210").unwrap()
    }

    fn template(text: &str) -> Template {
        Template::parse("1107161234567890123", text).unwrap()
    }

    fn otp(text: &str) -> Result<OtpTemplate, TemplateError> {
        OtpTemplate::parse(template(text), "FA+9qCX9VSu")
    }

    #[test]
    fn a_code_comes_in_the_form_phones_read_by_themselves() {
        let code = OtpCode::parse("123456", CodeLength::SIX).unwrap();
        let message = otp(TEXT).unwrap().message(&phone(), &code).unwrap();
        assert_eq!(
            message.text(),
            "123456 is your Aarokya code. Do not share it.\nFA+9qCX9VSu\n\n@aarokya.example #123456"
        );
        assert!(message.text().len() <= 140);
        assert_eq!(message.template_id(), "1107161234567890123");
        assert_eq!(message.values(), ["123456", "FA+9qCX9VSu", "123456"]);
        assert!(!format!("{message:?}").contains("123456 "));
        assert!(!format!("{message:?}").contains("98765"));
    }

    #[test]
    fn a_code_template_of_another_form_is_refused() {
        let long = TEXT.replace("Do not share it.", &"x".repeat(80));
        for (text, expected) in [
            ("Your code\n{#var#}\n@a.b #{#var#}", TemplateError::CodeLine),
            ("{#var#} {#var#}\n{#var#}\n@a.b #{#var#}", TemplateError::CodeLine),
            ("{#var#} code\n@a.b #{#var#}", TemplateError::HashLine),
            ("{#var#} code\nhash {#var#}\n@a.b #{#var#}", TemplateError::HashLine),
            ("{#var#} code\n{#var#}\n@a.b #{#var#}.", TemplateError::BoundLine),
            ("{#var#} code\n{#var#}\n @a.b #{#var#}", TemplateError::BoundLine),
            ("{#var#} code\n{#var#}\n@a b.c #{#var#}", TemplateError::BoundLine),
            ("{#var#} code\n{#var#}\n@ #{#var#}", TemplateError::BoundLine),
            ("{#var#} code\n{#var#}\nor {#var#}\n@a.b #{#var#}", TemplateError::BoundLine),
            (&long, TemplateError::Long),
        ] {
            assert_eq!(otp(text), Err(expected), "{text}");
        }
        assert_eq!(OtpTemplate::parse(template(TEXT), "short"), Err(TemplateError::AppHash));
        assert_eq!(OtpTemplate::parse(template(TEXT), "FA+9qCX9VS "), Err(TemplateError::AppHash));
    }

    #[test]
    fn rendering_refuses_everything_that_is_not_registered() {
        let template = template("Dear {#var#}, you signed in on {#var#}.");
        let render = |values: &[&str]| template.message(&phone(), values).map(|m| m.text().to_owned());
        assert_eq!(render(&["A", "B"]), Ok("Dear A, you signed in on B.".into()));
        assert_eq!(render(&["A"]), Err(RenderError::Count));
        assert_eq!(render(&["A", "B", "C"]), Err(RenderError::Count));
        assert_eq!(render(&["A", " "]), Err(RenderError::Value(1)));
        assert_eq!(render(&["A\nB", "C"]), Err(RenderError::Value(0)));
        assert_eq!(render(&["{#var#}", "C"]), Err(RenderError::Value(0)));
        assert_eq!(render(&["A", &"b".repeat(31)]), Err(RenderError::Value(1)));
    }

    #[test]
    fn a_value_makes_no_slot_of_what_is_around_it() {
        let template = template("{#v{#var#}#} {#var#}");
        let message = template.message(&phone(), &["ar", "B"]).unwrap();
        assert_eq!(message.text(), "{#var#} B");
    }

    #[test]
    fn ids_are_digits_and_texts_are_there() {
        assert_eq!(Template::parse("", "text"), Err(TemplateError::Id));
        assert_eq!(Template::parse("12a", "text"), Err(TemplateError::Id));
        assert_eq!(Template::parse("12", " \n"), Err(TemplateError::Blank));
    }

    proptest! {
        #[test]
        fn what_is_around_the_slots_never_changes(a in "\\PC{1,40}", b in "\\PC{1,40}") {
            let template = template("<{#var#}|{#var#}>");
            if let Ok(message) = template.message(&phone(), &[&a, &b]) {
                prop_assert_eq!(message.text(), format!("<{a}|{b}>"));
            }
        }
    }
}
