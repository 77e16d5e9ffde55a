//! What surrounds every route of every partner: reads the call, lets faults strike, journals the exchange.

use axum::{
    Extension,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    FaultKind, Partner,
    desk::Desk,
    faults::{Moment, Strike},
    journal::{Direction, Exchange},
    listener::Cut,
    masking,
    pause::pause,
};

/// No partner takes more in one call.
const MOST_BYTES: usize = 512 * 1024;

/// Put into an answer's extensions by a route that wants its effect kept and its answer lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoseAnswer;

/// Put into an answer's extensions by a route that wants its effect kept and its answer unreadable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BreakAnswer;

/// A call as it arrived, and the switch of its connection.
struct Call {
    exchange: Exchange,
    cut: Option<Cut>,
}

/// Wraps a partner's routes.
pub(crate) async fn surround(
    State(desk): State<Desk>,
    cut: Option<Extension<ConnectInfo<Cut>>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let line = format!("{} {}", parts.method, parts.uri.path());
    let mut exchange = Exchange::begun(desk.partner, Direction::Call, line);
    exchange.request_id = text(&parts.headers, "x-request-id");
    exchange.query = parts.uri.query().map_or(Value::Null, |query| masking::pairs(query.as_bytes()));
    exchange.request = masking::body(&content_type(&parts.headers), &bytes);
    let strike = desk.faults.strike(desk.partner, Moment::Call, &exchange.line);
    exchange.faults.clone_from(&strike.kinds);
    if !strike.delay.is_zero() {
        pause(&desk.stop, strike.delay).await;
    }
    let call = Call { exchange, cut: cut.map(|Extension(ConnectInfo(cut))| cut) };
    let answer = match refusal(desk.partner, &strike) {
        Some(refusal) => refusal,
        None => next.run(Request::from_parts(parts, Body::from(bytes))).await,
    };
    call.finish(&desk, &strike, answer).await
}

/// The answer of a fault that lets the call have no effect.
fn refusal(partner: Partner, strike: &Strike) -> Option<Response> {
    if strike.has(FaultKind::DropBefore) {
        return Some(lost());
    }
    if strike.has(FaultKind::Outage) {
        return Some(
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::CONTENT_TYPE, "text/html"), (header::RETRY_AFTER, "30")],
                "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
            )
                .into_response(),
        );
    }
    strike.status.map(|status| failure(partner, status))
}

fn lost() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(LoseAnswer);
    response
}

/// An error of the given status in the partner's own form.
pub(crate) fn failure(partner: Partner, status: u16) -> Response {
    let body = match partner {
        Partner::Juspay => json!({
            "status": "ERROR", "status_id": -1, "error_code": "internal_error",
            "error_message": "The request could not be processed.",
            "error_info": {"code": "INTERNAL_ERROR", "category": "SERVER_ERROR",
                "developer_message": "Simulated failure.", "user_message": "Something went wrong."},
        }),
        Partner::Twilio => {
            let (code, message) = match status {
                401 => (20003, "Authenticate"),
                404 => (20404, "The requested resource was not found"),
                429 => (20429, "Too many requests"),
                503 => (20503, "Service unavailable"),
                400..=499 => (20001, "Unknown parameters"),
                _ => (20500, "An internal server error has occurred"),
            };
            return crate::twilio::error(status, code, message);
        }
        // Assumed: a failure of theirs that is not HTTP 200 still carries a code.
        Partner::ValueFirst => crate::valuefirst::failure_body(65_280),
        Partner::Narayana => crate::narayana::problem(status),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(body)).into_response()
}

impl Call {
    async fn finish(mut self, desk: &Desk, strike: &Strike, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let content_type = content_type(&parts.headers);
        let lose = strike.has(FaultKind::DropAfter) || parts.extensions.get::<LoseAnswer>().is_some();
        let broken = strike.has(FaultKind::Malformed) || parts.extensions.get::<BreakAnswer>().is_some();
        if lose {
            self.journal(desk, None, Value::Null);
            if let Some(cut) = &self.cut {
                cut.throw();
            }
            return Response::from_parts(parts, Body::empty());
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        if broken {
            parts.status = StatusCode::OK;
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            self.journal(desk, Some(200), json!({"broken_json": true}));
            return Response::from_parts(parts, Body::from(r#"{"status":"NEW","order_id":"#));
        }
        let bytes = if strike.has(FaultKind::ExtraKeys) { with_extra_keys(bytes) } else { bytes };
        self.journal(desk, Some(parts.status.as_u16()), masking::body(&content_type, &bytes));
        Response::from_parts(parts, Body::from(bytes))
    }

    fn journal(&mut self, desk: &Desk, status: Option<u16>, response: Value) {
        let mut exchange = self.exchange.clone();
        exchange.status = status;
        exchange.response = response;
        desk.journal.add(desk.env.now(), exchange);
    }
}

fn with_extra_keys(bytes: Bytes) -> Bytes {
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&bytes) else { return bytes };
    object.insert("x_undocumented".to_owned(), json!({"nested": [1, "two", null]}));
    object.insert("x_undocumented_flag".to_owned(), Value::Bool(true));
    serde_json::to_vec(&object).map_or(bytes, Bytes::from)
}

fn content_type(headers: &HeaderMap) -> String {
    text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default()
}

/// A header as text.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
