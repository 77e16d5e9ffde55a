//! `GET /v1/products`: everything that is sold.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{is_authorized, product::PRODUCTS, refused, state::Narayana};

/// Answers the call.
pub(crate) async fn handle(State(narayana): State<Arc<Narayana>>, headers: HeaderMap) -> Response {
    if !is_authorized(&narayana, &headers) {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let products: Vec<Value> = PRODUCTS.iter().map(|product| product.json()).collect();
    Json(json!({ "products": products })).into_response()
}
