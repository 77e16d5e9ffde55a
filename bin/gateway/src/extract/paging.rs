//! Where a list begins and how much of it is wanted.

use crate::error::Error;
use kernel::{Cursor, Limit};
use schemars::JsonSchema;
use serde::Deserialize;

/// The page wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// How many rows at most, 1–100; 20 unless given.
    #[schemars(example = 20, range(min = 1, max = 100))]
    limit: Option<u64>,
    /// Where to go on: the `next_cursor` of the page before. Left out for the first page.
    #[schemars(example = crate::spec::examples::CURSOR, regex(pattern = crate::spec::patterns::CURSOR))]
    cursor: Option<String>,
}

impl Paging {
    /// The page asked for beside other parameters.
    #[must_use]
    pub const fn new(limit: Option<u64>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The limit and the cursor, typed.
    ///
    /// # Errors
    /// When the limit is out of range or the cursor is not one of ours.
    pub fn parse(&self) -> Result<(Limit, Option<Cursor>), Error> {
        let limit = self.limit.map_or(Ok(Limit::DEFAULT), Limit::parse)?;
        Ok((limit, self.cursor.as_deref().map(Cursor::parse).transpose()?))
    }
}
