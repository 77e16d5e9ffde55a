//! PATCH /user/profile: changes the fields that are given and leaves the others.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller, Client},
    user::Profile,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::{PatchProfile, ProfileFields, ProfilePatch};
use kernel::business_day;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// The fields to change; `null` or a blank text empties a field.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"Asha", length(max = 255))]
    first_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"Devi", length(max = 255))]
    last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"asha@example.in", length(max = 254))]
    email: Option<Option<String>>,
    /// `YYYY-MM-DD`, in the past, at most 120 years ago.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"1994-08-15")]
    dob: Option<Option<String>>,
    /// `male`, `female` or `other`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"female")]
    gender: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", length(max = 500))]
    address: Option<Option<String>>,
    /// `driver`, `delivery_partner`, `domestic_worker`, `construction_worker`, `street_vendor`, `salaried`,
    /// `self_employed`, `professional`, `student`, `homemaker`, `retired` or `other`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"delivery_partner")]
    occupation: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"QuickBite", length(max = 255))]
    employer: Option<Option<String>>,
    #[serde(default, deserialize_with = "immutable")]
    #[schemars(skip)]
    phone: bool,
    #[serde(default, deserialize_with = "immutable")]
    #[schemars(skip)]
    aadhaar: bool,
    #[serde(default, deserialize_with = "immutable")]
    #[schemars(skip)]
    aadhaar_number: bool,
    #[serde(default, deserialize_with = "immutable")]
    #[schemars(skip)]
    aadhaar_last4: bool,
}

/// Tells a field that is `null` from one that is absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Notes that a field was given which cannot be changed, whatever its value.
fn immutable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Request {
    /// The first field given that can never be changed this way.
    fn immutable_field(&self) -> Option<&'static str> {
        [
            ("phone", self.phone),
            ("aadhaar", self.aadhaar),
            ("aadhaar_number", self.aadhaar_number),
            ("aadhaar_last4", self.aadhaar_last4),
        ]
        .into_iter()
        .find_map(|(field, given)| given.then_some(field))
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("changeProfile").tag("Profile").summary("Change your profile").description(
        "Takes only the fields to change. Phone and Aadhaar cannot be changed here: `IMMUTABLE_FIELD`.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::IMMUTABLE_FIELD,
        identity::fault::INVALID_DATE_FORMAT,
        identity::fault::USER_NOT_FOUND,
    ];
    document::errors(document::signed_in(op), &[document::BODY, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Client(origin): Client,
    Caller(caller): Caller,
    Body(request): Body<Request>,
) -> Result<Json<Profile>, Error> {
    if let Some(field) = request.immutable_field() {
        return Err(Error::new(identity::fault::IMMUTABLE_FIELD).with("field", field));
    }
    let fields = ProfileFields {
        first_name: request.first_name,
        last_name: request.last_name,
        email: request.email,
        dob: request.dob,
        gender: request.gender,
        address: request.address,
        occupation: request.occupation,
        employer: request.employer,
    };
    let patch = ProfilePatch::parse(&fields, business_day(app.env.now()))?;
    let wanted = PatchProfile { user_id: caller.user_id, session_id: caller.session_id, patch, origin };
    Ok(Json(app.profiles.patch(&wanted).await?.into()))
}
