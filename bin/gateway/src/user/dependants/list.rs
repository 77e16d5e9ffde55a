//! GET /user/dependants: the family members the caller named.

use crate::{app::App, document, error::Error, extract::Caller, user::dependants::Dependant};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::DEPENDANTS_NAMED_MAX;
use schemars::JsonSchema;
use serde::Serialize;

/// The caller's family.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListDependantsResponse")]
pub(crate) struct Response {
    /// Everybody on the list, in the order in which they were named.
    #[schemars(length(max = DEPENDANTS_NAMED_MAX))]
    data: Vec<Dependant>,
    /// Always `null`: the list is short enough to come whole.
    #[schemars(example = ())]
    next_cursor: Option<String>,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let about = format!(
        "For the screen of the family, and to choose who is to be covered. The list comes whole: nobody names more than \
         {DEPENDANTS_NAMED_MAX}."
    );
    let op = op.id("listDependants").tag("Profile").summary("List your family members").description(&about);
    document::errors(document::signed_in(op), &[identity::fault::INVALID_TOKEN])
}

pub(crate) async fn handle(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Response>, Error> {
    let family = app.dependants.list(caller.user_id).await?;
    Ok(Json(Response { data: family.into_iter().map(Dependant::from).collect(), next_cursor: None }))
}
