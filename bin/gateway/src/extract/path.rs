//! The parameters of the path.

use super::rejection;
use crate::error::Error;
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{
    extract::{FromRequestParts, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// The path's parameters as `T`, a struct that names them.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let parsed = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        parsed.map(|axum::extract::Path(value)| Self(value)).map_err(|error| error_of(&error))
    }
}

fn error_of(error: &PathRejection) -> Error {
    let PathRejection::FailedToDeserializePathParams(error) = error else {
        return Error::new(kernel::catalogue::NOT_FOUND);
    };
    match error.kind() {
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
            Error::invalid(key, &format!("must be {expected_type}"))
        }
        ErrorKind::DeserializeError { key, message, .. } => rejection(key, message),
        ErrorKind::InvalidUtf8InPathParam { key } => Error::invalid(key, "must be UTF-8"),
        _ => Error::new(kernel::catalogue::NOT_FOUND),
    }
}

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::extract::Path::<T>::operation_input(ctx, operation);
    }
}
