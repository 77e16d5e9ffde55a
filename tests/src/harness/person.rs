//! Somebody with a phone: the verbs of a journey.

use super::{Answer, TestApp};
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

/// The one code of the sandbox.
pub const CODE: &str = "123456";

/// A signed-in person and their tokens.
pub struct Person<'app> {
    /// Where they signed in.
    pub app: &'app TestApp,
    /// Ten digits.
    pub phone: String,
    /// The person's id.
    pub user_id: String,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
}

impl<'app> Person<'app> {
    /// Asks for a code and gives it.
    pub async fn sign_in(app: &'app TestApp, phone: &str) -> Self {
        app.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
        Self::sign_in_again(app, phone).await
    }

    /// Gives the code that was asked for.
    pub async fn sign_in_again(app: &'app TestApp, phone: &str) -> Self {
        let body = json!({ "phone": phone, "otp": CODE, "device_info": "Redmi 12 · Android 14" });
        Self::of(app, phone, &app.post("/auth/otp/verify", &body).await.expect(200))
    }

    /// Whoever this answer signed in.
    pub fn of(app: &'app TestApp, phone: &str, verified: &Answer) -> Self {
        Self {
            app,
            phone: phone.to_owned(),
            user_id: verified.text("user_id"),
            access_token: verified.text("access_token"),
            refresh_token: verified.text("refresh_token"),
        }
    }

    /// Begins a request as this person.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.app.request(method, path).bearer_auth(&self.access_token)
    }

    /// GETs as this person.
    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::GET, path)).await
    }

    /// POSTs JSON as this person.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.app.send(self.request(Method::POST, path).json(body)).await
    }

    /// PATCHes JSON as this person.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.app.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// PUTs JSON as this person.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.app.send(self.request(Method::PUT, path).json(body)).await
    }

    /// DELETEs as this person.
    pub async fn delete(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::DELETE, path)).await
    }

    /// Lets the wallet be opened in the background; answers its id at the issuer.
    pub async fn wallet_completed(&self) -> String {
        for round in 1..=15 {
            self.app.settle().await;
            let wallet = self.get("/wallet").await;
            if wallet.json["wallet_status"] == "COMPLETED" {
                return wallet.text("transcorp_wallet_id");
            }
            // As long as the pauses between tries may be.
            self.app.advance(Duration::seconds(30) * round).await;
        }
        panic!("the wallet was not opened: {}", self.get("/wallet").await.text);
    }

    /// Asks for a session to top the wallet up.
    pub async fn top_up_session(&self, key: &str, amount: i64) -> Answer {
        let body = json!({ "type": "WALLET_TOPUP", "amount": amount });
        let request = self.request(Method::POST, "/payments/session").header("idempotency-key", key);
        self.app.send(request.json(&body)).await
    }

    /// Tops the wallet up and pays; answers the order's number.
    pub async fn top_up(&self, key: &str, amount: i64) -> String {
        let order_id = self.top_up_session(key, amount).await.expect(201).text("order_id");
        let paid = self.app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before));
        paid.await.expect("the order can be paid");
        self.app.settle().await;
        order_id
    }

    /// What the wallet holds, in paise.
    pub async fn balance(&self) -> i64 {
        self.get("/wallet").await.expect(200).number("balance")
    }
}
