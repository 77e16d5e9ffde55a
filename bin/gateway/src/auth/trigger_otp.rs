//! POST /auth/otp/trigger: sends a one-time code to a phone.

use crate::{
    app::App,
    auth::{device, device_token},
    document,
    error::Error,
    extract::{Body, Client},
    middleware::tell,
    spec::{
        examples::{CHALLENGE_ID, DEVICE, DEVICE_TOKEN},
        patterns,
    },
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State, response::IntoResponse as _};
use identity::{Headroom, Origin, Phone, TriggerOtp, Triggered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an Indian mobile number is written: ten digits, the first of them 6–9, perhaps after +91 or 91, with at most
/// one space or hyphen between two digits.
pub(super) const PHONE: &str = r"^(\+?9[ -]?1[ -]?)?[6-9]([ -]?[0-9]){9}$";

/// Whose phone the code is sent to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TriggerOtpRequest")]
pub(crate) struct Request {
    /// An Indian mobile number: `9876543210`, `+919876543210`, `91-9876543210` or `+91 98765 43210`.
    #[schemars(example = &"9876543210", length(max = 20), regex(pattern = PHONE))]
    phone: String,
    /// What the device calls itself, without control characters. It changes nothing here.
    #[schemars(example = DEVICE, length(max = 255), regex(pattern = patterns::DEVICE))]
    device_info: Option<String>,
    /// What `/auth/otp/verify` gave this device, if it has signed in with this number before. The device then has codes
    /// and budgets of its own, which strangers who know the number cannot touch. Any other text is as good as none.
    #[schemars(example = DEVICE_TOKEN, length(max = 255))]
    device_token: Option<String>,
}

/// A code is on its way; a number we know and one we do not are answered alike.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TriggerOtpResponse")]
pub(crate) struct Response {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    success: bool,
    /// One sentence for the person.
    #[schemars(example = &"A code has been sent.")]
    message: String,
    /// When the code expires, in Unix seconds.
    #[schemars(example = 1_768_481_096)]
    expires_at: i64,
    /// After how many seconds another code can be asked for.
    #[schemars(example = 30)]
    resend_after: i64,
    /// Names this code: give it back with the code, and a code of another challenge is refused.
    #[schemars(example = CHALLENGE_ID)]
    challenge_id: Uuid,
    /// The code itself: in the sandbox, and nowhere else. Left out, never `null`.
    #[cfg(feature = "sandbox")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"123456")]
    otp: Option<String>,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("triggerOtp")
        .tag("Sign-in")
        .summary("Send a one-time code")
        .description(
            "Call it when a person has typed their number, and when they ask for another code. Sends six digits by \
             text message, valid for ten minutes. Only the newest code of a number counts, or of a device that \
             shows its `device_token`. Another can be asked for \
             after `resend_after` seconds, five times a minute and ten times a day.",
        )
        .response::<200, Json<Response>>();
    let errors = [
        identity::fault::INVALID_PHONE,
        identity::fault::MAX_ATTEMPTS_EXCEEDED,
        kernel::catalogue::RATE_LIMIT_EXCEEDED,
        kernel::catalogue::PARTNER_ERROR,
        kernel::catalogue::PARTNER_UNAVAILABLE,
        kernel::catalogue::TIMEOUT,
    ];
    document::errors(op, &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Body(request): Body<Request>,
) -> axum::response::Response {
    match trigger(&app, origin, &request).await {
        Ok(triggered) => {
            let headroom = triggered.headroom;
            let mut response = Json(answer(&app, triggered)).into_response();
            tell(&mut response, headroom);
            response
        }
        Err((error, headroom)) => {
            let mut response = error.into_response();
            if let Some(headroom) = headroom {
                tell(&mut response, headroom);
            }
            response
        }
    }
}

async fn trigger(
    app: &App,
    origin: Origin,
    request: &Request,
) -> Result<Triggered, (Error, Option<Headroom>)> {
    let asked = asked(origin, request).map_err(|error| (error, None))?;
    app.sign_ins.trigger(&asked).await.map_err(|error| {
        let headroom = error.headroom();
        (error.into(), headroom)
    })
}

fn asked(origin: Origin, request: &Request) -> Result<TriggerOtp, Error> {
    let phone = Phone::parse(&request.phone)?;
    device(request.device_info.as_deref())?;
    Ok(TriggerOtp { phone, device_token: device_token(request.device_token.as_deref())?, origin })
}

fn answer(app: &App, triggered: Triggered) -> Response {
    #[cfg(not(feature = "sandbox"))]
    let _ = app;
    Response {
        success: true,
        message: "A code has been sent.".to_owned(),
        expires_at: triggered.expires_at.unix_timestamp(),
        resend_after: triggered.resend_after.whole_seconds(),
        challenge_id: triggered.challenge_id.uuid(),
        #[cfg(feature = "sandbox")]
        otp: app.settings.sandbox.as_ref().map(|sandbox| sandbox.fixed_code.clone()),
    }
}

#[cfg(all(test, not(feature = "sandbox")))]
mod tests {
    use super::Response;

    #[test]
    fn outside_the_sandbox_there_is_no_field_for_the_code() {
        let schema = serde_json::to_value(schemars::schema_for!(Response)).unwrap();
        let fields = schema["properties"].as_object().unwrap();
        assert!(fields.contains_key("challenge_id") && !fields.contains_key("otp"), "{schema}");
    }
}
