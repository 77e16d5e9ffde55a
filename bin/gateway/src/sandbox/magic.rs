//! GET /sandbox/magic: the phones and amounts that produce each outcome.

use axum::Json;
use partners::{MAGIC_VALUES, MagicValue};

pub(crate) async fn handle() -> Json<&'static [MagicValue]> {
    Json(MAGIC_VALUES)
}
