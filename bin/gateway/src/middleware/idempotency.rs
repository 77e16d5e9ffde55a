//! Whether it was asked before: a request with an `Idempotency-Key` is done once and answered as often as it
//! is asked.

use crate::{
    app::App,
    error::{Error, edge},
    extract::address_of,
    policy::Key,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use identity::AccessClaims;
use postgres::idempotency::{Claim, Request as Keyed, Seen};
use sha2::{Digest as _, Sha256};

const HEADER: &str = "idempotency-key";

/// Does a request once by `run`, if its route and its headers ask for that.
pub(super) async fn once<R, F>(app: App, rule: Key, request: Request, run: R) -> Result<Response, Error>
where
    R: FnOnce(Request) -> F + Send + 'static,
    F: Future<Output = Result<Response, Error>> + Send,
{
    if rule == Key::Ignored {
        return run(request).await;
    }
    match key(request.headers())? {
        Some(key) => keyed(app, key, request, run).await,
        None if rule == Key::Required => Err(Error::missing("Idempotency-Key")),
        None => run(request).await,
    }
}

/// The key a request carries, if it carries one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut all = headers.get_all(HEADER).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let printable = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    match (value.to_str().ok().filter(printable), all.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(Error::invalid("Idempotency-Key", "must be one header of 1–64 printable characters")),
    }
}

async fn keyed<R, F>(app: App, key: String, request: Request, run: R) -> Result<Response, Error>
where
    R: FnOnce(Request) -> F + Send + 'static,
    F: Future<Output = Result<Response, Error>> + Send,
{
    let (parts, body) = request.into_parts();
    let person = parts.extensions.get::<AccessClaims>().map(|claims| claims.user_id.to_string());
    let address = || address_of(&parts.headers, &parts.extensions, &app).map(|ip| ip.to_string());
    let caller = person.or_else(address).unwrap_or_default();
    let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let route = format!("{} {pattern}", parts.method);
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = to_bytes(body, app.settings.body_bytes_max).await.map_err(unread)?;
    let fingerprint =
        Sha256::new().chain_update(&target).chain_update([0]).chain_update(&body).finalize().into();
    let keyed = Keyed { caller: &caller, route: &route, key: &key, fingerprint };
    match app.postgres.take_key(&keyed, app.env.now()).await? {
        Seen::Answered { status, body } => Ok(replay(status, body)),
        Seen::Running => Err(Error::new(edge::REQUEST_IN_PROGRESS).with("retry_after", 1)),
        Seen::Reused => Err(Error::new(kernel::catalogue::IDEMPOTENCY_KEY_REUSED)),
        Seen::New(claim) => {
            // Goes on when the caller hangs up or time runs out, so that the key is never left behind.
            let work = Work { caller, route, key, fingerprint, claim };
            let tasks = app.tasks.clone();
            let done = tasks.spawn(async move {
                let done = run(Request::from_parts(parts, Body::from(body))).await;
                settle(&app, &work, done.unwrap_or_else(Error::into_response)).await
            });
            done.await.unwrap_or_else(|_| Err(Error::new(kernel::catalogue::INTERNAL_ERROR)))
        }
    }
}

/// A body that is too long, or that did not come whole.
fn unread(error: axum::Error) -> Error {
    let too_long = error.into_inner().is::<http_body_util::LengthLimitError>();
    Error::new(if too_long { edge::PAYLOAD_TOO_LARGE } else { edge::MALFORMED_JSON })
}

/// A keyed request that outlives the connection it came by.
struct Work {
    caller: String,
    route: String,
    key: String,
    fingerprint: [u8; 32],
    claim: Claim,
}

impl Work {
    fn keyed(&self) -> Keyed<'_> {
        Keyed { caller: &self.caller, route: &self.route, key: &self.key, fingerprint: self.fingerprint }
    }
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let replayed =
        (header::HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    (status, [json, replayed], body).into_response()
}

/// Keeps a success; frees the key after a refusal or a failure.
///
/// Only what was done needs remembering: a refusal changed nothing, and a failure whose outcome is not known
/// must be tried again under the same key, which leads to the same order.
async fn settle(app: &App, work: &Work, response: Response) -> Result<Response, Error> {
    if !response.status().is_success() {
        app.postgres.release_key(&work.keyed(), work.claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body: Bytes =
        to_bytes(body, usize::MAX).await.map_err(|_| Error::new(kernel::catalogue::INTERNAL_ERROR))?;
    app.postgres.keep_answer(&work.keyed(), work.claim, parts.status.as_u16(), &body).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
