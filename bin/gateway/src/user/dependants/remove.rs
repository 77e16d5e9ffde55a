//! DELETE /user/dependants/{id}: takes a family member off the list.

use super::Parameters;
use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::DependantId;
use schemars::JsonSchema;
use serde::Serialize;

/// The family member is off the list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RemoveDependantResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"The family member is off your list.")]
    message: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("removeDependant").tag("Profile").summary("Take a family member off the list").description(
        "For a family member who is not to be offered any more. Policies and quotes they are in stay as they are. Repeating \
         it is harmless.",
    );
    let errors =
        [identity::fault::INVALID_TOKEN, kernel::catalogue::NOT_FOUND, kernel::catalogue::VALIDATION_ERROR];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Response>, Error> {
    app.dependants.remove(caller.user_id, DependantId::new(parameters.id)).await?;
    Ok(Json(Response { success: true, message: "The family member is off your list.".to_owned() }))
}
