//! GET /auth/sessions: the caller's signed-in devices.

use crate::{
    app::App,
    document,
    error::Error,
    extract::Caller,
    spec::examples::{DEVICE, SESSION_ID},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::SessionView;
use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// The devices, newest first; at most ten.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListSessionsResponse")]
pub(crate) struct Response {
    /// The devices: one at least, the one that asks.
    data: Vec<Session>,
    /// Always `null`: there is one page.
    #[schemars(example = ())]
    next_cursor: Option<String>,
}

/// One signed-in device.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Session {
    /// The session: `DELETE /auth/sessions/{id}` ends it.
    #[schemars(example = SESSION_ID)]
    id: Uuid,
    /// What the device called itself; `null` if it did not.
    #[schemars(example = DEVICE)]
    device_info: Option<String>,
    /// When it signed in.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:34:56Z")]
    created_at: OffsetDateTime,
    /// When it last signed in or refreshed.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:34:56Z")]
    last_used_at: OffsetDateTime,
    /// When it ends whatever happens: 30 days after it signed in.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-02-14T12:34:56Z")]
    expires_at: OffsetDateTime,
    /// Whether this is the device that asks.
    #[schemars(example = true)]
    current: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("listSessions").tag("Sign-in").summary("List signed-in devices").description(
        "For the screen on which a person sees where they are signed in, and ends what they do not know.",
    );
    document::errors(document::signed_in(op), &[identity::fault::INVALID_TOKEN])
}

pub(crate) async fn handle(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Response>, Error> {
    let sessions = app.sessions.list(&caller).await?;
    let data = sessions
        .into_iter()
        .map(|SessionView { session, current }| Session {
            id: session.id.uuid(),
            device_info: session.device.map(|device| device.expose().to_owned()),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            current,
        })
        .collect();
    Ok(Json(Response { data, next_cursor: None }))
}
