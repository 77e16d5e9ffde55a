//! GET /sandbox/magic: the phones and amounts that produce each outcome, and the way to every error code.

use super::ways::{FORCED, WAYS, Way};
use axum::Json;
use partners::{MAGIC_VALUES, MagicValue};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that has a meaning of its own here.
#[derive(Serialize)]
pub(crate) struct Magic {
    /// Phones and amounts.
    values: &'static [MagicValue],
    /// What to do to see a code that no value leads to, by code.
    ways: BTreeMap<&'static str, &'static str>,
    /// Codes that only the header `X-Sandbox-Error` shows yet, and why.
    by_header_only: BTreeMap<&'static str, &'static str>,
}

pub(crate) async fn handle() -> Json<Magic> {
    let by_code = |ways: &[Way]| ways.iter().copied().collect();
    Json(Magic { values: MAGIC_VALUES, ways: by_code(WAYS), by_header_only: by_code(FORCED) })
}
