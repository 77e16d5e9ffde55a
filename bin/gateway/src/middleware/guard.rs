//! Applies the row of a route: who, whether it was asked before, and how often, in this order: a retry that is
//! answered from memory costs its caller nothing.

use super::{authenticate, idempotency, rate_limit};
use crate::{
    app::App,
    error::{Error, edge},
    policy::{self, RateLimit},
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
    let (key, limit) = (policy.key, policy.limit);
    let run = {
        let app = app.clone();
        move |request| limited(app, limit, request, next)
    };
    idempotency::once(app, key, request, run).await
}

/// Does the request unless its caller has asked too often.
async fn limited(
    app: App,
    limit: Option<RateLimit>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let Some(limit) = limit else { return Ok(next.run(request).await) };
    let mut counted = Vec::new();
    // The narrowest first, and no further than the first that is over: whom that one refuses costs its site nothing.
    for caller in rate_limit::callers(&app, &request) {
        let one = rate_limit::count(&app, limit, &caller).await?;
        let is_over = one.is_over();
        counted.push(one);
        if is_over {
            break;
        }
    }
    let mut response = match counted.last().filter(|counted| counted.is_over()) {
        Some(counted) => counted.refusal(app.env.now()).into_response(),
        None => next.run(request).await,
    };
    for counted in counted {
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
