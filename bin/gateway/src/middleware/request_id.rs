//! The request's id, its one log line, and the envelope of its error.

use crate::{app::App, error::Error};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const HEADER: &str = "x-request-id";

/// Names one request in the answer, the log and the audit log.
#[derive(Debug, Clone)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id the caller sent, if it is 1–64 plain characters that are safe in a log.
    pub(crate) fn sent(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.into()))
    }
}

/// Gives the request its id, writes one log line and its metrics, and turns errors into the envelope.
pub async fn envelop(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::sent(request.headers())
        .unwrap_or_else(|| RequestId(app.env.new_uuid().hyphenated().to_string().into()));
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    // The pattern, not the path: paths hold ids and numbers that metrics and logs should not multiply over.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    // Of the highest level, so that an error's line names its request whatever is filtered out.
    let span = tracing::error_span!(
        "request", request_id = id.as_str(), http.request.method = %method, http.route = route,
        app.platform = platform(request.headers()), app.version = version(request.headers()),
    );
    let started = std::time::Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let (mut response, code) = finish(response, &id);
    let status = response.status();
    // To the trace alone: the log line says it itself, and would write all fields of the span anew.
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    let elapsed = started.elapsed();
    span.in_scope(|| log(status, code.as_ref(), elapsed.as_micros()));
    metrics::histogram!(
        "http_request_duration_seconds",
        "method" => known(&method), "route" => route, "status" => status.as_u16().to_string(),
    )
    .record(elapsed);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The response with its envelope, if it is an error, and that error.
fn finish(response: Response, id: &RequestId) -> (Response, Option<Error>) {
    let complete = response.extensions().get::<Complete>().is_some();
    let unnamed = || if complete { None } else { unnamed(&response) };
    let error = response.extensions().get::<Error>().cloned().or_else(unnamed);
    let Some(error) = error else { return (response, None) };
    let mut enveloped = error.respond(id.as_str());
    for (name, value) in response.headers() {
        let ours = name == axum::http::header::CONTENT_TYPE || name == axum::http::header::CONTENT_LENGTH;
        if !ours && !enveloped.headers().contains_key(name) {
            enveloped.headers_mut().append(name, value.clone());
        }
    }
    (enveloped, Some(error))
}

/// Marks a response whose error is told in its own words already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Complete;

/// The error of a response that a library made without one of ours.
fn unnamed(response: &Response) -> Option<Error> {
    use crate::error::edge;
    let entry = match response.status() {
        StatusCode::NOT_FOUND => kernel::catalogue::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => edge::METHOD_NOT_ALLOWED,
        StatusCode::PAYLOAD_TOO_LARGE => edge::PAYLOAD_TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => edge::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::REQUEST_TIMEOUT => kernel::catalogue::TIMEOUT,
        StatusCode::SERVICE_UNAVAILABLE => kernel::catalogue::SERVICE_UNAVAILABLE,
        status if status.is_server_error() => kernel::catalogue::INTERNAL_ERROR,
        status if status.is_client_error() => kernel::catalogue::VALIDATION_ERROR,
        _ => return None,
    };
    Some(Error::new(entry))
}

/// Which kind of app asks, as far as it is one we know.
fn platform(headers: &HeaderMap) -> Option<&'static str> {
    let told = headers.get("x-platform")?.to_str().ok()?;
    ["ios", "android", "web"].into_iter().find(|known| known.eq_ignore_ascii_case(told))
}

/// Which version of the app asks, if it looks like one: digits, letters and the marks between them.
fn version(headers: &HeaderMap) -> Option<&str> {
    let told = headers.get("x-app-version")?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte);
    ((1..=32).contains(&told.len()) && told.bytes().all(plain)).then_some(told)
}

/// The method as a label: whatever somebody invents counts as one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn log(status: StatusCode, error: Option<&Error>, duration_us: u128) {
    let status = status.as_u16();
    let code = error.map(|error| error.entry().code);
    match error {
        Some(error) if status >= 500 => {
            tracing::error!(status, code, duration_us, causes = error.causes(), "request failed");
        }
        _ => tracing::info!(status, code, duration_us, "request answered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_app_says_of_itself_is_logged_only_if_it_is_plain() {
        let headers = |platform: &'static str, told: &'static str| {
            let pairs = [("x-platform", platform), ("x-app-version", told)];
            let pairs = pairs.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            HeaderMap::from_iter(pairs)
        };
        let told = headers("Android", "2.14.0-rc.1+77");
        assert_eq!((platform(&told), version(&told)), (Some("android"), Some("2.14.0-rc.1+77")));
        let strange = headers("fridge", "2.14 Asha Devi");
        assert_eq!((platform(&strange), version(&strange)), (None, None));
        assert_eq!((platform(&HeaderMap::new()), version(&HeaderMap::new())), (None, None));
    }
}
