//! Juspay's routes: the API behind the merchant's key, and the pages a customer opens without one.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderValue,
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use secrecy::ExposeSecret;

use super::{envelope, orders, payment_page, ppi, refunds, session, state::Juspay};
use crate::{basic, exchange::text};

/// Every route of Juspay's.
pub(crate) fn router(juspay: &Arc<Juspay>) -> Router {
    let merchant = Router::new()
        .route("/session", post(session::handle))
        .route("/orders", post(orders::create))
        .route("/orders/{order}", get(orders::status))
        .route("/orders/{order}/refunds", post(refunds::of_order))
        .route("/refunds", post(refunds::of_txn))
        .route_layer(middleware::from_fn_with_state(Arc::clone(juspay), for_the_merchant));
    let issuer = Router::new()
        .route("/ppi/wallet", post(ppi::create))
        .route("/ppi/wallet/details", post(ppi::details))
        .route("/ppi/wallet/credit", post(ppi::credit));
    merchant
        .merge(issuer)
        .route_layer(middleware::from_fn_with_state(Arc::clone(juspay), with_the_key))
        .route("/orders/{order}/payment-page", get(payment_page::show).post(payment_page::choose))
        .route("/payment-page.css", get(payment_page::style))
        .layer(middleware::from_fn_with_state(Arc::clone(juspay), with_response_id))
        .with_state(Arc::clone(juspay))
}

/// The API key is the user of HTTP Basic, with an empty password.
async fn with_the_key(State(juspay): State<Arc<Juspay>>, request: Request, next: Next) -> Response {
    if basic::matches(request.headers(), juspay.config.api_key.expose_secret(), "") {
        next.run(request).await
    } else {
        envelope::unauthorized(&juspay.desk)
    }
}

/// `x-merchantid` is required; another merchant's is answered like a wrong key (assumed).
async fn for_the_merchant(State(juspay): State<Arc<Juspay>>, request: Request, next: Next) -> Response {
    match text(request.headers(), "x-merchantid") {
        Some(merchant) if merchant == juspay.config.merchant_id => next.run(request).await,
        Some(_) => envelope::unauthorized(&juspay.desk),
        None => {
            let fields = [("x-merchantid", "is required")];
            let message = "Mandatory headers are missing.";
            envelope::invalid(&juspay.desk, "MISSING_MANDATORY_PARAMETER", message, &fields)
        }
    }
}

async fn with_response_id(State(juspay): State<Arc<Juspay>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&juspay.desk.env.new_uuid().to_string()) {
        response.headers_mut().insert("x-response-id", id);
    }
    response
}
