//! GET /wallet/statement: the wallet's movements over some days, as a file.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Query},
    spec::{examples::STATEMENT, patterns::STATEMENT_DAY},
};
use aide::transform::TransformOperation;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use schemars::{JsonSchema, json_schema};
use serde::Deserialize;
use wallet::Period;

/// The days, both included, by the calendar of Asia/Kolkata.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DownloadStatementParameters")]
pub(crate) struct Parameters {
    /// The first day, `YYYY-MM-DD`, in the year 2000 or later.
    #[schemars(example = &"2026-01-01", extend("format" = "date"), regex(pattern = STATEMENT_DAY))]
    from: String,
    /// The last day, `YYYY-MM-DD`: not before `from`, and at most 366 days with it.
    #[schemars(example = &"2026-01-31", extend("format" = "date"), regex(pattern = STATEMENT_DAY))]
    to: String,
}

impl Parameters {
    /// The days asked for.
    pub(crate) fn period(&self) -> Result<Period, Error> {
        Ok(Period::parse(&self.from, &self.to)?)
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("downloadStatement")
        .tag("Wallet")
        .summary("Download a statement")
        .description(
            "For a person who wants their movements as a file, to keep or to hand on. CSV with amounts in rupees, times \
             in Asia/Kolkata, opening and closing balance.",
        );
    let csv = json_schema!({ "type": "string", "examples": [STATEMENT] });
    let op = document::answers(op, "text/csv", csv, "The statement, as `aarokya-statement.csv`.");
    let errors = [
        identity::fault::INVALID_TOKEN,
        wallet::fault::WALLET_NOT_FOUND,
        kernel::catalogue::MISSING_REQUIRED_FIELD,
        kernel::catalogue::INVALID_DATE_FORMAT,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Error> {
    if !accepts_csv(&headers) {
        return Err(Error::invalid("Accept", "must allow text/csv"));
    }
    let period = parameters.period()?;
    let csv = app.ledger.statement(caller.user_id, period).await?.to_csv()?;
    let name = HeaderValue::from_static("attachment; filename=\"aarokya-statement.csv\"");
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], csv).into_response())
}

fn accepts_csv(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    accept.split(',').filter_map(|range| range.split(';').next()).any(|range| {
        let range = range.trim();
        ["text/csv", "text/*", "*/*"].iter().any(|known| range.eq_ignore_ascii_case(known))
    })
}
