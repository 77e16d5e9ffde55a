//! What is always true of each parser of what comes from outside, asked of one input at a time.
//!
//! The programs of `tests/fuzz` search for inputs of which it is not; the test `parsers` asks the same of inputs that
//! are kept, and of some made from them.

mod address;
mod callers;
mod credentials;
mod juspay;
mod narayana;
mod operators;
mod requests;
mod sms;

/// A parser, or a few that read the same.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the program that searches, and of the folder of its inputs.
    pub name: &'static str,
    /// Panics if something is not as it always is.
    pub check: fn(&[u8]),
}

const fn target(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check }
}

/// All of them.
pub const ALL: &[Target] = &[
    target("phone", callers::phone),
    target("code", callers::code),
    target("device", callers::device),
    target("profile", callers::profile),
    target("access_token", credentials::access_token),
    target("refresh_token", credentials::refresh_token),
    target("body", requests::body),
    target("money", requests::money),
    target("query", requests::query),
    target("headers", address::headers),
    target("juspay_webhook", juspay::webhook),
    target("return_query", juspay::return_query),
    target("juspay_answer", juspay::answer),
    target("plans_answer", narayana::plans_answer),
    target("sms_answer", sms::answer),
    target("sms_template", sms::template),
    target("configuration", operators::configuration),
];

/// Asks `input` of the target of this name.
///
/// # Panics
/// When something is not as it always is, or there is no such target.
pub fn check(name: &str, input: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name);
    (target.expect("a target of this name").check)(input);
}

/// What no answer, no log and no message may repeat. It holds a space, so that no field is called so; and letters of
/// base64 alone around it, so that a key can hold the rest.
const CANARY: &str = "CaNaRy 7f3a9x";

/// The part of it that can stand in a key.
const KEY_CANARY: &str = "CaNaRy7f3a9x";

/// Longest answer to a request that was refused, in bytes.
const REFUSAL_BYTES_MAX: usize = 2 * 1024;

/// The input as text, if it is.
fn text(input: &[u8]) -> Option<&str> {
    str::from_utf8(input).ok()
}

/// An answer of a partner: the first line is its status, the rest its body.
fn answered(input: &[u8]) -> (u16, &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    let status = text(line).and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    (status, rest.get(1..).unwrap_or_default())
}

/// Whether the input is framed as a JSON object is: what lies in fields that nobody reads is not looked at.
fn is_framed(input: &[u8]) -> bool {
    let whole = input.trim_ascii();
    whole.starts_with(b"{") && whole.ends_with(b"}")
}

/// What is answered to a request that was refused: short, and nothing the caller wrote but names that look like names.
fn is_discreet(error: &gateway::error::Error) {
    let envelope = serde_json::to_string(&error.envelope("r")).expect("an envelope is JSON");
    assert!(!envelope.contains(CANARY), "repeats a value: {envelope}");
    assert!(envelope.len() <= REFUSAL_BYTES_MAX, "{} bytes: {envelope}", envelope.len());
    let status = gateway::error::status(error.entry());
    assert!(status.is_client_error(), "reading a request is not ours to fail: {envelope}");
}

/// A text that can stand in a line of a log or a message to an operator.
fn is_plain_and_short(text: &str) {
    assert!(text.len() <= 256 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text:?}");
}
