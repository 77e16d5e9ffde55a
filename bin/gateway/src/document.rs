//! How endpoints describe themselves: each names its errors from the same constants it answers with.

use crate::error::{Envelope, status};
use aide::transform::TransformOperation;
use kernel::Entry;
use std::collections::BTreeMap;

/// What every route that takes a body can answer.
pub const BODY: &[Entry] = &[
    crate::error::edge::MALFORMED_JSON,
    crate::error::edge::MISSING_REQUIRED_FIELD,
    kernel::catalogue::VALIDATION_ERROR,
    crate::error::edge::PAYLOAD_TOO_LARGE,
    crate::error::edge::UNSUPPORTED_MEDIA_TYPE,
];

/// What every route can answer.
const ALWAYS: &[Entry] = &[kernel::catalogue::INTERNAL_ERROR, kernel::catalogue::SERVICE_UNAVAILABLE];

/// Documents the errors of an operation: one response per status, an example per code.
pub fn errors<'t>(mut op: TransformOperation<'t>, entries: &[Entry]) -> TransformOperation<'t> {
    let mut by_status: BTreeMap<u16, Vec<Entry>> = BTreeMap::new();
    for entry in entries.iter().chain(ALWAYS) {
        let of_status = by_status.entry(status(entry).as_u16()).or_default();
        if !of_status.contains(entry) {
            of_status.push(*entry);
        }
    }
    for (status, entries) in by_status {
        op = respond(op, status, &entries);
    }
    op
}

/// aide takes a status as a constant, so each that we answer is spelled out once.
fn respond<'t>(op: TransformOperation<'t>, status: u16, entries: &[Entry]) -> TransformOperation<'t> {
    macro_rules! of {
        ($($status:literal)*) => {
            match status {
                $($status => op.response_with::<$status, axum::Json<Envelope>, _>(|mut response| {
                    fill(response.inner(), entries);
                    response
                }),)*
                _ => op,
            }
        };
    }
    of!(400 401 403 404 405 409 413 415 422 429 500 502 503 504)
}

fn fill(response: &mut aide::openapi::Response, entries: &[Entry]) {
    let lines: Vec<String> =
        entries.iter().map(|entry| format!("`{}`: {}", entry.code, entry.meaning)).collect();
    response.description = lines.join("\n\n");
    for media in response.content.values_mut() {
        media.examples = entries
            .iter()
            .map(|entry| {
                let envelope =
                    crate::error::Error::new(*entry).envelope("0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60");
                let example = aide::openapi::Example {
                    value: serde_json::to_value(envelope).ok(),
                    ..aide::openapi::Example::default()
                };
                (entry.code.to_owned(), aide::openapi::ReferenceOr::Item(example))
            })
            .collect();
    }
}

/// Marks an operation as needing an access token, with what its absence answers.
pub fn signed_in(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.security_requirement("access_token")
}
