//! POST /auth/token/refresh: exchanges a refresh token for the next pair.

use crate::{
    app::App,
    auth::Tokens,
    document,
    error::Error,
    extract::{Body, Client},
    spec::examples::REFRESH_TOKEN,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::RefreshError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The newest refresh token of the session.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RefreshTokenRequest")]
pub(crate) struct Request {
    /// As the last sign-in or refresh answered.
    #[schemars(example = REFRESH_TOKEN, length(max = 512))]
    refresh_token: String,
}

/// The next pair.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RefreshTokenResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    #[serde(flatten)]
    tokens: Tokens,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("refreshToken").tag("Sign-in").summary("Get the next pair of tokens").description(
        "Call it when the access token has expired or soon will, one call at a time. A refresh token is used once. If \
         the answer was lost, the same token gets the same pair again, byte for byte, until the pair's own refresh \
         token is used or 60 seconds have passed. Anything older ends the session: `details.reason` is then `reused`. Refreshing never \
         moves the session's end, 30 days after sign-in.",
    );
    let errors = [identity::fault::INVALID_TOKEN, identity::fault::ACCOUNT_DEACTIVATED];
    document::errors(op, &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Body(request): Body<Request>,
) -> Result<Json<Response>, Error> {
    let refreshed = app.sessions.refresh(&request.refresh_token, &origin).await;
    if let Err(RefreshError::Reused(ended)) = refreshed {
        app.revocations.end(ended);
    }
    let pair = refreshed?;
    Ok(Json(Response { success: true, tokens: Tokens::from(&pair) }))
}
