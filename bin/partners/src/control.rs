//! The control plane: how a test, the console or a person makes partners misbehave and sees what passed.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Decision, FaultScript, MAGIC_VALUES, Outcome, Partner, PayError, WebhookTiming, dates, desk::lock,
    inbox::last_ten_digits, juspay::order::RefundStatus, simulators::Controls,
};

const MOST_REPLAYS: u32 = 50;
const LONGEST_REPLAY_DELAY_SECONDS: u32 = 30 * 24 * 60 * 60;
/// So many of the newest orders are listed.
const MOST_LISTED_ORDERS: usize = 100;

/// The routes under `/sandbox/partners`.
pub(crate) fn partners(controls: Controls) -> Router {
    Router::new()
        .route("/magic", get(magic))
        .route("/{partner}/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/{partner}/journal", get(journal))
        .route("/{partner}/webhooks/{id}/replay", post(replay))
        .route("/juspay/orders", get(list_orders))
        .route("/juspay/orders/{order_id}/pay", post(pay))
        .route("/juspay/orders/{order_id}/refunds/{refund_id}/settle", post(settle_refund))
        .route("/narayana/policies/{id}/decide", post(decide_policy))
        .route("/twilio/replies", post(reply))
        .fallback(|| async { Refusal::missing("There is no such control.") })
        .with_state(controls)
}

/// The route under `/sandbox/sms`.
pub(crate) fn sms(controls: Controls) -> Router {
    Router::new().route("/", get(list_sms)).with_state(controls)
}

/// An answer that tells what is wrong with a control call, in the gateway's own form.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "NOT_FOUND", message: message.into() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "VALIDATION_ERROR", message: message.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.code, "message": self.message, "status_code": self.status.as_u16(),
        });
        (self.status, Json(body)).into_response()
    }
}

impl From<PayError> for Refusal {
    fn from(error: PayError) -> Self {
        match error {
            PayError::UnknownOrder => Self::missing(error.to_string()),
            PayError::AlreadyPaid | PayError::LinkExpired | PayError::TooManyAttempts => {
                Self { status: StatusCode::CONFLICT, code: "INVALID_STATE", message: error.to_string() }
            }
        }
    }
}

type Answer = Result<Json<Value>, Refusal>;

fn find(partner: &str) -> Result<Partner, Refusal> {
    Partner::find(partner).ok_or_else(|| {
        let known = Partner::ALL.map(Partner::name).join(", ");
        Refusal::missing(format!("There is no such partner; the simulated ones are {known}."))
    })
}

/// Reads a body; nothing at all counts as `{}`.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(error.to_string()))
}

fn query(query: Option<String>, key: &str) -> Option<String> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(&query.unwrap_or_default()).unwrap_or_default();
    pairs.into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// `GET /magic`: the table of magic values.
async fn magic() -> Json<Value> {
    Json(json!({"data": MAGIC_VALUES}))
}

/// `GET /{partner}/faults`: the scripts in force.
async fn list_faults(State(controls): State<Controls>, Path(partner): Path<String>) -> Answer {
    Ok(Json(json!({"data": controls.faults.list(find(&partner)?)})))
}

/// `POST /{partner}/faults`: one more script.
async fn add_fault(
    State(controls): State<Controls>,
    Path(partner): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let partner = find(&partner)?;
    let script: FaultScript = parse(&body)?;
    controls.faults.add(partner, script).map_err(|error| Refusal::invalid(error.to_string()))?;
    Ok((StatusCode::CREATED, Json(json!({"data": controls.faults.list(partner)}))))
}

/// `DELETE /{partner}/faults`: all well again.
async fn clear_faults(State(controls): State<Controls>, Path(partner): Path<String>) -> Answer {
    Ok(Json(json!({"removed": controls.faults.clear(find(&partner)?)})))
}

