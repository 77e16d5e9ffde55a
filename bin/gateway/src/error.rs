//! How an error leaves the system: one envelope, one table from kind to status, stable codes.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Detail, Entry, Fault, Kind};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The codes that only the edge itself can give; the others stand in the domains' catalogues.
pub mod edge {
    use kernel::{Entry, Kind};

    /// The body is not JSON.
    pub const MALFORMED_JSON: Entry =
        Entry { code: "MALFORMED_JSON", kind: Kind::Invalid, meaning: "The body is not valid JSON." };
    /// The path exists, but not with this method.
    pub const METHOD_NOT_ALLOWED: Entry = Entry {
        code: "METHOD_NOT_ALLOWED",
        kind: Kind::Invalid,
        meaning: "This path does not support this method.",
    };
    /// The body is larger than the route takes.
    pub const PAYLOAD_TOO_LARGE: Entry =
        Entry { code: "PAYLOAD_TOO_LARGE", kind: Kind::Invalid, meaning: "The body is too large." };
    /// The body is not sent as `application/json`.
    pub const UNSUPPORTED_MEDIA_TYPE: Entry = Entry {
        code: "UNSUPPORTED_MEDIA_TYPE",
        kind: Kind::Invalid,
        meaning: "The body must be sent as application/json.",
    };
    /// The first request with this key is still running.
    pub const REQUEST_IN_PROGRESS: Entry = Entry {
        code: "REQUEST_IN_PROGRESS",
        kind: Kind::Conflict,
        meaning: "The first request with this Idempotency-Key is still running.",
    };
    /// A webhook's credentials or signature are wrong.
    pub const INVALID_SIGNATURE: Entry = Entry {
        code: "INVALID_SIGNATURE",
        kind: Kind::Unauthenticated,
        meaning: "The sender could not be verified.",
    };

    /// Every entry of this module.
    pub const CATALOGUE: &[Entry] = &[
        MALFORMED_JSON,
        METHOD_NOT_ALLOWED,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        REQUEST_IN_PROGRESS,
        INVALID_SIGNATURE,
    ];
}

/// Every code the system can answer, domain by domain.
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    [
        kernel::catalogue::ALL,
        edge::CATALOGUE,
        identity::fault::CATALOGUE,
        wallet::fault::CATALOGUE,
        payments::fault::CATALOGUE,
        insurance::fault::CATALOGUE,
    ]
    .concat()
}

/// The HTTP status of an entry: the one table from kind to status, and the three codes HTTP itself names.
#[must_use]
pub fn status(entry: &Entry) -> StatusCode {
    match entry.code {
        "METHOD_NOT_ALLOWED" => return StatusCode::METHOD_NOT_ALLOWED,
        "PAYLOAD_TOO_LARGE" => return StatusCode::PAYLOAD_TOO_LARGE,
        "UNSUPPORTED_MEDIA_TYPE" => return StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => {}
    }
    match entry.kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Exhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::PartnerFailed => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// An error on its way out; boxed, since most calls succeed.
#[derive(Debug, Clone)]
pub struct Error(Box<Told>);

#[derive(Debug, Clone)]
struct Told {
    entry: Entry,
    details: Map<String, Value>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of the edge, without a cause.
    #[must_use]
    pub fn new(entry: Entry) -> Self {
        Self(Box::new(Told { entry, details: Map::new(), cause: None }))
    }

    /// The same with a fact the client can act on.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.details.insert(key.to_owned(), value.into());
        self
    }

    /// A field that is missing.
    #[must_use]
    pub fn missing(field: &str) -> Self {
        Self::new(kernel::catalogue::MISSING_REQUIRED_FIELD).with("field", field)
    }

    /// A field that is wrong, and what it must be.
    #[must_use]
    pub fn invalid(field: &str, constraint: &str) -> Self {
        Self::new(kernel::catalogue::VALIDATION_ERROR).with("field", field).with("constraint", constraint)
    }

    /// Its line of the catalogue.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    /// The whole chain of causes, for the log alone.
    #[must_use]
    pub fn causes(&self) -> String {
        let mut chain = Vec::new();
        let mut next = self.0.cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        while let Some(cause) = next {
            chain.push(cause.to_string());
            next = cause.source();
        }
        chain.join(": ")
    }

    /// The envelope as it is answered.
    #[must_use]
    pub fn envelope(&self, request_id: &str) -> Envelope {
        Envelope {
            error: self.0.entry.code.to_owned(),
            message: self.message(),
            status_code: status(&self.0.entry).as_u16(),
            request_id: request_id.to_owned(),
            details: self.0.details.clone(),
        }
    }

    /// The response, with the headers HTTP asks for beside the envelope.
    #[must_use]
    pub fn respond(&self, request_id: &str) -> Response {
        let status = status(&self.0.entry);
        let mut response = (status, Json(self.envelope(request_id))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_seconds(status) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = if self.0.entry == edge::INVALID_SIGNATURE {
                HeaderValue::from_static("Basic realm=\"webhooks\"")
            } else {
                HeaderValue::from_static("Bearer error=\"invalid_token\"")
            };
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    fn message(&self) -> String {
        match (self.0.details.get("field"), self.0.details.get("constraint")) {
            (Some(Value::String(field)), Some(Value::String(constraint))) => {
                format!("{} {field}: {constraint}.", self.0.entry.meaning)
            }
            (Some(Value::String(field)), _) => format!("{} Field: {field}.", self.0.entry.meaning),
            _ => self.0.entry.meaning.to_owned(),
        }
    }

    fn retry_after_seconds(&self, status: StatusCode) -> Option<u64> {
        let told = self.0.details.get("retry_after").and_then(Value::as_u64);
        let waits = status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::SERVICE_UNAVAILABLE
            || self.0.entry == edge::REQUEST_IN_PROGRESS;
        told.or_else(|| waits.then_some(1))
    }
}

impl<F: Fault + 'static> From<F> for Error {
    fn from(fault: F) -> Self {
        let details = fault.details().into_iter().map(|(key, detail)| (key.to_owned(), json(detail)));
        Self(Box::new(Told {
            entry: fault.entry(),
            details: details.collect(),
            cause: Some(Arc::new(fault)),
        }))
    }
}

fn json(detail: Detail) -> Value {
    match detail {
        Detail::Number(number) => number.into(),
        Detail::Text(text) => text.into(),
    }
}

impl IntoResponse for Error {
    /// Hands the error to the outermost layer, which knows the request's id and logs it once.
    fn into_response(self) -> Response {
        let mut response = status(&self.0.entry).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What every error looks like on the wire.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Envelope {
    /// The stable code to switch on.
    #[schemars(example = &"INVALID_OTP")]
    pub error: String,
    /// One sentence for the person.
    #[schemars(example = &"The code is not correct.")]
    pub message: String,
    /// The HTTP status again, for clients that lose it.
    #[schemars(example = 401, range(min = 400, max = 599))]
    pub status_code: u16,
    /// The request's id, as `X-Request-ID` has it: quote it when asking for help.
    #[schemars(example = crate::spec::examples::REQUEST_ID)]
    pub request_id: String,
    /// Facts a client can act on, such as `field`, `attempts_remaining` or `retry_after`; empty if there are none.
    #[schemars(example = serde_json::json!({ "attempts_remaining": 4 }))]
    pub details: Map<String, Value>,
}

/// Endpoints document their errors one by one, by [`document::errors`](crate::document::errors).
impl aide::OperationOutput for Error {
    type Inner = Envelope;
}
