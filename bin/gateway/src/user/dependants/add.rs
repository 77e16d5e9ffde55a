//! POST /user/dependants: names a family member.

use super::{Dependant, name};
use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller},
    spec::patterns::LINE,
    user::birth_date,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State, http::StatusCode};
use insurance::{DEPENDANTS_NAMED_MAX, Life, Relationship, Relative};
use kernel::{Gender, business_day};
use schemars::JsonSchema;
use serde::Deserialize;
use time::Date;

/// The family member.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AddDependantRequest")]
pub(crate) struct Request {
    /// First name, without control characters.
    #[schemars(example = &"Kiran", length(max = 255), regex(pattern = LINE))]
    first_name: String,
    /// Last name, without control characters; left out, `null` or blank for somebody with one name.
    #[schemars(example = &"Devi", length(max = 255), regex(pattern = LINE))]
    last_name: Option<String>,
    /// Birth date, `YYYY-MM-DD`: before today in India, of somebody no older than 120.
    #[schemars(example = &"2016-07-30", extend("format" = "date"))]
    dob: String,
    /// Gender; no price depends on it.
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: String,
    /// What they are to the caller.
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: String,
}

impl Request {
    /// Who they are, as of `today`, the business day.
    fn relative(&self, today: Date) -> Result<Relative, Error> {
        let first_name = name("first_name", &self.first_name)?;
        Ok(Relative {
            first_name: first_name.ok_or_else(|| Error::missing("first_name"))?,
            last_name: self.last_name.as_deref().map_or(Ok(None), |text| name("last_name", text))?,
            relationship: Relationship::parse(&self.relationship)?,
            life: Life { born: birth_date(&self.dob, today)?, gender: Gender::parse(&self.gender)? },
        })
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let about = format!(
        "Call it when the person names somebody of their family. Answers 201, or 200 with the one there is if the same \
         is on the list. Give it an `Idempotency-Key`, and a repeated request is the same request whatever was changed or \
         removed since. `TOO_MANY_DEPENDANTS` beyond {DEPENDANTS_NAMED_MAX}: somebody must \
         be taken off the list first."
    );
    let op = op
        .id("addDependant")
        .tag("Profile")
        .summary("Name a family member")
        .description(&about)
        .response::<200, Json<Dependant>>()
        .response::<201, Json<Dependant>>();
    let errors = [
        identity::fault::INVALID_TOKEN,
        kernel::catalogue::INVALID_DATE_FORMAT,
        insurance::fault::TOO_MANY_DEPENDANTS,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Dependant>), Error> {
    let relative = request.relative(business_day(app.env.now()))?;
    let (dependant, is_new) = app.dependants.add(caller.user_id, relative).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(dependant.into())))
}
