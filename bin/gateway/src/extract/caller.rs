//! Who is calling, as the access token says: put there by the layer that checked it.

use crate::error::Error;
use aide::OperationInput;
use axum::{extract::FromRequestParts, http::request::Parts};
use identity::AccessClaims;

/// The signed-in caller. A route without the authenticating layer answers 401 to everybody.
pub struct Caller(pub AccessClaims);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let claims = parts.extensions.get::<AccessClaims>().cloned();
        claims.map(Self).ok_or_else(|| Error::new(identity::fault::INVALID_TOKEN))
    }
}

impl OperationInput for Caller {}
