//! The list of endpoints, and nothing else but what lies around all of them.

use crate::{
    app::App,
    auth, docs, health, insurance,
    middleware::{envelop, guard, safety_headers},
    payments,
    user::{self, dependants},
    wallet, webhooks,
};
use aide::{
    axum::{
        ApiRouter,
        routing::{delete_with, get_with, patch_with, post_with, put_with},
    },
    openapi::OpenApi,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::CorsLayer,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

/// How long a request may take: beyond every partner's own time-out, and within what a shutdown waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(28);

/// How long a body may lie still: whoever sends half of one is told so, and not that somebody else was slow.
const BODY_STALLS_MAX: Duration = Duration::from_secs(10);

/// Every endpoint of the contract; who may call it stands in [`policy`](crate::policy).
pub fn endpoints() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/auth/otp/trigger", post_with(auth::trigger_otp::handle, auth::trigger_otp::doc))
        .api_route("/auth/otp/verify", post_with(auth::verify_otp::handle, auth::verify_otp::doc))
        .api_route("/auth/token/refresh", post_with(auth::refresh_token::handle, auth::refresh_token::doc))
        .api_route("/auth/logout", post_with(auth::log_out::handle, auth::log_out::doc))
        .api_route("/auth/logout/others", post_with(auth::log_out_others::handle, auth::log_out_others::doc))
        .api_route("/auth/sessions", get_with(auth::list_sessions::handle, auth::list_sessions::doc))
        .api_route("/auth/sessions/{id}", delete_with(auth::end_session::handle, auth::end_session::doc))
        .api_route("/auth/pin", put_with(auth::set_pin::handle, auth::set_pin::doc))
        .api_route("/auth/step-up", post_with(auth::step_up::handle, auth::step_up::doc))
        .api_route(
            "/user/profile",
            get_with(user::show_profile::handle, user::show_profile::doc)
                .patch_with(user::change_profile::handle, user::change_profile::doc),
        )
        .api_route(
            "/user/dependants",
            get_with(dependants::list::handle, dependants::list::doc)
                .post_with(dependants::add::handle, dependants::add::doc),
        )
        .api_route(
            "/user/dependants/{id}",
            patch_with(dependants::change::handle, dependants::change::doc)
                .delete_with(dependants::remove::handle, dependants::remove::doc),
        )
        .api_route(
            "/wallet",
            get_with(wallet::show::handle, wallet::show::doc)
                .post_with(wallet::open::handle, wallet::open::doc),
        )
        .api_route("/wallet/statement", get_with(wallet::statement::handle, wallet::statement::doc))
        .api_route("/wallet/{wallet_id}/balance", get_with(wallet::balance::handle, wallet::balance::doc))
        .api_route("/wallet/{wallet_id}/status", get_with(wallet::status::handle, wallet::status::doc))
        .api_route(
            "/wallet/{wallet_id}/transactions/history/{number_of_days}",
            get_with(wallet::history::handle, wallet::history::doc),
        )
        .api_route(
            "/payments/session",
            post_with(payments::open_session::handle, payments::open_session::doc),
        )
        .api_route("/payments/orders", get_with(payments::list_orders::handle, payments::list_orders::doc))
        .api_route(
            "/payments/orders/{order_id}",
            get_with(payments::show_order::handle, payments::show_order::doc),
        )
        .api_route(
            "/payments/return",
            get_with(payments::return_page::handle, payments::return_page::doc)
                .post_with(payments::return_page::handle_form, payments::return_page::doc_form),
        )
        .merge(insurance_endpoints())
        .api_route("/webhooks/juspay", post_with(webhooks::juspay::handle, webhooks::juspay::doc))
        .api_route("/health", get_with(health::live::handle, health::live::doc))
        .api_route("/health/ready", get_with(health::ready::handle, health::ready::doc))
        .api_route("/api_docs/openapi.json", get_with(docs::openapi::handle, docs::openapi::doc))
        .api_route("/api_docs/ui", get_with(docs::page::handle, docs::page::doc))
}

fn insurance_endpoints() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/insurance/plans", get_with(insurance::list_plans::handle, insurance::list_plans::doc))
        .api_route("/insurance/plans/{id}", get_with(insurance::show_plan::handle, insurance::show_plan::doc))
        .api_route(
            "/insurance/calculate-premium",
            post_with(insurance::calculate_premium::handle, insurance::calculate_premium::doc),
        )
        .api_route("/insurance/purchase", post_with(insurance::purchase::handle, insurance::purchase::doc))
        .api_route(
            "/insurance/policies",
            get_with(insurance::list_policies::handle, insurance::list_policies::doc),
        )
        .api_route(
            "/insurance/policies/{policy_id}",
            get_with(insurance::show_policy::handle, insurance::show_policy::doc),
        )
}

/// The API as it is served.
pub fn api(app: App) -> Router {
    let guarded =
        endpoints().finish_api(&mut OpenApi::default()).route_layer(from_fn_with_state(app.clone(), guard));
    let routes = guarded.with_state(app.clone());
    #[cfg(feature = "sandbox")]
    let routes = match &app.settings.sandbox {
        Some(sandbox) => routes
            .layer(from_fn(crate::sandbox::forced_error))
            .nest("/sandbox", crate::sandbox::routes(&app, sandbox)),
        None => routes,
    };
    // The outermost first, and all as one layer: a router boxes each that it is given by itself.
    let around = ServiceBuilder::new()
        .layer(from_fn(safety_headers))
        .layer(from_fn_with_state(app.clone(), envelop))
        .layer(cors(&app.settings.cors_origins))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(RequestBodyTimeoutLayer::new(BODY_STALLS_MAX))
        .layer(DefaultBodyLimit::max(app.settings.body_bytes_max));
    routes.layer(around)
}

/// The metrics, on a listener of their own.
pub fn metrics(handle: Option<PrometheusHandle>) -> Router {
    let render = move || {
        let handle = handle.clone();
        async move { handle.map(|handle| handle.render()).unwrap_or_default() }
    };
    Router::new().route("/metrics", get(render))
}

/// Browsers of the listed origins may call; others are told nothing.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("x-app-version"),
            HeaderName::from_static("x-platform"),
        ])
        .expose_headers([
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderName::from_static("x-ratelimit-reset"),
            HeaderName::from_static("idempotency-replayed"),
            header::RETRY_AFTER,
        ])
        .max_age(Duration::from_secs(600))
}
