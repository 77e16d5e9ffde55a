//! The caller's family.

pub mod add;
pub mod change;
pub mod list;
pub mod remove;

mod dependant;

pub(crate) use dependant::Dependant;

use crate::spec::examples::DEPENDANT_ID;
use identity::PersonName;
use kernel::{FieldError, Masked};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// Which dependant.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "DependantParameters")]
pub(crate) struct Parameters {
    /// The dependant, as `GET /user/dependants` lists it.
    #[schemars(example = DEPENDANT_ID)]
    id: Uuid,
}

/// A name in `field`, if anything is left of it.
fn name(field: &'static str, text: &str) -> Result<Option<Masked<String>>, FieldError> {
    let name = PersonName::parse(field, text)?;
    Ok(name.map(|name| Masked::new(name.expose().to_owned())))
}
