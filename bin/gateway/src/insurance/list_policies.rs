//! GET /insurance/policies: the caller's policies, newest first.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Paging, Query},
    insurance::Policy,
    spec::examples::POLICY_ID_SIMPLE,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

/// A page of policies.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListPoliciesResponse")]
pub(crate) struct Response {
    /// The policies of this page, newest first; empty if there are none.
    data: Vec<Policy>,
    /// The `cursor` of the next page; `null` at the end.
    #[schemars(example = POLICY_ID_SIMPLE)]
    next_cursor: Option<String>,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("listPolicies").tag("Insurance").summary("List your policies").description(
        "For the screen of a person's cover: every policy that was paid for, also one that is being issued or was never, \
         newest first.",
    );
    let errors = [identity::fault::INVALID_TOKEN, kernel::catalogue::VALIDATION_ERROR];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Response>, Error> {
    let (limit, after) = paging.parse()?;
    let page = app.policies.list(caller.user_id, after, limit).await?;
    Ok(Json(Response {
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        data: page.rows.iter().map(Policy::from).collect(),
    }))
}
