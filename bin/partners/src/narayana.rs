//! Narayana Health Insurance: tokens, products and policies. Its interface is not public: **all of this is assumed**, shaped like
//! the public ones of Indian insurance distributors.

pub(crate) mod config;
mod policies;
pub(crate) mod policy;
mod product;
mod products;
pub(crate) mod state;
mod tokens;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use state::Narayana;

/// Every route of the insurer's.
pub(crate) fn router(narayana: &Arc<Narayana>) -> Router {
    Router::new()
        .route("/v1/auth/token", post(tokens::handle))
        .route("/v1/products", get(products::handle))
        .route("/v1/policies", post(policies::issue))
        .route("/v1/policies/{id}", get(policies::show))
        .route("/v1/policies/{id}/withdraw", post(policies::withdraw))
        .with_state(Arc::clone(narayana))
}

/// The body of a refusal or failure: a problem with a type, a title and a detail.
pub(crate) fn problem(status: u16) -> Value {
    let (kind, title) = match status {
        401 => ("A4010", "Unauthorized"),
        404 => ("A4040", "Not found"),
        409 => ("A4090", "Already exists"),
        422 => ("A4220", "Not acceptable"),
        429 => ("A4290", "Too many requests"),
        400..=499 => ("A4001", "Bad request"),
        503 => ("E5030", "Under maintenance"),
        _ => ("E5000", "Internal error"),
    };
    json!({ "type": kind, "title": title, "detail": title, "instance": "/problems" })
}

fn refused(status: StatusCode) -> Response {
    (status, Json(problem(status.as_u16()))).into_response()
}

/// Whether the call carries a token that is good now.
fn is_authorized(narayana: &Narayana, headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
    token.is_some_and(|token| narayana.accepts_token(token))
}
