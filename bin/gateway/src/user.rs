//! The person: what they tell us about themselves.

pub mod change_profile;
pub mod dependants;
pub mod show_profile;

mod profile;

pub(crate) use profile::Profile;

use identity::BirthDate;
use kernel::{FieldError, Masked};
use schemars::Schema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::Date;

/// Tells a field that is `null` from one that is absent.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A field that is absent is not one that is `null`, so no field has `null` for its default.
pub(crate) fn without_defaults(schema: &mut Schema) {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in fields.into_iter().flat_map(serde_json::Map::values_mut).filter_map(Value::as_object_mut) {
        field.remove("default");
    }
}

/// A birth date as any domain takes it, as of `today`, the business day.
pub(crate) fn birth_date(text: &str, today: Date) -> Result<Masked<Date>, FieldError> {
    BirthDate::parse(text, today).map(|born| Masked::new(born.expose()))
}
