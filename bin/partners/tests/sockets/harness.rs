//! Running simulators, a client that behaves like ours, and a receiver of webhooks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use kernel::MovableClock;
use partners::{Exchange, Partner, Simulators, SimulatorsConfig};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-20 10:00:00 UTC);
const PATIENCE: Duration = Duration::from_secs(10);

/// A webhook as it arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn event(&self) -> String {
        self.json()["event_name"].as_str().unwrap().to_owned()
    }
}

type Answers = Arc<Mutex<VecDeque<StatusCode>>>;

pub(crate) struct World {
    pub(crate) clock: Arc<MovableClock>,
    pub(crate) simulators: Simulators,
    pub(crate) client: Client,
    /// Where webhooks arrive.
    pub(crate) receiver: String,
    arrived: mpsc::UnboundedReceiver<Arrived>,
    answers: Answers,
    _servers: JoinSet<()>,
    control: String,
}

pub(crate) async fn world() -> World {
    world_with(|_| ()).await
}

pub(crate) async fn world_with(change: impl FnOnce(&mut SimulatorsConfig)) -> World {
    let clock = Arc::new(MovableClock::standing_at(START));
    let mut servers = JoinSet::new();
    let (sender, arrived) = mpsc::unbounded_channel();
    let answers = Answers::default();
    let receiver =
        serve(&mut servers, Router::new().fallback(receive).with_state((sender, Arc::clone(&answers)))).await;
    let mut config = SimulatorsConfig::sandbox(clock.clone());
    config.juspay.webhook_url = Some(format!("{receiver}/webhooks/juspay").parse().unwrap());
    config.juspay.webhook_retry_waits = vec![Duration::from_millis(1); 3];
    config.juspay.webhook_lag = Duration::from_millis(1);
    config.slow_for = Duration::from_millis(300);
    config.tick_every = Duration::from_millis(5);
    change(&mut config);
    let simulators = Simulators::start(config).await.unwrap();
    let routes =
        Router::new().nest("/sandbox/partners", simulators.control()).nest("/sandbox/sms", simulators.sms());
    let control = format!("{}/sandbox", serve(&mut servers, routes).await);
    let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build().unwrap();
    World { clock, simulators, client, receiver, arrived, answers, _servers: servers, control }
}

async fn serve(servers: &mut JoinSet<()>, routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    servers.spawn(async move { axum::serve(listener, routes).await.unwrap() });
    format!("http://{address}")
}

async fn receive(
    State((sender, answers)): State<(mpsc::UnboundedSender<Arrived>, Answers)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).unwrap();
    sender.send(Arrived { method, uri, headers, body }).unwrap();
    answers.lock().unwrap().pop_front().unwrap_or(StatusCode::OK)
}

impl World {
    /// The next webhook.
    pub(crate) async fn webhook(&mut self) -> Arrived {
        tokio::time::timeout(PATIENCE, self.arrived.recv()).await.expect("a webhook arrives").unwrap()
    }

    /// The webhooks that have arrived and were not looked at yet.
    pub(crate) fn already_arrived(&mut self) -> Vec<Arrived> {
        std::iter::from_fn(|| self.arrived.try_recv().ok()).collect()
    }

    /// The receiver answers its next webhooks so.
    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        let statuses = statuses.iter().map(|status| StatusCode::from_u16(*status).unwrap());
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn url(&self, partner: Partner, path: &str) -> String {
        format!("{}{path}", self.simulators.base_url(partner))
    }

    /// A GET of Juspay's API with the merchant's credentials.
    pub(crate) fn juspay_get(&self, path: &str) -> RequestBuilder {
        with_key(self.client.get(self.url(Partner::Juspay, path)))
    }

    /// A POST to Juspay's API with the merchant's credentials.
    pub(crate) fn juspay_post(&self, path: &str) -> RequestBuilder {
        with_key(self.client.post(self.url(Partner::Juspay, path)))
    }

    /// Opens a session that must succeed.
    pub(crate) async fn session(&self, order_id: &str, amount: &str) -> Value {
        let response = self.juspay_post("/session").json(&session(order_id, amount)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// An order's status, which must be answered.
    pub(crate) async fn order(&self, order_id: &str) -> Value {
        let response = self.juspay_get(&format!("/orders/{order_id}")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// A control call.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.control);
        let request = self.client.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        answer(request.send().await.unwrap()).await
    }

    /// Does to an order what a customer would; it must succeed.
    pub(crate) async fn pay(&self, order_id: &str, body: Value) -> Value {
        let path = format!("/partners/juspay/orders/{order_id}/pay");
        let (status, answer) = self.control(Method::POST, &path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub(crate) async fn fault(&self, partner: &str, script: Value) {
        let path = format!("/partners/{partner}/faults");
        let (status, answer) = self.control(Method::POST, &path, script).await;
        assert_eq!(status, 201, "{answer}");
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
        self.simulators.tick();
    }

    pub(crate) fn journal(&self, partner: Partner) -> Vec<Exchange> {
        self.simulators.journal().since(Some(partner), 0)
    }
}

fn with_key(request: RequestBuilder) -> RequestBuilder {
    request
        .basic_auth("sandbox-juspay-api-key", Some(""))
        .header("x-merchantid", "aarokya")
        .header("x-routing-id", "customer01")
        .header("version", "2024-02-01")
}

/// Status and body.
pub(crate) async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

/// A session that can be opened.
pub(crate) fn session(order_id: &str, amount: &str) -> Value {
    json!({
        "order_id": order_id,
        "amount": amount,
        "customer_id": "customer01",
        "customer_email": "asha@example.com",
        "customer_phone": "9876543210",
        "payment_page_client_id": "aarokya",
        "action": "paymentPage",
        "return_url": "https://app.aarokya.example/paid",
        "first_name": "Asha",
        "udf1": "WALLET_TOPUP",
    })
}
