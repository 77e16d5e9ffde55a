//! POST /sandbox/clock: moves the clock of the gateway and the simulators together.

use crate::{app::App, error::Error, extract::Body};
use axum::{Json, extract::State};
use kernel::{Clock as _, MovableClock};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The furthest one call may move the clock: ten years.
const FURTHEST: Duration = Duration::days(3_650);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    advance_seconds: Option<i64>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    set_at: Option<OffsetDateTime>,
}

#[derive(Serialize)]
pub(crate) struct Response {
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
}

pub(crate) async fn handle(
    State((app, clock)): State<(App, Arc<MovableClock>)>,
    Body(request): Body<Request>,
) -> Result<Json<Response>, Error> {
    let by = match (request.advance_seconds, request.set_at) {
        (Some(seconds), None) => Duration::seconds(seconds),
        (None, Some(at)) => at - clock.now(),
        (None, None) => Duration::ZERO,
        (Some(_), Some(_)) => return Err(Error::invalid("set_at", "cannot be given with advance_seconds")),
    };
    if by.abs() > FURTHEST {
        let field = if request.set_at.is_some() { "set_at" } else { "advance_seconds" };
        return Err(Error::invalid(field, "must move the clock by at most ten years"));
    }
    clock.advance(by);
    if let Some(kept) = app.settings.sandbox.as_ref().and_then(|sandbox| sandbox.kept.as_ref())
        && let Err(error) = kept.note_clock(&clock)
    {
        tracing::warn!(%error, "the clock's lead could not be kept for the next start");
    }
    if by.is_positive() {
        app.postgres.bring_jobs_nearer(by).await?;
    }
    Ok(Json(Response { now: clock.now() }))
}

/// GET /sandbox/clock: what time it is here.
pub(crate) async fn show(State((_, clock)): State<(App, Arc<MovableClock>)>) -> Json<Response> {
    Json(Response { now: clock.now() })
}
