//! `POST /v1/policies`, `GET /v1/policies/{id}` and `POST /v1/policies/{id}/withdraw`: a policy under the distributor's id.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use time::{Date, macros::format_description};

use super::{
    is_authorized,
    policy::{Policy, Standing},
    product::PRODUCTS,
    refused,
    state::Narayana,
};
use crate::{
    desk::lock,
    exchange::{self, LoseAnswer},
    magic::{self, PolicyMagic},
    rupees,
};

const LONGEST_TEXT_CHARS: usize = 600;

/// What is read of an application.
struct Application {
    external_id: String,
    start_date: Date,
    phone: String,
}

/// Takes an application: each id once.
pub(crate) async fn issue(
    State(narayana): State<Arc<Narayana>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_authorized(&narayana, &headers) {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let Some(application) = serde_json::from_slice(&body).ok().and_then(|body| read(&body)) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let Application { external_id, start_date, phone } = application;
    let (magic, now) = (magic::insurer(&phone), narayana.desk.env.now());
    let mut policies = lock(&narayana.policies);
    if policies.is_known(&external_id) {
        return refused(StatusCode::CONFLICT);
    }
    let is_first_try = policies.count_try(&external_id) == 1;
    match magic {
        Some(PolicyMagic::Unacceptable) => return refused(StatusCode::UNPROCESSABLE_ENTITY),
        Some(PolicyMagic::ErrorsOnce) if is_first_try => {
            return exchange::failure(narayana.desk.partner, 500);
        }
        Some(_) | None => {}
    }
    let policy = Policy {
        number: format!("NHI/{}/{}", start_date.year(), narayana.desk.digits(9)),
        starts_on: Some(start_date),
        standing: Standing::at_first(magic, now),
        external_id,
    };
    let mut response = (StatusCode::CREATED, Json(policy.json())).into_response();
    policies.insert(policy);
    if magic == Some(PolicyMagic::Dropped) && is_first_try {
        response.extensions_mut().insert(LoseAnswer);
    }
    response
}

/// Tells what became of a policy.
pub(crate) async fn show(
    State(narayana): State<Arc<Narayana>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if !is_authorized(&narayana, &headers) {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let now = narayana.desk.env.now();
    match lock(&narayana.policies).look(&id, now) {
        Some(policy) => Json(policy.json()).into_response(),
        None => refused(StatusCode::NOT_FOUND),
    }
}

/// Keeps a policy from being issued, also one that nobody has applied for yet; what is decided is past withdrawing.
pub(crate) async fn withdraw(
    State(narayana): State<Arc<Narayana>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if !is_authorized(&narayana, &headers) {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let now = narayana.desk.env.now();
    let mut policies = lock(&narayana.policies);
    match policies.look(&id, now).map(|policy| &mut policy.standing) {
        Some(Standing::Issued | Standing::Rejected) => return refused(StatusCode::CONFLICT),
        Some(standing) => *standing = Standing::Withdrawn,
        None => policies.insert(Policy {
            external_id: id.clone(),
            number: String::new(),
            starts_on: None,
            standing: Standing::Withdrawn,
        }),
    }
    match policies.look(&id, now) {
        Some(policy) => Json(policy.json()).into_response(),
        None => refused(StatusCode::NOT_FOUND),
    }
}

fn read(body: &Value) -> Option<Application> {
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str)?;
        ((1..=LONGEST_TEXT_CHARS).contains(&text.chars().count())).then(|| text.to_owned())
    };
    let product = text(body.get("product_code"))?;
    PRODUCTS.iter().find(|known| known.code() == product)?;
    let premium = text(body.get("gross_premium")).and_then(|premium| rupees::parse_text(&premium))?;
    let proposer = body.get("proposer")?;
    for required in ["name", "dob", "gender"] {
        text(proposer.get(required))?;
    }
    for member in body.get("insured_members")?.as_array()? {
        for required in ["name", "dob", "gender", "relationship"] {
            text(member.get(required))?;
        }
    }
    text(body.get("payment_reference"))?;
    let start = text(body.get("start_date"))?;
    let application = Application {
        external_id: text(body.get("external_id"))?,
        start_date: Date::parse(&start, format_description!("[year]-[month]-[day]")).ok()?,
        phone: text(proposer.get("mobile"))?,
    };
    (premium > 0).then_some(application)
}
