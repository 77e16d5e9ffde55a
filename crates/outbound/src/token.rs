//! A bearer token of a partner: fetched once for all who need it, kept until it is nearly over.

use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// How long a partner's tokens are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLife {
    /// How long a token lives of which the partner does not say so, and the longest one is believed to.
    pub most: Duration,
    /// A token this near its end is not used any more: clocks differ, and a call takes its time.
    pub margin: Duration,
}

/// A token a partner granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: SecretString,
    /// Until when it is good, where the partner says so.
    pub until: Option<OffsetDateTime>,
}

/// The token in use.
pub struct TokenCache {
    life: TokenLife,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: SecretString,
    until: OffsetDateTime,
}

impl TokenCache {
    /// A cache without a token.
    #[must_use]
    pub fn new(life: TokenLife) -> Self {
        Self { life, held: Mutex::default() }
    }

    /// The token held at `now`, or what `fetch` brings when there is none, it is over, or it is the `rejected` one. Who
    /// asks while it is fetched waits for it.
    ///
    /// # Errors
    /// What `fetch` fails with.
    pub async fn get<Error, Fetching>(
        &self,
        now: OffsetDateTime,
        rejected: Option<&SecretString>,
        fetch: impl FnOnce() -> Fetching + Send,
    ) -> Result<SecretString, Error>
    where
        Fetching: Future<Output = Result<Granted, Error>> + Send,
    {
        // Held while fetching, so that a thousand callers fetch one token.
        let mut held = self.held.lock().await;
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
        let latest = now.saturating_add(self.life.most);
        let until = granted.until.map_or(latest, |until| until.min(latest)).saturating_sub(self.life.margin);
        *held = Some(Held { token: granted.token.clone(), until });
        Ok(granted.token)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    /// Which token is had at `now`, of a partner whose tokens are numbered and say that they end at `until`.
    async fn had(
        cache: &TokenCache,
        fetched: &AtomicU32,
        now: OffsetDateTime,
        until: Option<OffsetDateTime>,
        rejected: Option<&str>,
    ) -> String {
        let rejected = rejected.map(SecretString::from);
        let token = cache.get(now, rejected.as_ref(), async || {
            let token = fetched.fetch_add(1, Ordering::SeqCst).to_string().into();
            Ok::<_, std::convert::Infallible>(Granted { token, until })
        });
        token.await.unwrap().expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_used_until_it_is_nearly_over_or_turned_down() {
        let cache = TokenCache::new(TokenLife { most: Duration::hours(1), margin: Duration::minutes(1) });
        let fetched = AtomicU32::new(0);
        let late = NOW + Duration::days(30);
        assert_eq!(had(&cache, &fetched, NOW, Some(late), None).await, "0");
        assert_eq!(had(&cache, &fetched, NOW + Duration::minutes(58), None, None).await, "0");
        assert_eq!(
            had(&cache, &fetched, NOW + Duration::minutes(59), None, None).await,
            "1",
            "believed for an hour"
        );
        assert_eq!(had(&cache, &fetched, NOW, None, Some("0")).await, "1", "another was turned down");
        let soon = Some(NOW + Duration::minutes(10));
        assert_eq!(had(&cache, &fetched, NOW, soon, Some("1")).await, "2");
        assert_eq!(had(&cache, &fetched, NOW + Duration::minutes(9), None, None).await, "3", "it said so");
    }
}
