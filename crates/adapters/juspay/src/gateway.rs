//! The payments domain's gateway, at Juspay.

use crate::{
    JuspayConfig, SetUpError, answers,
    client::{Account, Connection},
    session,
};
use async_trait::async_trait;
use kernel::{Env, OrderRef, UserId};
use outbound::format_rupees;
use payments::{
    Method, Observation, RefundSeen, Session,
    ports::{GatewayError, PaymentGateway, RefundRequest, SessionRequest},
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
        answers::session(answer.status, &answer.body, request, self.env.now())
    }

    async fn status(
        &self,
        order_id: &OrderRef,
        user_id: UserId,
        _: Method,
    ) -> Result<Observation, GatewayError> {
        let path = ["orders", order_id.as_str()];
        let answer = self.connection.ask("status", user_id, |http, at| http.get(at(&path))).await?;
        answers::order(answer.status, &answer.body, order_id, &self.config.merchant_id)
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        let path = ["orders", request.order_id.as_str(), "refunds"];
        let amount = format_rupees(request.amount.get());
        let form = [("unique_request_id", request.refund_id.as_str()), ("amount", amount.as_str())];
        let fill = |call: reqwest::RequestBuilder| call.form(&form);
        let answer = self.connection.act("refund", &path, request.user_id, fill).await?;
        answers::refund(answer.status, &answer.body, request, &self.config.merchant_id)
    }
}
