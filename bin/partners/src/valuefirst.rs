//! ValueFirst: tokens, text messages in batches, delivery reports by GET. What its public documents leave open
//! is marked "assumed".

pub(crate) mod config;
mod dlt;
mod reports;
mod send;
pub(crate) mod state;
mod tokens;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use state::ValueFirst;

/// Every route of ValueFirst's.
pub(crate) fn router(valuefirst: &Arc<ValueFirst>) -> Router {
    Router::new()
        .route("/psms/api/messages/token", post(tokens::handle))
        .route("/psms/servlet/psms.JsonEservice", post(send::handle))
        .with_state(Arc::clone(valuefirst))
}

/// The body of a refusal of the whole request (its form is assumed).
pub(crate) fn failure_body(code: u32) -> Value {
    json!({"MESSAGEACK": {"Err": {"Code": code, "Desc": describe(code)}}})
}

/// A refusal of the whole request: HTTP 200 with a code.
fn refused(code: u32) -> Response {
    Json(failure_body(code)).into_response()
}

/// HTTP 401: no credentials of the right scheme, or a token that is unknown or over (the latter assumed).
fn unauthorized(code: u32) -> Response {
    (StatusCode::UNAUTHORIZED, Json(failure_body(code))).into_response()
}

const fn describe(code: u32) -> &'static str {
    match code {
        28_673 => "Destination number not numeric",
        28_674 => "Destination number empty",
        28_675 => "Sender address empty",
        28_676 => "Template mismatch",
        28_679 => "Text empty",
        28_680 => "Invalid sender",
        28_681 => "Duplicate message",
        28_682 => "Invalid receiver",
        28_694 => "Template information invalid",
        28_704 => "Invalid authorization type",
        52_992 => "Username / password or token incorrect",
        65_280 => "Temporarily unavailable, please try later",
        65_535 => "Message not according to the format",
        _ => "Failed",
    }
}
