//! DELETE /auth/sessions/{id}: ends the session of one of the caller's devices.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Client, Path},
    spec::examples::SESSION_ID,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use kernel::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which session.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EndSessionParameters")]
pub(crate) struct Parameters {
    /// The session, as `GET /auth/sessions` names it.
    #[schemars(example = SESSION_ID)]
    id: Uuid,
}

/// The session has ended.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EndSessionResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"The device is signed out.")]
    message: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("endSession").tag("Sign-in").summary("Sign out one of your devices").description(
        "For the screen of signed-in devices: ends the one that was chosen, whose tokens are refused from now on. It may \
         be the one that asks.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::SESSION_NOT_FOUND,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Response>, Error> {
    let session = SessionId::new(parameters.id);
    app.sessions.revoke(&caller, session, &origin).await?;
    app.revocations.end(session);
    Ok(Json(Response { success: true, message: "The device is signed out.".to_owned() }))
}
