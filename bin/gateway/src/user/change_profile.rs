//! PATCH /user/profile: changes the fields that are given and leaves the others.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller, Client, plain, unknown},
    spec::patterns::{BLANK, LINE},
    user::{Profile, given, without_defaults},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use identity::{PatchProfile, ProfileFields, ProfilePatch};
use kernel::business_day;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::Date;

/// The fields to change; `null` or a blank text empties a field.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ChangeProfileRequest", deny_unknown_fields, transform = without_defaults, transform = or_blank)]
pub(crate) struct Request {
    /// First name, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"Asha", length(max = 255), regex(pattern = LINE))]
    first_name: Option<Option<String>>,
    /// Last name, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"Devi", length(max = 255), regex(pattern = LINE))]
    last_name: Option<Option<String>>,
    /// E-mail address in ASCII, at a domain with a dot.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"asha@example.in", extend("format" = "email"), length(max = 254))]
    email: Option<Option<String>>,
    /// Birth date, `YYYY-MM-DD`: before today in India, of somebody no older than 120.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"1994-08-15", extend("format" = "date"))]
    dob: Option<Option<String>>,
    /// Gender.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<crate::spec::words::Gender>", example = &"female")]
    gender: Option<Option<String>>,
    /// Postal address on one line, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        with = "Option<String>",
        example = &"12, 4th Cross, Indiranagar, Bengaluru 560038",
        length(max = 500),
        regex(pattern = LINE)
    )]
    address: Option<Option<String>>,
    /// Occupation.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<crate::spec::words::Occupation>", example = &"delivery_partner")]
    occupation: Option<Option<String>>,
    /// Whom they work for, or through which platform, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"QuickBite", length(max = 255), regex(pattern = LINE))]
    employer: Option<Option<String>>,
    /// Whatever else was given: nothing of it can be changed.
    #[serde(flatten)]
    #[schemars(skip)]
    others: BTreeMap<String, IgnoredAny>,
}

/// A blank text empties a field, also one whose texts have a form.
fn or_blank(schema: &mut Schema) {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (_, field) in fields.into_iter().flatten() {
        let Some(format) = field.as_object_mut().and_then(|field| field.remove("format")) else { continue };
        field["anyOf"] = json!([{ "format": format }, { "pattern": BLANK }]);
    }
}

impl Request {
    /// The change asked for, as of `today`, the business day.
    pub(crate) fn patch(self, today: Date) -> Result<ProfilePatch, Error> {
        self.refuse_others()?;
        let fields = ProfileFields {
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            dob: self.dob,
            gender: self.gender,
            address: self.address,
            occupation: self.occupation,
            employer: self.employer,
        };
        Ok(ProfilePatch::parse(&fields, today)?)
    }

    /// Refuses what is not one of the fields above, and says so of those that a profile shows but that are never
    /// changed this way.
    fn refuse_others(&self) -> Result<(), Error> {
        let immutable = |name: &&String| name.as_str() == "phone" || name.starts_with("aadhaar");
        if let Some(name) = self.others.keys().find(immutable) {
            return Err(Error::new(identity::fault::IMMUTABLE_FIELD).with("field", plain(name)));
        }
        self.others.keys().next().map_or(Ok(()), |name| Err(unknown(plain(name))))
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("changeProfile").tag("Profile").summary("Change your profile").description(
        "Call it when the person saves what they told, with only the fields to change. Phone and Aadhaar cannot be changed here: `IMMUTABLE_FIELD`. While there \
         is a PIN, the birth date changes only after `/auth/step-up` and cannot be taken away: it is what replaces \
         a forgotten PIN.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::IMMUTABLE_FIELD,
        identity::fault::STEP_UP_REQUIRED,
        kernel::catalogue::INVALID_DATE_FORMAT,
        kernel::catalogue::INVALID_STATE,
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
    let patch = request.patch(business_day(app.env.now()))?;
    let wanted = PatchProfile { user_id: caller.user_id, session_id: caller.session_id, patch, origin };
    Ok(Json(app.profiles.patch(&wanted).await?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> Option<(String, serde_json::Value)> {
        let request: Request = serde_json::from_str(body).unwrap();
        let envelope = request.refuse_others().err()?.envelope("r");
        Some((envelope.error, envelope.details["field"].clone()))
    }

    #[test]
    fn other_fields_are_refused_and_named() {
        assert_eq!(refusal(r#"{"first_name": "Asha"}"#), None);
        for name in ["phone", "aadhaar", "aadhaar_number", "aadhaar_last4", "aadhaarNumber", "aadhaar_photo"]
        {
            let body = format!(r#"{{"a_colour": 1, "{name}": {{"x": [1]}}}}"#);
            assert_eq!(refusal(&body), Some(("IMMUTABLE_FIELD".to_owned(), name.into())));
        }
        let unknown = Some(("VALIDATION_ERROR".to_owned(), "phones".into()));
        assert_eq!(refusal(r#"{"phones": "9876543210"}"#), unknown);
        let hostile = Some(("IMMUTABLE_FIELD".to_owned(), "?".into()));
        assert_eq!(refusal(r#"{"aadhaar<script>": 1}"#), hostile);
    }
}
