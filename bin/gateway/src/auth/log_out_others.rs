//! POST /auth/logout/others: ends every other session of the caller.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Client, NoBody},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

/// Only this device is signed in now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogOutOthersResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"Your other devices are signed out.")]
    message: String,
    /// How many sessions were ended.
    #[schemars(example = 2)]
    revoked: u64,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("logOutOthers").tag("Sign-in").summary("Sign out on all other devices").description(
        "For a person who lost a phone or sees a device they do not know. Takes no body, or an empty object. The other \
         devices' tokens are refused from now on; this device stays signed in.",
    );
    document::errors(document::signed_in(op), &[document::BODY, &[identity::fault::INVALID_TOKEN]].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Caller(caller): Caller,
    _: NoBody,
) -> Result<Json<Response>, Error> {
    let revoked = app.sessions.logout_others(&caller, &origin).await?;
    Ok(Json(Response { success: true, message: "Your other devices are signed out.".to_owned(), revoked }))
}
