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
use serde_json::json;

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("openapi")
        .tag("Operations")
        .summary("This document")
        .description("For whoever generates a client, or compares the contract with the one they know.");
    let beginning = json!({
        "openapi": "3.1.0",
        "info": { "title": "Aarokya", "version": env!("CARGO_PKG_VERSION") },
        "paths": {},
        "components": {},
    });
    let schema = json_schema!({ "type": "object", "examples": [beginning] });
    document::answers(op, "application/json", schema, "The contract as OpenAPI 3.1.")
}

pub(crate) async fn handle(State(app): State<App>) -> Response {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([json], Bytes::clone(&app.openapi)).into_response()
}
