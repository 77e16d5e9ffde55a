//! The parameters of the query.

use super::rejection;
use crate::error::Error;
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{extract::FromRequestParts, http::request::Parts};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// The query's parameters as `T`; unknown ones are refused by `T` itself (`deny_unknown_fields`).
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The parameters of a query, the part of an address after `?`.
pub(crate) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let form = url::form_urlencoded::parse(query.as_bytes());
    let parsed = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(form));
    parsed.map_err(|error| rejection(&error.path().to_string(), &error.inner().to_string()))
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::extract::Query::<T>::operation_input(ctx, operation);
    }
}
