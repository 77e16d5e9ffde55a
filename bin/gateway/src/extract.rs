//! What handlers take from a request: each rejection names the field and what it must be, never the value.

mod body;
mod caller;
mod client;
mod money_key;
mod paging;
mod path;
mod query;

pub(crate) use body::parse as parse_body;
pub use body::{Body, NoBody, OptionalBody};
pub use caller::Caller;
pub use client::Client;
pub(crate) use client::{address_of, seen_past};
pub use money_key::MoneyKey;
pub use paging::Paging;
pub use path::Path;
pub use query::Query;
pub(crate) use query::parse as parse_query;

use crate::error::{Error, edge};

/// What serde said about a value, as an error that names the field; `path` is `.` for the whole.
fn rejection(path: &str, complaint: &str) -> Error {
    if let Some(name) = quoted(complaint, "missing field ") {
        return Error::missing(&within(path, name));
    }
    if let Some(name) = quoted(complaint, "unknown field ") {
        let parent = path.strip_suffix(name).map_or(path, |parent| parent.trim_end_matches('.'));
        return unknown(&within(plain_path(parent), plain(name)));
    }
    let field = if path == "." { "body" } else { plain_path(path) };
    if let Some(name) = quoted(complaint, "duplicate field ") {
        return Error::invalid(&within(plain_path(path), plain(name)), "is given twice");
    }
    Error::invalid(field, &expectation(complaint))
}

/// A field that the request does not have.
pub(crate) fn unknown(field: &str) -> Error {
    Error::invalid(field, "is not a field of this request")
}

/// A field's name that is the client's own text: shown back only if it looks like a name.
pub(crate) fn plain(name: &str) -> &str {
    let plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { name } else { "?" }
}

/// A path of which parts may be the client's own text, as [`plain`] shows names.
fn plain_path(path: &str) -> &str {
    let marks = |byte: u8| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte);
    if path.bytes().all(marks) { path } else { "?" }
}

/// The name of a field that lies within another.
fn within(parent: &str, name: &str) -> String {
    match parent {
        "." | "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    }
}

/// The name between backticks after `prefix`; an unknown field's may hold backticks itself.
fn quoted<'a>(complaint: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = complaint.strip_prefix(prefix)?.strip_prefix('`')?;
    let whole = ["`, expected ", "`, there are no fields"].iter().find_map(|end| rest.rsplit_once(end));
    whole.or_else(|| rest.split_once('`')).map(|(name, _)| name)
}

/// The part of serde's complaint that tells what was expected; what was found stays out.
fn expectation(complaint: &str) -> String {
    let expected = complaint.rsplit_once("expected ").map(|(_, expected)| expected);
    let expected = expected.and_then(|expected| expected.split(" at line ").next());
    match expected {
        None => "is not valid".to_owned(),
        Some(expected) if expected.starts_with("struct ") => "must be a JSON object".to_owned(),
        Some("i64" | "i32" | "u64" | "u32" | "u16" | "u8") => "must be a whole number".to_owned(),
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
        let quoting =
            rejection("`x` CANARY", "unknown field ``x` CANARY`, expected `phone` at line 1 column 7");
        assert_eq!(field_of(&quoting), "?");
        let deep = rejection("x y.z", "invalid type: null, expected a string");
        assert_eq!(field_of(&deep), "?");

        let twice = rejection(".", "duplicate field `dob` at line 1 column 30");
        assert_eq!(field_of(&twice), "dob");

        let wrong = rejection("amount", "invalid type: string \"secret\", expected i64 at line 1 column 9");
        assert_eq!(field_of(&wrong), "amount");
        let told = serde_json::to_string(&wrong.envelope("r")).unwrap();
        assert!(!told.contains("secret") && told.contains("must be a whole number"), "{told}");
    }
}
