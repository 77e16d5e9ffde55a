//! Lists in pages: a bounded number of rows, and an opaque cursor to go on from.

use crate::{FieldError, FieldRule};
use uuid::Uuid;

/// How many rows a page may hold: 1–100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

const WITHIN: FieldError = FieldError { field: "limit", rule: FieldRule::Form("must be within 1–100") };

impl Limit {
    /// What a caller gets who asks for no limit.
    pub const DEFAULT: Self = Self(20);

    /// The most there is: for work that goes through everything, a page at a time.
    pub const MOST: Self = Self(100);

    /// Types a requested page size.
    ///
    /// # Errors
    /// When it is not within 1–100.
    pub fn parse(rows: u64) -> Result<Self, FieldError> {
        u8::try_from(rows).ok().filter(|rows| (1..=Self::MOST.0).contains(rows)).map(Self).ok_or(WITHIN)
    }

    /// The number of rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        self.0 as usize
    }
}

/// Where a page ended. Opaque to clients; inside, the id (UUID v7, so ordered by time) of its last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Uuid);

const OURS: FieldError =
    FieldError { field: "cursor", rule: FieldRule::Form("must be one that this list answered") };

impl Cursor {
    /// Goes on after the row with this id.
    #[must_use]
    pub const fn after(row: Uuid) -> Self {
        Self(row)
    }

    /// Reads a cursor as a client sent it back.
    ///
    /// # Errors
    /// When it is not one that [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let canonical =
            text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !canonical {
            return Err(OURS);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| OURS)
    }

    /// The id of the last row seen.
    #[must_use]
    pub const fn row(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// A page of rows, newest first unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts a page out of `rows`, of which one more than `limit` were read to learn whether there are more.
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: Limit, id: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let next = if more { rows.last().map(|row| Cursor::after(id(row))) } else { None };
        Self { rows, next }
    }

    /// The same page with every row turned into something else.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded() {
        assert_eq!(Limit::parse(0), Err(WITHIN));
        assert_eq!(Limit::parse(1).map(Limit::rows), Ok(1));
        assert_eq!(Limit::parse(100).map(Limit::rows), Ok(100));
        assert_eq!(Limit::parse(101), Err(WITHIN));
        assert_eq!(Limit::parse(u64::MAX), Err(WITHIN));
    }

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let cursor = Cursor::after(Uuid::from_u128(42));
        assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        for wrong in ["", "42", "00000000-0000-0000-0000-00000000002a", "{0000000000000000000000000000002a}"]
        {
            assert_eq!(Cursor::parse(wrong), Err(OURS), "{wrong}");
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let id = |row: &u128| Uuid::from_u128(*row);
        let full = Page::cut(vec![3, 2, 1], Limit(2), id);
        assert_eq!(full, Page { rows: vec![3, 2], next: Some(Cursor::after(Uuid::from_u128(2))) });
        assert_eq!(Page::cut(vec![3, 2], Limit(2), id).next, None);
    }
}
