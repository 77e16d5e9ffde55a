//! One reaction to news.

use crate::{Heard, Outcome};
use async_trait::async_trait;

/// Something that one domain does because of another's news.
#[async_trait]
pub trait Process: Send + Sync {
    /// Its stable name: part of the key under which its job is queued.
    fn name(&self) -> &'static str;

    /// Whether this news concerns it.
    fn hears(&self, news: &Heard) -> bool;

    /// Acts on the news; may be called again with news it has acted on.
    async fn act(&self, news: &Heard) -> Outcome;
}
