//! GET /user/profile: what the caller told us about themselves.

use crate::{app::App, document, error::Error, extract::Caller, user::Profile};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showProfile").tag("Profile").summary("Show your profile").description(
        "Call it after signing in, and whenever the profile is shown. While `profile_complete` is false, ask for the \
         names.",
    );
    let errors = [identity::fault::INVALID_TOKEN, identity::fault::USER_NOT_FOUND];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Profile>, Error> {
    Ok(Json(app.profiles.get(caller.user_id).await?.into()))
}
