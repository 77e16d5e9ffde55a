//! What one domain tells the others: an event with the identity that makes its effects happen once.

use time::OffsetDateTime;
use uuid::Uuid;

/// An event as it is queued beside the fact it tells of, in the same transaction.
///
/// News is delivered at least once; whoever acts on it carries `id` into what it writes, under a unique
/// constraint, so that it takes effect once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct News<E> {
    /// Names this piece of news for ever.
    pub id: Uuid,
    /// When the fact happened.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened.
    pub event: E,
}
