//! Applies the row of a route: who, how often, and whether it was asked before, in this order.

use super::{authenticate, idempotency, rate_limit};
use crate::{
    app::App,
    error::{Error, edge},
    policy,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// Lets a request pass as the row of its route says; a route without a row lets nobody pass.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    pass(app, request, next).await.unwrap_or_else(Error::into_response)
}

async fn pass(app: App, mut request: Request, next: Next) -> Result<Response, Error> {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(policy) = policy::of(request.method(), path) else { return Ok(closed(path)) };
    if let Some(claims) = authenticate::check(&app, policy.access, request.headers()).await? {
        request.extensions_mut().insert(claims);
    }
    let counted = match policy.limit.zip(rate_limit::caller(&app, &request)) {
        Some((limit, caller)) => Some(rate_limit::count(&app, limit, &caller).await?),
        None => None,
    };
    let answered = match &counted {
        Some(counted) if counted.is_over() => Err(counted.refusal(app.env.now())),
        _ => idempotency::once(app, policy.key, request, next).await,
    };
    let mut response = answered.unwrap_or_else(Error::into_response);
    if let Some(counted) = counted {
        rate_limit::tell(&mut response, counted.headroom());
    }
    Ok(response)
}

/// The answer of a route without a row: the path may have others.
fn closed(path: &str) -> Response {
    let methods = policy::methods_of(path);
    if methods.is_empty() {
        return Error::new(kernel::catalogue::NOT_FOUND).into_response();
    }
    let mut response = Error::new(edge::METHOD_NOT_ALLOWED).into_response();
    if let Ok(allowed) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}
