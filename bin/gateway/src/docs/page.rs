//! GET /api_docs/ui: the contract as a page to read and try; everything it needs is in the program.

use crate::document;
use aide::{swagger::Swagger, transform::TransformOperation};
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
};
use schemars::json_schema;

/// The page brings its script and style inline; it may talk to this server and to nothing else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("openapiPage").tag("Operations").summary("This document as a page").description(
        "For people who read the contract, or try a request against this server from a browser.",
    );
    let html = json_schema!({ "type": "string", "examples": ["<!doctype html>…"] });
    document::answers(op, "text/html", html, "The contract to read and try.")
}

pub(crate) async fn handle() -> Response {
    let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    ([policy], Html(Swagger::new("/api_docs/openapi.json").with_title("Aarokya API").html())).into_response()
}
