//! What the program can say about itself: its contract and its variables.

use super::{Failure, Told};
use crate::{config::VARIABLES, spec::document};

/// The OpenAPI document.
///
/// # Errors
/// When it cannot be written as JSON, which no document of ours is.
pub fn spec() -> Result<Told, Failure> {
    Ok(Told::done(serde_json::to_string_pretty(&document())?))
}

/// Every variable that is read.
#[must_use]
pub fn variables() -> Told {
    let lines = VARIABLES.iter().map(|variable| {
        let default = match variable.default {
            None => "must be set".to_owned(),
            Some("") => "off unless set".to_owned(),
            Some(default) => format!("default {default}"),
        };
        format!("{:<28} {} ({default})", variable.name, variable.meaning)
    });
    Told { lines: lines.collect(), done: true }
}
