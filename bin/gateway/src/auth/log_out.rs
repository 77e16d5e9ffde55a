//! POST /auth/logout: ends this device's session.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Client, OptionalBody},
    middleware::bearer,
    spec::examples::REFRESH_TOKEN,
};
use aide::{openapi::SecurityRequirement, transform::TransformOperation};
use axum::{Json, extract::State, http::HeaderMap};
use identity::LogoutBy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For a device whose access token has expired.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LogOutRequest")]
pub(crate) struct Request {
    /// The session's refresh token, instead of the access token in the header.
    #[schemars(example = REFRESH_TOKEN)]
    refresh_token: Option<String>,
}

/// The session has ended, now or before.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogOutResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"You are signed out.")]
    message: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("logOut").tag("Sign-in").summary("Sign out on this device").description(
        "Call it when the person signs out, then forget both tokens. Takes the access token in the header, or the \
         refresh token in the body. Whatever the tokens are, it answers 200; the access token is refused from now on, \
         on every instance.",
    );
    let mut op = document::errors(document::signed_in(op), document::BODY);
    // Signing out takes the access token but does not insist on it.
    op.inner_mut().security.push(SecurityRequirement::default());
    op
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    headers: HeaderMap,
    OptionalBody(request): OptionalBody<Request>,
) -> Result<Json<Response>, Error> {
    // An access token that is over may still end its session: its refresh token does, if it is given.
    let claims = bearer(&headers).and_then(|token| app.tokens.verify(token, app.env.now()).ok());
    let by_access = claims.as_ref().map(LogoutBy::Access);
    let by_refresh = request.refresh_token.as_deref().map(LogoutBy::Refresh);
    for by in by_access.into_iter().chain(by_refresh) {
        if let Some(ended) = app.sessions.logout(by, &origin).await? {
            app.revocations.end(ended);
        }
    }
    Ok(Json(Response { success: true, message: "You are signed out.".to_owned() }))
}
