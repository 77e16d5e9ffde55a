//! The bearer token: fetched once for all who need it, kept until it is nearly over.

use super::wire::Granted;
use identity::ports::SendError;
use kernel::Env;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// How long ValueFirst says a token lives.
const LIFETIME: Duration = Duration::days(7);

/// A token this near its end is not used any more: clocks differ.
const MARGIN: Duration = Duration::hours(1);

/// The token in use.
#[derive(Default)]
pub(super) struct TokenCache {
    held: Mutex<Option<Held>>,
}

struct Held {
    token: SecretString,
    until: OffsetDateTime,
}

impl TokenCache {
    /// The token held, or what `fetch` brings when there is none, it is over, or it is the `rejected` one.
    pub(super) async fn get<Fetching>(
        &self,
        env: &Env,
        rejected: Option<&SecretString>,
        fetch: impl FnOnce() -> Fetching + Send,
    ) -> Result<SecretString, SendError>
    where
        Fetching: Future<Output = Result<Granted, SendError>> + Send,
    {
        // Held while fetching, so that a thousand callers fetch one token.
        let mut held = self.held.lock().await;
        let now = env.now();
        let is_rejected = |token: &SecretString| {
            rejected.is_some_and(|rejected| rejected.expose_secret() == token.expose_secret())
        };
        if let Some(Held { token, until }) = &*held
            && now < *until
            && !is_rejected(token)
        {
            return Ok(token.clone());
        }
        let granted = fetch().await?;
        let latest = now.saturating_add(LIFETIME);
        let until = granted.until.map_or(latest, |until| until.min(latest)).saturating_sub(MARGIN);
        *held = Some(Held { token: granted.token.clone(), until });
        Ok(granted.token)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCache")
    }
}
