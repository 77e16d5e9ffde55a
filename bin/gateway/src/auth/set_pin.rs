//! PUT /auth/pin: sets or replaces the PIN, with a fresh one-time code.

use crate::{
    app::App,
    auth::{device, device_token},
    document,
    error::Error,
    extract::{Body, Caller, Client},
    spec::{
        examples::{DEVICE, DEVICE_TOKEN},
        patterns,
    },
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::{BirthDate, Pin, SetPin};
use kernel::business_day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The new PIN, and proof that the phone is at hand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SetPinRequest")]
pub(crate) struct Request {
    /// Four to six digits; no run such as 1234 and no repeat such as 1111 or 1212.
    #[schemars(example = &"8305", regex(pattern = r"^[0-9]{4,6}$"))]
    pin: String,
    /// The six digits of a fresh code of `/auth/otp/trigger`.
    #[schemars(example = &"123456", regex(pattern = r"^[0-9]{6}$"))]
    otp: String,
    /// The birth date, `YYYY-MM-DD`: needed to replace a PIN that is locked or forgotten.
    #[schemars(example = &"1994-08-15", extend("format" = "date"))]
    dob: Option<String>,
    /// What the device calls itself. It changes nothing here.
    #[schemars(example = DEVICE, length(max = 255), regex(pattern = patterns::DEVICE))]
    device_info: Option<String>,
    /// The device's token, if it went to `/auth/otp/trigger`.
    #[schemars(example = DEVICE_TOKEN, length(max = 255))]
    device_token: Option<String>,
}

/// The PIN is set.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SetPinResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"Your PIN is set.")]
    message: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("setPin").tag("Sign-in").summary("Set your PIN").description(
        "Call it when a person chooses a PIN, the first or another. The PIN confirms that wallet money may be spent. \
         Setting it takes a fresh one-time code and a profile with a birth date; replacing one takes the birth date \
         itself as well, unless the PIN was just given by `/auth/step-up`.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::INVALID_OTP,
        identity::fault::OTP_EXPIRED,
        identity::fault::TOO_MANY_OTP_ATTEMPTS,
        identity::fault::MAX_ATTEMPTS_EXCEEDED,
        identity::fault::STEP_UP_REQUIRED,
        identity::fault::USER_NOT_FOUND,
        kernel::catalogue::INVALID_DATE_FORMAT,
        kernel::catalogue::FORBIDDEN,
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
    device(request.device_info.as_deref())?;
    let today = business_day(app.env.now());
    let wanted = SetPin {
        user_id: caller.user_id,
        session_id: caller.session_id,
        pin: Pin::parse_new(&request.pin)?,
        otp: app.sign_ins.parse_code(&request.otp)?,
        dob: request.dob.as_deref().map(|text| BirthDate::parse(text, today)).transpose()?,
        device_token: device_token(request.device_token.as_deref())?,
        origin,
    };
    app.step_ups.set_pin(&wanted).await?;
    Ok(Json(Response { success: true, message: "Your PIN is set.".to_owned() }))
}
