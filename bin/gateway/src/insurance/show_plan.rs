//! GET /insurance/plans/{id}: one plan.

use crate::{app::App, document, error::Error, extract::Path, insurance::Plan, spec::examples::PLAN_ID};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::PlanId;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// Which plan.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ShowPlanParameters")]
pub(crate) struct Parameters {
    /// The plan, as `GET /insurance/plans` lists it.
    #[schemars(example = PLAN_ID)]
    id: Uuid,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("showPlan")
        .tag("Insurance")
        .summary("Show a plan")
        .description("For the page of a plan: what it gives, what it does not cover, and who may enter.");
    let errors = [
        identity::fault::INVALID_TOKEN,
        insurance::fault::PLAN_NOT_FOUND,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Plan>, Error> {
    let plan = app.catalogue.get(PlanId::new(parameters.id)).await?;
    Ok(Json(Plan::from(&plan)))
}
