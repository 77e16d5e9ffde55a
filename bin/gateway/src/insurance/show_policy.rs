//! GET /insurance/policies/{policy_id}: one policy.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    insurance::Policy,
    spec::examples::POLICY_ID,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::PolicyId;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// Which policy.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ShowPolicyParameters")]
pub(crate) struct Parameters {
    /// The policy, as `GET /insurance/policies` lists it.
    #[schemars(example = POLICY_ID)]
    policy_id: Uuid,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showPolicy").tag("Insurance").summary("Show a policy").description(
        "For the page of a policy, and every few seconds while `status` is `ISSUING`: whom it covers, from when, and what \
         became of it.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        insurance::fault::POLICY_NOT_FOUND,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Policy>, Error> {
    let policy = app.policies.get(caller.user_id, PolicyId::new(parameters.policy_id)).await?;
    Ok(Json(Policy::from(&policy)))
}
