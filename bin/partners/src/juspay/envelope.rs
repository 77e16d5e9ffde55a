//! Juspay's error answers.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::desk::Desk;

/// 400 for a request that is wrong in itself; `fields` are (name, reason).
pub(crate) fn invalid(desk: &Desk, code: &str, message: &str, fields: &[(&str, &str)]) -> Response {
    let fields: Vec<_> =
        fields.iter().map(|(name, reason)| json!({"field_name": name, "reason": reason})).collect();
    let body = json!({
        "status": "Bad Request",
        "status_id": -1,
        "error_code": "invalid_request_error",
        "error_message": message,
        "error_info": {
            "code": code,
            "category": "USER_ERROR",
            "request_id": desk.env.new_uuid(),
            "developer_message": message,
            "user_message": "Invalid request.",
            "fields": fields,
        },
    });
    refused(body)
}

/// 401 for a missing or wrong API key.
pub(crate) fn unauthorized(desk: &Desk) -> Response {
    let body = json!({
        "status": "error",
        "error_code": "access_denied",
        "error_info": {
            "category": "USER_ERROR",
            "code": "UNAUTHORIZED",
            "request_id": desk.env.new_uuid(),
            "developer_message": "Invalid API Key. Please pass a valid and active api key.",
            "user_message": "Unauthorized.",
        },
    });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

/// An order that Juspay does not know.
pub(crate) fn not_found(status: StatusCode, order_id: &str) -> Response {
    (status, Json(json!({"status": "NOT_FOUND", "status_id": 40, "order_id": order_id}))).into_response()
}

/// 400 with a body of its own.
pub(crate) fn refused(body: Value) -> Response {
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
