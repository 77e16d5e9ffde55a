//! GET /api_docs/openapi.json: the contract as OpenAPI 3.1.

use crate::app::App;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};

pub(crate) async fn handle(State(app): State<App>) -> impl IntoResponse {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([json], Bytes::clone(&app.openapi))
}
