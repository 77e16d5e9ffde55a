//! The catalogue: every code this crate can give beside those all domains share. There is none yet.

use kernel::Entry;

/// Every entry of this file.
pub const CATALOGUE: &[Entry] = &[];
