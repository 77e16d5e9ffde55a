//! Twilio: text messages, their status, and signed callbacks about it.

mod callbacks;
pub(crate) mod config;
mod messages;
pub(crate) mod state;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use state::Twilio;

/// Every route of Twilio's.
pub(crate) fn router(twilio: &Arc<Twilio>) -> Router {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(messages::create))
        .route("/2010-04-01/Accounts/{account}/Messages/{message}", get(messages::show))
        .fallback(|| async { error(404, 20404, "The requested resource was not found") })
        .with_state(Arc::clone(twilio))
}

/// An error in Twilio's form.
pub(crate) fn error(status: u16, code: u32, message: &str) -> Response {
    let body = json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status,
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}
