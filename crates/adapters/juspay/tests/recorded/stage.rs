//! A server on a free port that gives the answers it was told, in turn, and remembers what it was asked.

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use juspay::{BreakerPolicy, JuspayConfig, JuspayPaymentGateway, JuspayWalletIssuer, Limits, PpiConfig};
use kernel::{Env, MovableClock, SeededEntropy};
use secrecy::SecretString;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use time::{OffsetDateTime, macros::datetime};
use url::Url;

pub const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// What the server is to do with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Body(u16, String),
    Redirect(String),
    /// Takes longer than any deadline.
    Never,
}

#[derive(Clone, Default)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The server, and everything that talks to it.
pub struct Stage {
    script: Script,
    pub gateway: JuspayPaymentGateway,
    pub issuer: JuspayWalletIssuer,
    pub clock: Arc<MovableClock>,
}

impl Stage {
    pub async fn with(replies: impl IntoIterator<Item = (u16, &str)>) -> Self {
        Self::set(replies.into_iter().map(|(status, body)| Reply::Body(status, body.to_owned()))).await
    }

    pub async fn set(replies: impl IntoIterator<Item = Reply>) -> Self {
        let script =
            Script { replies: Arc::new(Mutex::new(replies.into_iter().collect())), ..Script::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(script.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's own server ends with the test's runtime")]
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self::at(&format!("http://{address}/base/"), script)
    }

    /// A partner that nobody listens for.
    pub async fn nowhere() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        Self::at(&format!("http://{address}/"), Script::default())
    }

    fn at(base: &str, script: Script) -> Self {
        // Long where an answer comes, so that a busy machine fails no test; short where none does.
        let waits_in_vain = script.replies.lock().unwrap().iter().any(|reply| matches!(reply, Reply::Never));
        let patience = if waits_in_vain { Duration::from_millis(200) } else { Duration::from_secs(20) };
        let clock = Arc::new(MovableClock::standing_at(START));
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let base_url = Url::parse(base).unwrap();
        let api_key = SecretString::from("key-of-ours");
        let limits = Limits {
            call_timeout: patience,
            status_timeout: patience,
            retry_pause_max: Duration::from_millis(1),
            breaker: BreakerPolicy { failures: 3, rest: time::Duration::seconds(30) },
        };
        let config = JuspayConfig {
            base_url: base_url.clone(),
            api_key: api_key.clone(),
            merchant_id: "aarokya".to_owned(),
            payment_page_client_id: "aarokya-app".to_owned(),
            return_url: Url::parse("https://aarokya.example/paid").unwrap(),
            fallback_email: "nobody@aarokya.example".to_owned(),
            limits,
        };
        let ppi = PpiConfig {
            base_url,
            api_key,
            merchant_id: "aarokya".to_owned(),
            program_id: "health".to_owned(),
            limits,
        };
        let gateway = JuspayPaymentGateway::new(config, env.clone()).unwrap();
        Self { script, gateway, issuer: JuspayWalletIssuer::new(&ppi, env).unwrap(), clock }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    script.asked.lock().unwrap().push(Asked {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let reply = script.replies.lock().unwrap().pop_front();
    match reply {
        Some(Reply::Body(status, body)) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-type", "application/json"), ("x-response-id", "r-1")], body).into_response()
        }
        Some(Reply::Redirect(to)) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Some(Reply::Never) => std::future::pending().await,
        None => StatusCode::IM_A_TEAPOT.into_response(),
    }
}
