//! PATCH /user/dependants/{id}: changes what was told of a family member.

use super::{Dependant, Parameters, name};
use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller, Path},
    spec::patterns::LINE,
    user::{birth_date, given, without_defaults},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::{DependantId, Relationship, RelativePatch};
use kernel::{Gender, business_day};
use schemars::JsonSchema;
use serde::Deserialize;
use time::Date;

/// The fields to change; the others stay.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChangeDependantRequest", transform = without_defaults)]
pub(crate) struct Request {
    /// First name, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", example = &"Kiran", length(max = 255), regex(pattern = LINE))]
    first_name: Option<String>,
    /// Last name, without control characters; `null` or blank for somebody with one name.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>", example = &"Devi", length(max = 255), regex(pattern = LINE))]
    last_name: Option<Option<String>>,
    /// Birth date, `YYYY-MM-DD`: before today in India, of somebody no older than 120.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", example = &"2016-07-30", extend("format" = "date"))]
    dob: Option<String>,
    /// Gender; no price depends on it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: Option<String>,
    /// What they are to the caller.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: Option<String>,
}

impl Request {
    /// The change asked for, as of `today`, the business day.
    fn patch(&self, today: Date) -> Result<RelativePatch, Error> {
        let first_name = self.first_name.as_deref().map(|text| name("first_name", text)).transpose()?;
        let last_name = self
            .last_name
            .as_ref()
            .map(|told| told.as_deref().map_or(Ok(None), |text| name("last_name", text)));
        Ok(RelativePatch {
            first_name: first_name
                .map(|name| name.ok_or_else(|| Error::missing("first_name")))
                .transpose()?,
            last_name: last_name.transpose()?,
            born: self.dob.as_deref().map(|text| birth_date(text, today)).transpose()?,
            gender: self.gender.as_deref().map(Gender::parse).transpose()?,
            relationship: self.relationship.as_deref().map(Relationship::parse).transpose()?,
        })
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("changeDependant").tag("Profile").summary("Change a family member").description(
        "Call it with only the fields to change. What changes makes a new version; quotes keep the price they told.",
    );
    let errors = [
        identity::fault::INVALID_TOKEN,
        kernel::catalogue::INVALID_DATE_FORMAT,
        kernel::catalogue::NOT_FOUND,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
    Body(request): Body<Request>,
) -> Result<Json<Dependant>, Error> {
    let patch = request.patch(business_day(app.env.now()))?;
    let id = DependantId::new(parameters.id);
    Ok(Json(app.dependants.change(caller.user_id, id, &patch).await?.into()))
}
