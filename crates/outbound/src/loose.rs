//! Partners' JSON: lenient in form (unknown keys, text for numbers, missing fields), so that only meaning can be wrong.

use crate::parse_rupees;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// What partners put in place of a value they hide, whatever the value's type.
const HIDDEN: &str = "FILTERED";

/// A value of any form, kept as its text, so that an amount never passes through a float.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Loose(Option<Box<RawValue>>);

impl Loose {
    /// Whether there is nothing: it is missing or null.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// The value as text: a string, or a number as it is written. `None` if missing, null, empty, hidden, or of another
    /// form.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let raw = self.0.as_ref()?.get();
        let text = if raw.starts_with('"') {
            serde_json::from_str(raw).ok()?
        } else {
            let number = raw.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            number.then(|| raw.to_owned())?
        };
        (!text.is_empty() && text != HIDDEN).then_some(text)
    }

    /// The value as paise, written as rupees; `Some(None)` if it is there but is no amount.
    #[must_use]
    pub fn rupees(&self) -> Option<Option<i64>> {
        self.text().map(|text| parse_rupees(&text))
    }

    /// The value as true or false, be it text or not.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        match self.0.as_ref()?.get().trim_matches('"') {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The value as an object; `None` if missing, null, or of another form.
    #[must_use]
    pub fn object<T: DeserializeOwned>(&self) -> Option<T> {
        read_object(self.0.as_ref()?.get().as_bytes())
    }

    /// The value as a list of values; `None` if missing, null, or of another form.
    #[must_use]
    pub fn list(&self) -> Option<Vec<Self>> {
        serde_json::from_str(self.0.as_ref()?.get()).ok()
    }
}

/// Reads a JSON object; `None` if it is not one of that form. Left alone, serde would also take a list for an object, its
/// values in the order of our fields.
#[must_use]
pub fn read_object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct One {
        #[serde(default)]
        value: Loose,
    }

    fn value(json: &str) -> Loose {
        read_object::<One>(format!("{{\"value\":{json}}}").as_bytes()).unwrap().value
    }

    #[test]
    fn a_number_may_be_text_and_a_text_is_never_a_number_too_many() {
        assert_eq!(value("\"7\"").text().as_deref(), Some("7"));
        assert_eq!(value("7.50").text().as_deref(), Some("7.50"));
        assert_eq!(value("7.50").rupees(), Some(Some(750)));
        assert_eq!(value("\"seven\"").rupees(), Some(None));
        for nothing in ["null", "\"\"", "\"FILTERED\"", "[]", "{}", "true"] {
            assert_eq!(value(nothing).text(), None, "{nothing}");
        }
        assert!(value("null").is_absent() && !value("\"\"").is_absent());
        assert_eq!(
            (value("\"true\"").truth(), value("false").truth(), value("1").truth()),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn a_list_is_no_object() {
        assert!(read_object::<One>(b"[1]").is_none());
        assert!(value("[1]").object::<One>().is_none());
        assert_eq!(
            value("[1, \"2\"]").list().unwrap().iter().filter_map(Loose::text).collect::<Vec<_>>(),
            ["1", "2"]
        );
        assert!(value("{}").list().is_none());
    }
}
