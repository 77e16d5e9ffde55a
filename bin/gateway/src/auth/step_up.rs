//! POST /auth/step-up: gives the PIN, so that money can be moved on this device for five minutes.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller, Client},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::{GivePin, Pin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The PIN.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StepUpRequest")]
pub(crate) struct Request {
    /// Four to six digits.
    #[schemars(example = &"8305", regex(pattern = r"^[0-9]{4,6}$"))]
    pin: String,
}

/// Money can be moved on this device.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StepUpResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// Until when: five minutes from now.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:39:56Z")]
    expires_at: OffsetDateTime,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("stepUp").tag("Sign-in").summary("Confirm with your PIN").description(
        "Call it when a request answers `STEP_UP_REQUIRED`, then repeat that request. Opens the way to spending wallet \
         money on this device for five minutes. Five wrong PINs lock it for fifteen; each lock in a row holds twice as \
         long as the one before, up to a day. After twenty wrong PINs in a row only setting another helps: the answer \
         is then `INVALID_STATE` with the `details.reason` `pin_reset_needed`, as it is `no_pin` for somebody who has \
         none.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::INVALID_OTP,
        identity::fault::MAX_ATTEMPTS_EXCEEDED,
        kernel::catalogue::INVALID_STATE,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Caller(caller): Caller,
    Body(request): Body<Request>,
) -> Result<Json<Response>, Error> {
    let given = GivePin {
        user_id: caller.user_id,
        session_id: caller.session_id,
        pin: Pin::parse(&request.pin)?,
        origin,
    };
    let grant = app.step_ups.step_up(&given).await?;
    Ok(Json(Response { success: true, expires_at: grant.expires_at }))
}
