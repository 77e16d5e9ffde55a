//! What callers send, read as the layers and the handlers read it, with no server around: for tests, and for programs
//! that search for an input that breaks a parser.

use crate::{
    auth,
    error::Error,
    extract::{Paging, parse_body, parse_query, seen_past},
    insurance,
    middleware::{self, RequestId},
    payments, user, wallet,
};
use ::wallet::Period;
use axum::http::HeaderMap;
use identity::ProfilePatch;
use kernel::{Cursor, Limit};
use processes::Wish;
use std::net::IpAddr;
use time::Date;

/// Reads a body and tells only whether it has the form that its route asks for.
pub type Form = fn(&[u8]) -> Result<(), Error>;

/// Every route that takes a JSON body of ours.
pub const BODIES: &[(&str, Form)] = &[
    ("POST /auth/otp/trigger", |body| parse_body::<auth::trigger_otp::Request>(body).map(drop)),
    ("POST /auth/otp/verify", |body| parse_body::<auth::verify_otp::Request>(body).map(drop)),
    ("POST /auth/token/refresh", |body| parse_body::<auth::refresh_token::Request>(body).map(drop)),
    ("POST /auth/logout", |body| parse_body::<auth::log_out::Request>(body).map(drop)),
    ("PUT /auth/pin", |body| parse_body::<auth::set_pin::Request>(body).map(drop)),
    ("POST /auth/step-up", |body| parse_body::<auth::step_up::Request>(body).map(drop)),
    ("PATCH /user/profile", |body| parse_body::<user::change_profile::Request>(body).map(drop)),
    ("POST /insurance/purchase", |body| parse_body::<insurance::purchase::Request>(body).map(drop)),
    ("POST /payments/session", |body| parse_body::<payments::open_session::Request>(body).map(drop)),
];

/// The change that the body of `PATCH /user/profile` asks for, as of `today`, the business day.
///
/// # Errors
/// What the caller would be answered.
pub fn profile_patch(body: &[u8], today: Date) -> Result<ProfilePatch, Error> {
    parse_body::<user::change_profile::Request>(body)?.patch(today)
}

/// What the body of `POST /payments/session` wants to pay for.
///
/// # Errors
/// What the caller would be answered.
pub fn wish(body: &[u8]) -> Result<Wish, Error> {
    parse_body::<payments::open_session::Request>(body)?.wish()
}

/// The page of a list that a query, the part of the address after `?`, asks for.
///
/// # Errors
/// What the caller would be answered.
pub fn page(query: &str) -> Result<(Limit, Option<Cursor>), Error> {
    parse_query::<Paging>(query)?.parse()
}

/// The days that the query of `GET /wallet/statement` asks for.
///
/// # Errors
/// What the caller would be answered.
pub fn period(query: &str) -> Result<Period, Error> {
    parse_query::<wallet::statement::Parameters>(query)?.period()
}

/// The access token of a request that carries exactly one.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    middleware::bearer(headers)
}

/// The `Idempotency-Key` of a request, if it carries one.
///
/// # Errors
/// What the caller would be answered.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    middleware::idempotency_key(headers)
}

/// The id a request brought, if it can stand in a log.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<RequestId> {
    RequestId::sent(headers)
}

/// The address against which a request counts that came from `peer` through so many proxies of ours.
#[must_use]
pub fn client_address(proxies: usize, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    seen_past(proxies, headers, peer)
}
