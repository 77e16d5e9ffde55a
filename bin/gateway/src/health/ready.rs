//! GET /health/ready: the program can serve: its database answers, has every migration, and jobs are run.

use crate::{app::App, document, error::Error};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::atomic::Ordering;

/// What each part says of itself.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReadyResponse")]
pub struct Response {
    /// Always `ready`: anything else answers 503.
    #[schemars(example = &"ready", extend("enum" = ["ready"]))]
    status: &'static str,
    /// The database answers.
    #[schemars(example = true)]
    database: bool,
    /// No migration is missing.
    #[schemars(example = true)]
    migrations: bool,
    /// The job worker runs.
    #[schemars(example = true)]
    worker: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("ready").tag("Operations").summary("The program can serve").description(
        "For a load balancer, which sends requests only while this answers 200; apps need not call it. The 503 tells \
         each part in `details`.",
    );
    document::errors(op, &[kernel::catalogue::SERVICE_UNAVAILABLE])
}

pub(crate) async fn handle(State(app): State<App>) -> Result<Json<Response>, Error> {
    let missing = postgres::missing_migrations(app.postgres.pool()).await;
    let worker = app.worker_runs.load(Ordering::Relaxed);
    let response =
        Response { status: "ready", database: missing.is_ok(), migrations: matches!(missing, Ok(0)), worker };
    if response.database && response.migrations && response.worker {
        return Ok(Json(response));
    }
    Err(Error::new(kernel::catalogue::SERVICE_UNAVAILABLE)
        .with("database", response.database)
        .with("migrations", response.migrations)
        .with("worker", response.worker)
        .with("retry_after", 1))
}
