//! An instant as the wallet's contract writes it.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

/// An instant.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Seconds {
    /// Unix seconds.
    #[schemars(example = 1_768_480_540)]
    seconds: i64,
}

impl From<OffsetDateTime> for Seconds {
    fn from(at: OffsetDateTime) -> Self {
        Self { seconds: at.unix_timestamp() }
    }
}