/// `GET /{partner}/journal?since=`: the exchanges after that number, oldest first.
async fn journal(
    State(controls): State<Controls>,
    Path(partner): Path<String>,
    RawQuery(raw): RawQuery,
) -> Answer {
    let partner = find(&partner)?;
    let since = match query(raw, "since") {
        Some(since) => {
            since.parse().map_err(|_| Refusal::invalid("since must be the sequence number of an exchange"))?
        }
        None => 0,
    };
    let last = controls.journal.last();
    Ok(Json(json!({"data": controls.journal.since(Some(partner), since), "last_sequence": last})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    delay_seconds: Option<u32>,
}

/// `POST /{partner}/webhooks/{id}/replay`: the same webhook again, at once or when the clock has moved on.
async fn replay(
    State(controls): State<Controls>,
    Path((partner, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let partner = find(&partner)?;
    let Replay { times, delay_seconds } = parse(&body)?;
    let times = times.unwrap_or(1);
    if !(1..=MOST_REPLAYS).contains(&times) {
        return Err(Refusal::invalid("times must be within 1–50"));
    }
    let delay = delay_seconds.unwrap_or(0);
    if delay > LONGEST_REPLAY_DELAY_SECONDS {
        return Err(Refusal::invalid("delay_seconds must be within 0–2592000 (30 days)"));
    }
    let delay = time::Duration::seconds(delay.into());
    let replayed = controls.deliveries.replay(partner, &id, times, delay).await;
    let answered = replayed.ok_or_else(|| Refusal::missing("There is no such webhook of this partner."))?;
    let due = dates::rfc3339(controls.env.now() + delay);
    Ok(Json(json!({"id": id, "times": times, "due_at": due, "answered": answered})))
}

/// `GET /juspay/orders`: the newest orders and the links to their payment pages.
async fn list_orders(State(controls): State<Controls>) -> Json<Value> {
    let juspay = &controls.juspay;
    let orders = lock(&juspay.orders);
    let listed: Vec<Value> = orders
        .newest(MOST_LISTED_ORDERS)
        .map(|order| {
            json!({
                "order_id": order.order_id,
                "amount": order.amount,
                "status": order.status().name(),
                "attempts": order.attempts.len(),
                "amount_refunded": order.amount_refunded(),
                "created_at": dates::rfc3339(order.created),
                "expires_at": dates::rfc3339(order.expires),
                "payment_page": format!("{}/orders/{}/payment-page", juspay.base_url, order.id),
            })
        })
        .collect();
    Json(json!({"data": listed}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    webhook: Option<WebhookTiming>,
}

/// `POST /juspay/orders/{order_id}/pay`: what a customer does; without an outcome, what the amount says.
async fn pay(State(controls): State<Controls>, Path(order_id): Path<String>, body: Bytes) -> Answer {
    let Pay { outcome, webhook } = parse(&body)?;
    let paid = controls.juspay.pay(&order_id, outcome, webhook).await?;
    Ok(Json(json!({
        "order_id": order_id,
        "status": paid.status,
        "status_id": paid.status_id,
        "return_url": paid.return_url,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    status: RefundStatus,
}

/// `POST /juspay/orders/{order_id}/refunds/{refund_id}/settle`: how a pending refund ends.
async fn settle_refund(
    State(controls): State<Controls>,
    Path((order_id, refund_id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let Settle { status } = parse(&body)?;
    if status == RefundStatus::Pending {
        return Err(Refusal::invalid("status must be SUCCESS, FAILURE or MANUAL_REVIEW"));
    }
    match controls.juspay.settle_refund(&order_id, &refund_id, status).await {
        Some(true) => Ok(Json(json!({"refund_id": refund_id, "status": status.name()}))),
        Some(false) => Err(Refusal::missing("There is no such pending refund.")),
        None => Err(Refusal::missing("There is no such order.")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    decision: Decision,
}

/// `POST /narayana/policies/{id}/decide`: what the insurer's people decide on a policy that is under way.
async fn decide_policy(State(controls): State<Controls>, Path(id): Path<String>, body: Bytes) -> Answer {
    let Decide { decision } = parse(&body)?;
    match controls.narayana.decide(&id, decision) {
        Some(true) => Ok(Json(json!({ "id": id, "decided": true }))),
        Some(false) => Err(Refusal {
            status: StatusCode::CONFLICT,
            code: "INVALID_STATE",
            message: "The policy is decided.".to_owned(),
        }),
        None => Err(Refusal::missing("There is no such policy.")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    from: String,
    body: String,
}

/// `POST /twilio/replies`: what a person texts back.
async fn reply(State(controls): State<Controls>, body: Bytes) -> Answer {
    let Reply { from, body } = parse(&body)?;
    if last_ten_digits(&from).len() < 10 {
        return Err(Refusal::invalid("from must have at least ten digits"));
    }
    controls.twilio.hear(&from, &body);
    Ok(Json(json!({"from": from, "opted_out": controls.twilio.has_opted_out(&from)})))
}

/// `GET /?phone=`: the messages that arrived, newest first; of one phone or of all.
async fn list_sms(State(controls): State<Controls>, RawQuery(raw): RawQuery) -> Answer {
    let phone = query(raw, "phone");
    if phone.as_ref().is_some_and(|phone| last_ten_digits(phone).len() < 10) {
        return Err(Refusal::invalid("phone must have at least ten digits"));
    }
    Ok(Json(json!({"data": controls.inbox.newest_first(phone.as_deref())})))
}
