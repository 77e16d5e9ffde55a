//! Somebody's device, signed in to a real program.

use super::{Answer, Program, eventually, person::CODE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// How long work in the background may take before a test gives up.
pub const SOON: Duration = Duration::from_secs(40);

/// A device, its tokens, and the instance it speaks with.
#[derive(Clone)]
pub struct Device {
    http: reqwest::Client,
    base: String,
    /// Ten digits.
    pub phone: String,
    /// The person's id; empty before sign-in.
    pub user_id: String,
    /// The access token; empty before sign-in.
    pub access_token: String,
    /// The refresh token; empty before sign-in.
    pub refresh_token: String,
}

impl Device {
    /// A device that has not signed in.
    pub fn new(program: &Program, phone: &str) -> Self {
        Self::somewhere(program.url(""), phone)
    }

    fn somewhere(base: String, phone: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        Self {
            http: http.expect("a client"),
            base,
            phone: phone.to_owned(),
            user_id: String::new(),
            access_token: String::new(),
            refresh_token: String::new(),
        }
    }

    /// Asks for a code and gives it.
    pub async fn sign_in(program: &Program, phone: &str, device_info: &str) -> Self {
        let mut device = Self::new(program, phone);
        device.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
        let body = json!({ "phone": phone, "otp": CODE, "device_info": device_info });
        let verified = device.post("/auth/otp/verify", &body).await.expect(200);
        device.user_id = verified.text("user_id");
        device.access_token = verified.text("access_token");
        device.refresh_token = verified.text("refresh_token");
        device
    }

    /// The same device, speaking with another instance.
    pub fn at(&self, program: &Program) -> Self {
        Self { base: program.url(""), ..self.clone() }
    }

    /// The same device, speaking with whoever is at this address.
    pub fn toward(&self, base: String) -> Self {
        Self { base, ..self.clone() }
    }

    /// Asks for a code and gives it; `None` if any of it failed.
    pub async fn try_sign_in(base: &str, phone: &str, device_info: &str) -> Option<Self> {
        let device = Self::somewhere(base.to_owned(), phone);
        let asked = device.request(Method::POST, "/auth/otp/trigger").json(&json!({ "phone": phone }));
        device.try_send(asked).await?;
        let body = json!({ "phone": phone, "otp": CODE, "device_info": device_info });
        let given = device.request(Method::POST, "/auth/otp/verify").json(&body);
        let verified = device.try_send(given).await.filter(|answer| answer.status == 200)?;
        Some(Self {
            user_id: verified.text("user_id"),
            access_token: verified.text("access_token"),
            refresh_token: verified.text("refresh_token"),
            ..device
        })
    }

    /// Sends a request and reads the answer; `None` if the connection broke.
    pub async fn try_send(&self, request: RequestBuilder) -> Option<Answer> {
        Answer::try_read(request.send().await.ok()?).await
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.access_token.is_empty() { request } else { request.bearer_auth(&self.access_token) }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the program answers")).await
    }

    /// GETs.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Asks for a session to top the wallet up; `None` if the connection broke.
    pub async fn top_up_session(&self, key: &str, amount: i64) -> Option<Answer> {
        let body = json!({ "type": "WALLET_TOPUP", "amount": amount });
        let request = self.request(Method::POST, "/payments/session").header("idempotency-key", key);
        self.try_send(request.json(&body)).await
    }

    /// Waits until the wallet is open; answers its id at the issuer.
    pub async fn wallet_opened(&self) -> String {
        eventually("the wallet is opened", SOON, async || {
            let wallet = self.get("/wallet").await;
            (wallet.json["wallet_status"] == "COMPLETED").then(|| wallet.text("transcorp_wallet_id"))
        })
        .await
    }

    /// What the wallet holds, in paise.
    pub async fn balance(&self) -> i64 {
        self.get("/wallet").await.expect(200).number("balance")
    }

    /// Waits until the wallet holds so much.
    pub async fn balance_becomes(&self, paise: i64) {
        let what = format!("the balance becomes {paise}");
        eventually(&what, SOON, async || (self.balance().await == paise).then_some(())).await;
    }
}
