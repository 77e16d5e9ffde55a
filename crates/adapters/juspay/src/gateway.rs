//! The payments domain's gateway, at Juspay.

use crate::{
    JuspayConfig, JuspayFault, SetUpError,
    client::{Account, Connection},
    fault::rejected,
    rupees, session,
    wire::{ErrorObject, OrderObject},
};
use async_trait::async_trait;
use kernel::{Env, OrderRef, UserId};
use payments::{
    Observation, RefundSeen, Session,
    ports::{GatewayError, PaymentGateway, RefundRequest, Refusal, SessionRequest},
};

/// Takes payments at Juspay and gives them back.
pub struct JuspayPaymentGateway {
    connection: Connection,
    config: JuspayConfig,
    env: Env,
}

impl JuspayPaymentGateway {
    /// A gateway for the account in `config`.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: JuspayConfig, env: Env) -> Result<Self, SetUpError> {
        let account = Account {
            base_url: &config.base_url,
            api_key: &config.api_key,
            merchant_id: &config.merchant_id,
        };
        let connection = Connection::new(&account, config.limits, env.clone())?;
        Ok(Self { connection, config, env })
    }
}

impl std::fmt::Debug for JuspayPaymentGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JuspayPaymentGateway").finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentGateway for JuspayPaymentGateway {
    async fn open_session(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        let body = session::body(&self.config, request);
        let fill = |call: reqwest::RequestBuilder| call.json(&body);
        let answer = self.connection.act("session", &["session"], request.user_id, fill).await?;
        if answer.is_success() {
            return Ok(session::read(&answer.body, request, self.env.now())?);
        }
        Err(session_refused(&ErrorObject::read(&answer.body)))
    }

    async fn status(&self, order_id: &OrderRef, user_id: UserId) -> Result<Observation, GatewayError> {
        let path = ["orders", order_id.as_str()];
        let answer = self.connection.ask("status", user_id, |http, at| http.get(at(&path))).await?;
        if !answer.is_success() {
            return if ErrorObject::read(&answer.body).is_unknown_order(order_id) {
                Ok(Observation::NotFound)
            } else {
                Err(JuspayFault::Unusable("a status call was refused").into())
            };
        }
        let order = OrderObject::read(&answer.body)?;
        if order.is_unknown(order_id) {
            return Ok(Observation::NotFound);
        }
        Ok(Observation::Seen(order.seen(&self.config.merchant_id)?))
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        let path = ["orders", request.order_id.as_str(), "refunds"];
        let amount = rupees::format(request.amount);
        let form = [("unique_request_id", request.refund_id.as_str()), ("amount", amount.as_str())];
        let fill = |call: reqwest::RequestBuilder| call.form(&form);
        let answer = self.connection.act("refund", &path, request.user_id, fill).await?;
        if !answer.is_success() {
            return Err(refund_refused(&ErrorObject::read(&answer.body), answer.status));
        }
        let seen = OrderObject::read(&answer.body)?.seen(&self.config.merchant_id)?;
        let is_ours = |refund: &RefundSeen| {
            seen.order_id == request.order_id
                && refund.refund_id == request.refund_id.as_str()
                && refund.amount == request.amount
        };
        let ours = seen.refunds.iter().find(|refund| is_ours(refund)).cloned();
        Ok(ours.ok_or(JuspayFault::Unusable("a refund's answer does not list it"))?)
    }
}

/// A session that is refused because the order was opened or paid before is known to exist: its status tells.
fn session_refused(error: &ErrorObject) -> GatewayError {
    match error.info_code().as_deref() {
        Some("ALREADY_EXISTS" | "INVALID_ACTION" | "DUPLICATE_REQUEST") => {
            GatewayError::Refused(Refusal::Repeated)
        }
        _ => error.code().map_or_else(unreadable, |code| rejected(&code)),
    }
}

/// `duplicate.call` means two things: this number was used, or this amount was asked for a moment ago; only
/// the message tells which. The latter did nothing and passes by itself.
fn refund_refused(error: &ErrorObject, status: u16) -> GatewayError {
    let Some(code) = error.code() else { return unreadable() };
    match code.as_str() {
        "duplicate.call" if error.speaks_of_request_id() => GatewayError::Refused(Refusal::Repeated),
        "duplicate.call" => GatewayError::Unavailable(JuspayFault::TurnedAway(status).into()),
        code => rejected(code),
    }
}

/// A refusal that is not in Juspay's words may be anybody's on the way, even of an answer: nothing is known by it.
fn unreadable() -> GatewayError {
    JuspayFault::Unusable("a refusal is not Juspay's").into()
}
