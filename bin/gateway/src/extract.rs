//! What handlers take from a request: each rejection names the field and what it must be, never the value.

mod body;
mod caller;
mod client;
mod money_key;
mod paging;
mod path;
mod query;

pub use body::{Body, OptionalBody};
pub use caller::Caller;
pub use client::Client;
pub(crate) use client::address_of;
pub use money_key::MoneyKey;
pub use paging::Paging;
pub use path::Path;
pub use query::Query;

use crate::error::{Error, edge};

/// What serde said about a value, as an error that names the field; `path` is `.` for the whole.
fn rejection(path: &str, complaint: &str) -> Error {
    if let Some(name) = quoted(complaint, "missing field ") {
        return Error::missing(&within(path, name));
    }
    if let Some(name) = quoted(complaint, "unknown field ") {
        // The name is the client's own text: shown back only if it looks like a name.
        let plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let parent = path.strip_suffix(name).map_or(path, |parent| parent.trim_end_matches('.'));
        return Error::invalid(
            &within(parent, if plain { name } else { "?" }),
            "is not a field of this request",
        );
    }
    let field = if path == "." { "body" } else { path };
    if quoted(complaint, "duplicate field ").is_some() {
        return Error::invalid(field, "is given twice");
    }
    Error::invalid(field, &expectation(complaint))
}

/// The name of a field that lies within another.
fn within(parent: &str, name: &str) -> String {
    match parent {
        "." | "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    }
}

/// The name between backticks after `prefix`.
fn quoted<'a>(complaint: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = complaint.strip_prefix(prefix)?.strip_prefix('`')?;
    rest.split('`').next()
}

/// The part of serde's complaint that tells what was expected; what was found stays out.
fn expectation(complaint: &str) -> String {
    let expected = complaint.rsplit_once("expected ").map(|(_, expected)| expected);
    let expected = expected.and_then(|expected| expected.split(" at line ").next());
    match expected {
        None => "is not valid".to_owned(),
        Some(expected) if expected.starts_with("struct ") => "must be a JSON object".to_owned(),
        Some(expected) => format!("must be {expected}"),
    }
}

/// The error for a body that ends early or is no JSON at all.
fn malformed() -> Error {
    Error::new(edge::MALFORMED_JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(error: &Error) -> serde_json::Value {
        serde_json::to_value(error.envelope("r")).unwrap()["details"]["field"].clone()
    }

    #[test]
    fn a_rejection_names_the_field_and_never_the_value() {
        let missing = rejection(".", "missing field `phone` at line 1 column 2");
        assert_eq!((missing.entry().code, field_of(&missing)), ("MISSING_REQUIRED_FIELD", "phone".into()));

        let unknown = rejection(".", "unknown field `fone`, expected `phone` at line 1 column 7");
        assert_eq!((unknown.entry().code, field_of(&unknown)), ("VALIDATION_ERROR", "fone".into()));

        let found = rejection("fone", "unknown field `fone`, expected `phone` at line 1 column 7");
        assert_eq!(field_of(&found), "fone");
        let whole = rejection(".", "invalid type: null, expected struct Request");
        assert_eq!(field_of(&whole), "body");

        let hostile = rejection(".", "unknown field `<script>`, expected `phone`");
        assert_eq!(field_of(&hostile), "?");

        let wrong = rejection("amount", "invalid type: string \"secret\", expected i64 at line 1 column 9");
        assert_eq!(field_of(&wrong), "amount");
        assert!(!serde_json::to_string(&wrong.envelope("r")).unwrap().contains("secret"));
    }
}
