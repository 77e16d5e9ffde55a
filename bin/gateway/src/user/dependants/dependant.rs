//! A dependant as it is answered.

use crate::spec::examples::DEPENDANT_ID;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// A family member the caller named.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Dependant {
    /// The dependant, whatever is changed of it.
    #[schemars(example = DEPENDANT_ID)]
    id: Uuid,
    /// How often what was told has changed, from 1; policies keep the version they were written on.
    #[schemars(with = "i64", example = 1)]
    version: u32,
    /// First name.
    #[schemars(example = &"Kiran")]
    first_name: String,
    /// Last name; `null` for somebody with one name.
    #[schemars(example = &"Devi")]
    last_name: Option<String>,
    /// Birth date, `YYYY-MM-DD`.
    #[schemars(example = &"2016-07-30", extend("format" = "date"))]
    dob: String,
    /// Gender.
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: &'static str,
    /// What they are to the caller.
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: &'static str,
}

impl From<insurance::Dependant> for Dependant {
    fn from(dependant: insurance::Dependant) -> Self {
        let relative = dependant.relative;
        Self {
            id: dependant.id.uuid(),
            version: dependant.version,
            first_name: relative.first_name.into_exposed(),
            last_name: relative.last_name.map(kernel::Masked::into_exposed),
            dob: relative.life.born.expose().to_string(),
            gender: relative.life.gender.word(),
            relationship: relative.relationship.word(),
        }
    }
}
