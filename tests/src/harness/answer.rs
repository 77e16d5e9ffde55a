//! An answer of the gateway, as a test reads it.

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value;

/// Status, headers and body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; `null` if it is none.
    pub json: Value,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        Self::try_read(response).await.expect("a body of text")
    }

    /// `None` if the connection broke before the body was whole.
    pub(super) async fn try_read(response: Response) -> Option<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.ok()?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Some(Self { status, headers, text, json })
    }

    /// The same answer, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The same answer, which must be this error in its envelope.
    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.text("error")), (status, code.to_owned()), "{}", self.text);
        assert_eq!(self.json["status_code"], status);
        assert_eq!(self.json["request_id"], self.header("x-request-id"));
        assert!(self.json["message"].is_string() && self.json["details"].is_object(), "{}", self.text);
        self
    }

    /// A field of the body as text.
    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        let found = self.json.get(field).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text {field} in {}", self.text)).to_owned()
    }

    /// A field of the body as a whole number.
    #[track_caller]
    pub fn number(&self, field: &str) -> i64 {
        let found = self.json.get(field).and_then(Value::as_i64);
        found.unwrap_or_else(|| panic!("no number {field} in {}", self.text))
    }

    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
}
