//! `POST /psms/api/messages/token?action=…`: the bearer tokens that sending needs.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{failure_body, refused, state::ValueFirst, unauthorized};
use crate::{basic, dates};

/// Answers the call: `generate`, `enable`, `disable`, `delete`. Wrong credentials are HTTP 200 with 52992
/// (assumed), a missing or other scheme HTTP 401.
pub(crate) async fn handle(
    State(valuefirst): State<Arc<ValueFirst>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let scheme = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    if !scheme.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic ")) {
        return unauthorized(28_704);
    }
    let config = &valuefirst.config;
    if !basic::matches(&headers, &config.username, config.password.expose_secret()) {
        return refused(52_992);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let given = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(&query.unwrap_or_default()).unwrap_or_default();
    let action = query.into_iter().find(|(key, _)| key == "action").map(|(_, action)| action);
    let token = given("token").or_else(|| given("old_token"));
    match (action.as_deref(), token) {
        (Some("generate"), old) => {
            let (token, expires) = valuefirst.new_token(old.as_deref());
            Json(json!({"token": token, "expiryDate": dates::india_plain(expires)})).into_response()
        }
        // Assumed: the token in question stands in the body.
        (Some("enable" | "disable"), Some(token)) => {
            let is_enabled = action.as_deref() == Some("enable");
            done(valuefirst.enable_token(&token, is_enabled))
        }
        (Some("delete"), Some(token)) => done(valuefirst.delete_token(&token)),
        _ => (StatusCode::BAD_REQUEST, Json(failure_body(65_535))).into_response(),
    }
}

fn done(is_done: bool) -> Response {
    if is_done { Json(json!({"message": "Success"})).into_response() } else { refused(52_992) }
}
