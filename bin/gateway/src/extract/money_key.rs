//! The `Idempotency-Key` of a request that moves money; the guard has checked that it is there.

use crate::error::Error;
use aide::OperationInput;
use axum::{extract::FromRequestParts, http::request::Parts};

/// The key's text.
pub struct MoneyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for MoneyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let key = parts.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        key.map(|key| Self(key.to_owned())).ok_or_else(|| Error::missing("Idempotency-Key"))
    }
}

impl OperationInput for MoneyKey {}
