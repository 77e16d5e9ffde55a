//! GET /api_docs/openapi.json: the contract as OpenAPI 3.1.

use crate::{app::App, document};
use aide::transform::TransformOperation;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use schemars::json_schema;

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("openapi").tag("Operations").summary("This document");
    document::answers(
        op,
        "application/json",
        json_schema!({ "type": "object" }),
        "The contract as OpenAPI 3.1.",
    )
}

pub(crate) async fn handle(State(app): State<App>) -> Response {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([json], Bytes::clone(&app.openapi)).into_response()
}
