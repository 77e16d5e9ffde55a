//! `X-Sandbox-Error: CODE` on any request: the answer is that error, and nothing is done, so that a client's
//! handling of every code can be tried on every route.

use crate::error::{Error, catalogue, status};
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

const HEADER: &str = "x-sandbox-error";

/// Answers the error that the request asks for, or lets it pass.
pub(crate) async fn forced_error(request: Request, next: Next) -> Response {
    let Some(wanted) = request.headers().get(HEADER) else { return next.run(request).await };
    let entry = catalogue().into_iter().find(|entry| entry.code.as_bytes() == wanted.as_bytes());
    let Some(entry) = entry else {
        return Error::invalid("X-Sandbox-Error", "must be a code of the error catalogue").into_response();
    };
    let error = Error::new(entry);
    let waits = status(&entry) == StatusCode::TOO_MANY_REQUESTS;
    if waits { error.with("retry_after", 30) } else { error }.into_response()
}
