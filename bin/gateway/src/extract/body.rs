//! The JSON body, parsed strictly.

use super::{malformed, rejection};
use crate::error::{Error, edge};
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use schemars::JsonSchema;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

/// The body of a request as `T`; unknown fields are refused by `T` itself (`deny_unknown_fields`).
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::new(edge::UNSUPPORTED_MEDIA_TYPE));
        }
        parse(&whole(request, state).await?).map(Self)
    }
}

/// The body of a request that may come without one.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let json = is_json(request.headers());
        let bytes = whole(request, state).await?;
        // Clients that always name a content type, or send in chunks, may still send nothing.
        match json {
            _ if bytes.is_empty() => Ok(Self(T::default())),
            true => parse(&bytes).map(Self),
            false => Err(Error::new(edge::UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

/// No body, or an empty JSON object, which some clients send in its place.
pub struct NoBody;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        OptionalBody::<Empty>::from_request(request, state).await.map(|_| Self)
    }
}

impl OperationInput for NoBody {}

impl<T: JsonSchema> OperationInput for OptionalBody<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
        if let Some(aide::openapi::ReferenceOr::Item(body)) = &mut operation.request_body {
            body.required = false;
        }
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
        Error::new(if too_large { edge::PAYLOAD_TOO_LARGE } else { edge::MALFORMED_JSON })
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// The body as `T`, whatever came with it.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // First whether it is JSON at all, so that a broken body is never taken for a wrong field.
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|_| malformed())?;
    // A list would pass for an object whose fields are all optional.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("body", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // Half a character, such as a lone surrogate, shows only when the text is read.
        if error.inner().is_syntax() || error.inner().is_eof() {
            return malformed();
        }
        rejection(&error.path().to_string(), &error.inner().to_string())
    })
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct TopUp {
        #[expect(dead_code, reason = "only parsed")]
        amount: i64,
    }

    fn code(body: &str) -> &'static str {
        parse::<TopUp>(body.as_bytes()).unwrap_err().entry().code
    }

    #[test]
    fn each_fault_of_a_body_has_its_code() {
        assert!(parse::<TopUp>(br#"{"amount": 5}"#).is_ok());
        assert_eq!(code(""), "MALFORMED_JSON");
        assert_eq!(code("{"), "MALFORMED_JSON");
        assert_eq!(code(r#"{"amount": 5} x"#), "MALFORMED_JSON");
        assert_eq!(code("[]"), "VALIDATION_ERROR");
        assert_eq!(code("{}"), "MISSING_REQUIRED_FIELD");
        assert_eq!(code(r#"{"amount": "5"}"#), "VALIDATION_ERROR");
        assert_eq!(code(r#"{"amount": 5.5}"#), "VALIDATION_ERROR");
        assert_eq!(code(r#"{"amount": 99999999999999999999}"#), "VALIDATION_ERROR");
        assert_eq!(code(r#"{"amount": 5, "more": 1}"#), "VALIDATION_ERROR");
        assert_eq!(code(r#"{"amount": 5, "\ud83d": 1}"#), "MALFORMED_JSON");
        assert_eq!(code(&"[".repeat(10_000)), "MALFORMED_JSON");
    }

    async fn optional(content_type: Option<&str>, body: axum::body::Body) -> Result<bool, &'static str> {
        #[derive(Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wish {
            given: Option<bool>,
        }
        let mut request = Request::builder();
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let read = OptionalBody::<Wish>::from_request(request.body(body).unwrap(), &()).await;
        read.map(|OptionalBody(wish)| wish.given.unwrap_or_default()).map_err(|error| error.entry().code)
    }

    #[tokio::test]
    async fn nothing_is_no_body_however_it_is_sent() {
        let chunked =
            || axum::body::Body::from_stream(futures::stream::empty::<Result<Bytes, std::io::Error>>());
        for content_type in [None, Some("application/json"), Some("text/plain")] {
            assert_eq!(
                optional(content_type, axum::body::Body::empty()).await,
                Ok(false),
                "{content_type:?}"
            );
            assert_eq!(optional(content_type, chunked()).await, Ok(false), "{content_type:?}");
        }
        let json = Some("application/json; charset=utf-8");
        assert_eq!(optional(json, r#"{"given": true}"#.into()).await, Ok(true));
        assert_eq!(optional(json, "{".into()).await, Err("MALFORMED_JSON"));
        assert_eq!(optional(json, r#"{"more": 1}"#.into()).await, Err("VALIDATION_ERROR"));
        assert_eq!(optional(None, "{}".into()).await, Err("UNSUPPORTED_MEDIA_TYPE"));
    }
}
