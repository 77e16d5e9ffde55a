//! GET /insurance/plans: what can be bought.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Paging, Query},
    insurance::Plan,
    spec::examples::PLAN_ID_SIMPLE,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::{CoverageType, PlanFilter, PlanType};
use kernel::Paise;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which plans.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ListPlansParameters")]
pub(crate) struct Parameters {
    /// Plans of this type only.
    #[schemars(with = "Option<crate::spec::words::PlanType>", example = &"FAMILY_FLOATER")]
    plan_type: Option<String>,
    /// Plans of this coverage only.
    #[schemars(with = "Option<crate::spec::words::CoverageType>", example = &"BASIC")]
    coverage_type: Option<String>,
    /// Plans that insure at least so many paise.
    #[schemars(example = 50_000_000, range(min = 0))]
    min_sum_insured: Option<i64>,
    /// Plans whose base premium is at most so many paise.
    #[schemars(example = 1_000_000, range(min = 0))]
    max_premium: Option<i64>,
    /// How many rows at most, 1–100; 20 unless given.
    #[schemars(example = 20, range(min = 1, max = 100))]
    limit: Option<u64>,
    /// Where to go on: the `next_cursor` of the page before. Left out for the first page.
    #[schemars(example = PLAN_ID_SIMPLE, regex(pattern = crate::spec::patterns::CURSOR))]
    cursor: Option<String>,
}

/// A page of plans.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListPlansResponse")]
pub(crate) struct Response {
    /// The plans of this page, those that insure and cost least first; empty if there are none.
    data: Vec<Plan>,
    /// The `cursor` of the next page; `null` at the end.
    #[schemars(example = PLAN_ID_SIMPLE)]
    next_cursor: Option<String>,
}

impl Parameters {
    fn filter(&self) -> Result<PlanFilter, Error> {
        Ok(PlanFilter {
            plan_type: self.plan_type.as_deref().map(PlanType::parse).transpose()?,
            coverage_type: self.coverage_type.as_deref().map(CoverageType::parse).transpose()?,
            sum_insured_min: amount("min_sum_insured", self.min_sum_insured)?,
            base_premium_max: amount("max_premium", self.max_premium)?,
        })
    }
}

fn amount(field: &str, paise: Option<i64>) -> Result<Option<Paise>, Error> {
    match paise {
        Some(paise) if paise < 0 => Err(Error::invalid(field, "must be 0 or more paise")),
        paise => Ok(paise.map(Paise::new)),
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("listPlans").tag("Insurance").summary("List plans").description(
        "For the screen on which a person chooses cover: the plans on sale, those that insure and cost least first. What \
         one costs a family is told by `/insurance/calculate-premium`.",
    );
    let errors = [identity::fault::INVALID_TOKEN, kernel::catalogue::VALIDATION_ERROR];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Response>, Error> {
    let filter = parameters.filter()?;
    let (limit, after) = Paging::new(parameters.limit, parameters.cursor).parse()?;
    let page = app.catalogue.list(&filter, after, limit).await?;
    Ok(Json(Response {
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        data: page.rows.iter().map(Plan::from).collect(),
    }))
}
