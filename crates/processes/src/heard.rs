//! News of any domain, as it comes off the queue.

use kernel::News;
use serde_json::Value;

/// One piece of news and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Of a person's identity.
    Identity(News<identity::Event>),
    /// Of a wallet.
    Wallet(News<wallet::Event>),
    /// Of a payment.
    Payments(News<payments::Event>),
}

/// The queue holds something that is no news of ours: an operator must look.
#[derive(Debug, thiserror::Error)]
pub enum HeardError {
    /// The payload names no domain we know.
    #[error("the payload names no domain we know")]
    Topic,
    /// The payload is not that domain's news.
    #[error("the payload is not news of the domain it names")]
    News(#[from] serde_json::Error),
}

impl Heard {
    /// Reads `{"topic": …, "news": …}` as the transaction that recorded the fact queued it.
    ///
    /// # Errors
    /// When it is not ours.
    pub fn parse(payload: &Value) -> Result<Self, HeardError> {
        let news = payload.get("news").cloned().unwrap_or_default();
        match payload.get("topic").and_then(Value::as_str) {
            Some("identity") => Ok(Self::Identity(serde_json::from_value(news)?)),
            Some("wallet") => Ok(Self::Wallet(serde_json::from_value(news)?)),
            Some("payments") => Ok(Self::Payments(serde_json::from_value(news)?)),
            Some(_) | None => Err(HeardError::Topic),
        }
    }

    /// The identity of the news, which what is written because of it carries.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Identity(news) => news.id.to_string(),
            Self::Wallet(news) => news.id.to_string(),
            Self::Payments(news) => news.id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_news_of_ours_is_heard() {
        let user = "0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60";
        let news = json!({
            "topic": "identity",
            "news": {"id": user, "at": "2026-01-15T12:34:56Z", "event": {"type": "signed_up", "user_id": user}},
        });
        let heard = Heard::parse(&news).unwrap();
        assert!(
            matches!(&heard, Heard::Identity(news) if matches!(news.event, identity::Event::SignedUp { .. }))
        );
        assert_eq!(heard.id(), user);
        assert!(matches!(Heard::parse(&json!({"topic": "weather"})), Err(HeardError::Topic)));
        assert!(matches!(Heard::parse(&json!({"topic": "wallet", "news": 1})), Err(HeardError::News(_))));
    }
}
