//! `POST /v1/auth/token`: client credentials for a token of an hour.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{refused, state::Narayana};

/// Answers the call.
pub(crate) async fn handle(State(narayana): State<Arc<Narayana>>, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let given = |key: &str| body.get(key).and_then(Value::as_str);
    let config = &narayana.config;
    let is_known = given("client_id") == Some(config.client_id.as_str())
        && given("client_secret") == Some(config.client_secret.expose_secret());
    if !is_known {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let token = narayana.new_token();
    let seconds = config.token_lifetime.whole_seconds();
    Json(json!({"payload": {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}}))
        .into_response()
}
