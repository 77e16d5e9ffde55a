//! An instant as the wallet's contract writes it.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

/// Unix seconds.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Seconds {
    #[schemars(example = 1_768_480_496)]
    seconds: i64,
}

impl From<OffsetDateTime> for Seconds {
    fn from(at: OffsetDateTime) -> Self {
        Self { seconds: at.unix_timestamp() }
    }
}
