//! GET /api_docs/ui: the contract as a page to read and try; everything it needs is in the program.

use aide::swagger::Swagger;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse},
};

/// The page brings its script and style inline; it may talk to this server and to nothing else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

pub(crate) async fn handle() -> impl IntoResponse {
    let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    ([policy], Html(Swagger::new("/api_docs/openapi.json").with_title("Aarokya API").html()))
}
