//! A change of some fields of a profile; the others stay as they are.

use super::{BirthDate, Email, Employer, Occupation, PersonName, PostalAddress};
use kernel::{FieldError, Gender};
use time::Date;

/// What becomes of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It was not named: it stays.
    #[default]
    Keep,
    /// It was named with `null` or blank text: it is emptied.
    Clear,
    /// It was named with a value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field was named.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// The new content of a field that was named (`None`: emptied), or `None` if it was not.
    #[must_use]
    pub const fn named(&self) -> Option<Option<&T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// Types a field as a client sent it: absent, `null`, or text of which `parse` may leave nothing.
    fn parse(
        sent: &Option<Option<String>>,
        parse: impl FnOnce(&str) -> Result<Option<T>, FieldError>,
    ) -> Result<Self, FieldError> {
        let Some(sent) = sent else { return Ok(Self::Keep) };
        let value = sent.as_deref().map(parse).transpose()?.flatten();
        Ok(value.map_or(Self::Clear, Self::Set))
    }

    /// The same, where a text of which nothing is left is not one that `parse` knows.
    fn parse_unless_blank(
        sent: &Option<Option<String>>,
        parse: impl FnOnce(&str) -> Result<T, FieldError>,
    ) -> Result<Self, FieldError> {
        Self::parse(sent, |text| if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) })
    }
}

/// The fields of a PATCH as a client sent them: `None` if absent, `Some(None)` if `null`.
#[derive(Clone, Default)]
pub struct ProfileFields {
    /// `first_name`.
    pub first_name: Option<Option<String>>,
    /// `last_name`.
    pub last_name: Option<Option<String>>,
    /// `email`.
    pub email: Option<Option<String>>,
    /// `dob`, YYYY-MM-DD.
    pub dob: Option<Option<String>>,
    /// `gender`.
    pub gender: Option<Option<String>>,
    /// `address`.
    pub address: Option<Option<String>>,
    /// `occupation`.
    pub occupation: Option<Option<String>>,
    /// `employer`.
    pub employer: Option<Option<String>>,
}

/// A checked change of some fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfilePatch {
    /// First name.
    pub first_name: Change<PersonName>,
    /// Last name.
    pub last_name: Change<PersonName>,
    /// E-mail address.
    pub email: Change<Email>,
    /// Birth date.
    pub dob: Change<BirthDate>,
    /// Gender.
    pub gender: Change<Gender>,
    /// Postal address.
    pub address: Change<PostalAddress>,
    /// Occupation.
    pub occupation: Change<Occupation>,
    /// Employer.
    pub employer: Change<Employer>,
}

impl ProfilePatch {
    /// Types the fields a client sent, as of `today`, the business day. A field that is `null` or blank is to be
    /// emptied; one that is absent stays.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn parse(fields: &ProfileFields, today: Date) -> Result<Self, FieldError> {
        Ok(Self {
            first_name: Change::parse(&fields.first_name, |text| PersonName::parse("first_name", text))?,
            last_name: Change::parse(&fields.last_name, |text| PersonName::parse("last_name", text))?,
            email: Change::parse(&fields.email, Email::parse)?,
            dob: Change::parse_unless_blank(&fields.dob, |text| BirthDate::parse(text, today))?,
            gender: Change::parse_unless_blank(&fields.gender, Gender::parse)?,
            address: Change::parse(&fields.address, PostalAddress::parse)?,
            occupation: Change::parse_unless_blank(&fields.occupation, Occupation::parse)?,
            employer: Change::parse(&fields.employer, Employer::parse)?,
        })
    }

    /// The names of the fields that are to change, as the wire and the tables call them.
    pub fn named_fields(&self) -> impl Iterator<Item = &'static str> {
        [
            ("first_name", self.first_name.is_named()),
            ("last_name", self.last_name.is_named()),
            ("email", self.email.is_named()),
            ("dob", self.dob.is_named()),
            ("gender", self.gender.is_named()),
            ("address", self.address.is_named()),
            ("occupation", self.occupation.is_named()),
            ("employer", self.employer.is_named()),
        ]
        .into_iter()
        .filter_map(|(field, named)| named.then_some(field))
    }

    /// Whether nothing is to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named_fields().next().is_none()
    }

    /// Whether a field on which insurance eligibility rests is to change.
    #[must_use]
    pub const fn affects_eligibility(&self) -> bool {
        self.dob.is_named() || self.gender.is_named() || self.address.is_named()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 01 - 15);

    fn sent(text: &str) -> Option<Option<String>> {
        Some(Some(text.to_owned()))
    }

    #[test]
    fn absent_null_blank_and_value_are_told_apart() {
        let fields = ProfileFields {
            first_name: sent(" Asha "),
            last_name: Some(None),
            gender: sent(" "),
            occupation: sent("Self Employed"),
            ..ProfileFields::default()
        };
        let patch = ProfilePatch::parse(&fields, TODAY).unwrap();
        assert_eq!(patch.first_name, Change::Set(PersonName::stored("Asha".to_owned())));
        assert_eq!(patch.last_name, Change::Clear);
        assert_eq!(patch.gender, Change::Clear);
        assert_eq!(patch.occupation, Change::Set(Occupation::SelfEmployed));
        assert_eq!(patch.email, Change::Keep);
        let named: Vec<_> = patch.named_fields().collect();
        assert_eq!(named, ["first_name", "last_name", "gender", "occupation"]);
        assert!(patch.affects_eligibility());
        assert!(ProfilePatch::parse(&ProfileFields::default(), TODAY).unwrap().is_empty());
    }

    #[test]
    fn a_refusal_names_the_field_and_nothing_of_its_value() {
        let fields = ProfileFields { email: sent("secret-value"), ..ProfileFields::default() };
        let refused = ProfilePatch::parse(&fields, TODAY).unwrap_err();
        assert_eq!(refused.field, "email");
        assert!(!format!("{refused} {refused:?} {:?}", kernel::Fault::details(&refused)).contains("secret"));
    }
}
