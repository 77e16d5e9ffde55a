//! A collector of traces in a test: it keeps what it is sent.

use axum::{Router, body::Bytes, extract::State, routing::post};
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinSet};

type Kept = Arc<Mutex<Vec<Bytes>>>;

/// Takes traces over OTLP/HTTP until it is dropped.
pub struct Collector {
    address: String,
    kept: Kept,
    _serving: JoinSet<std::io::Result<()>>,
}

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Kept::default();
        let take = async |State(kept): State<Kept>, body: Bytes| {
            kept.lock().expect("nobody panicked").push(body);
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(kept.clone());
        let mut serving = JoinSet::new();
        serving.spawn(axum::serve(listener, router).into_future());
        Self { address, kept, _serving: serving }
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to say.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything that was sent, as it came.
    pub fn sent(&self) -> Vec<u8> {
        self.kept.lock().expect("nobody panicked").concat()
    }
}
