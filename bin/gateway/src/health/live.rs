//! GET /health: the program runs; asks nothing else, so that a dead database does not restart it.

use aide::transform::TransformOperation;
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

/// The program runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HealthResponse")]
pub struct Response {
    /// Always `ok`.
    #[schemars(example = &"ok", extend("enum" = ["ok"]))]
    status: &'static str,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.id("health").tag("Operations").summary("The program runs").description(
        "For whatever restarts the program when this does not answer; apps need not call it. Asks nothing else, so that \
         a dead database restarts nobody.",
    )
}

pub(crate) async fn handle() -> Json<Response> {
    Json(Response { status: "ok" })
}
