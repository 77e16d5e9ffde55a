//! Where quotes are kept.

use crate::{Quote, QuoteId};
use async_trait::async_trait;
use kernel::{StoreError, UserId};

/// Keeps quotes.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait QuoteStore: Send + Sync {
    /// Records a quote.
    ///
    /// # Errors
    /// When the store fails.
    async fn record(&self, quote: &Quote) -> Result<(), StoreError>;

    /// The quote of that name if it is this person's, whether it still holds or not; somebody else's is not there.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, user_id: UserId, id: QuoteId) -> Result<Option<Quote>, StoreError>;
}
