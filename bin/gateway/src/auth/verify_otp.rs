//! POST /auth/otp/verify: exchanges a code for a session.

use crate::{
    app::App,
    auth::{Tokens, device, device_token, trigger_otp::PHONE},
    document,
    error::Error,
    extract::{Body, Client},
    spec::{
        examples::{CHALLENGE_ID, DEVICE, DEVICE_TOKEN, USER_ID},
        patterns,
    },
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::{ChallengeId, Phone, VerifyOtp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A number and the code it received.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VerifyOtpRequest")]
pub(crate) struct Request {
    /// The number the code was sent to, in any of its spellings.
    #[schemars(example = &"9876543210", length(max = 20), regex(pattern = PHONE))]
    phone: String,
    /// The six digits.
    #[schemars(example = &"123456", regex(pattern = r"^[0-9]{6}$"))]
    otp: String,
    /// What the device calls itself, without control characters: shown in the list of sessions.
    #[schemars(example = DEVICE, length(max = 255), regex(pattern = patterns::DEVICE))]
    device_info: Option<String>,
    /// What an earlier answer gave this device for this number; the same that went to `/auth/otp/trigger`.
    #[schemars(example = DEVICE_TOKEN, length(max = 255))]
    device_token: Option<String>,
    /// Which code this is, as `/auth/otp/trigger` answered.
    #[schemars(example = CHALLENGE_ID)]
    challenge_id: Option<Uuid>,
}

/// The session has begun.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VerifyOtpResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"You are signed in.")]
    message: String,
    #[serde(flatten)]
    tokens: Tokens,
    /// Whether this number signed in for the first time.
    #[schemars(example = true)]
    is_new_user: bool,
    /// The person, by the id that stays.
    #[schemars(example = USER_ID)]
    user_id: Uuid,
    /// Tells this device from strangers when it signs in again: kept where only the app can read it, one for each
    /// number, when signing out too. 44 letters, digits, `-` and `_` that mean nothing to anybody else. It opens
    /// nothing, and ends when the device is signed out from another, or does not sign in for a year.
    #[schemars(example = DEVICE_TOKEN, length(max = 255))]
    device_token: String,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("verifyOtp").tag("Sign-in").summary("Sign in with a one-time code").description(
        "Call it with the code the person typed, or the phone read from the message. A code can be tried five times \
         and used once. A new number becomes a person, and a wallet is opened in the background; signing in never \
         waits for it.",
    );
    let errors = [
        identity::fault::INVALID_PHONE,
        identity::fault::INVALID_OTP,
        identity::fault::OTP_EXPIRED,
        identity::fault::TOO_MANY_OTP_ATTEMPTS,
        identity::fault::ACCOUNT_DEACTIVATED,
        identity::fault::MAX_ATTEMPTS_EXCEEDED,
    ];
    document::errors(op, &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Body(request): Body<Request>,
) -> Result<Json<Response>, Error> {
    let given = VerifyOtp {
        phone: Phone::parse(&request.phone)?,
        code: app.sign_ins.parse_code(&request.otp)?,
        challenge_id: request.challenge_id.map(ChallengeId::new),
        device: device(request.device_info.as_deref())?,
        device_token: device_token(request.device_token.as_deref())?,
        origin,
    };
    let verified = app.sign_ins.verify(&given).await?;
    Ok(Json(Response {
        success: true,
        message: "You are signed in.".to_owned(),
        tokens: Tokens::from(&verified.tokens),
        is_new_user: verified.is_new_user,
        user_id: verified.user_id.uuid(),
        device_token: verified.device_token.expose(),
    }))
}
