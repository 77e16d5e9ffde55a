//! One entry of the log: who did what to whose data, when and from where.

use kernel::{UserId, uuid::Uuid};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What an entry tells, in the very texts that are hashed. They are whatever words its writer uses: the log
/// keeps and proves them, and need not know them. So an entry whose words were tampered with is reported by
/// the check rather than refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Names the entry; appending it twice leaves one.
    pub id: Uuid,
    /// Whose data it is about, and so in whose chain it stands.
    pub subject: UserId,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// When, to the microsecond.
    pub at: OffsetDateTime,
    /// From which address.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing, by name: ids and words, never personal data.
    pub detail: BTreeMap<String, String>,
}
