//! How a caller may spell the words of a closed set: any case, with `-`, `_` or space between their parts.

use crate::{FieldError, FieldRule};
use std::str::FromStr;
use strum::VariantNames;

/// What the text of `field` spells, of a set whose words are joined by `_` and written in small letters or in capitals.
///
/// # Errors
/// When it spells none of them.
pub fn parse_word<T: FromStr + VariantNames>(field: &'static str, text: &str) -> Result<T, FieldError> {
    let spelt = text.trim().replace(['-', ' '], "_");
    let small = spelt.to_ascii_lowercase().parse();
    let word = small.or_else(|_| spelt.to_ascii_uppercase().parse());
    word.map_err(|_| FieldError { field, rule: FieldRule::Word { allowed: T::VARIANTS } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::EnumString;

    #[derive(Debug, PartialEq, EnumString, VariantNames)]
    #[strum(serialize_all = "snake_case")]
    enum Work {
        DeliveryPartner,
        Driver,
    }

    #[derive(Debug, PartialEq, EnumString, VariantNames)]
    #[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
    enum Cover {
        #[strum(to_string = "FAMILY_FLOATER", serialize = "FAMILY")]
        FamilyFloater,
    }

    #[test]
    fn case_and_joints_are_free_and_letters_are_not() {
        for text in ["delivery_partner", "Delivery Partner", "DELIVERY-PARTNER", " delivery partner "] {
            assert_eq!(parse_word("work", text), Ok(Work::DeliveryPartner), "{text}");
        }
        for text in
            ["deliverypartner", "delivery--partner", "delivery partner s", "-driver", "dri-ver", "drïver", ""]
        {
            assert!(parse_word::<Work>("work", text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_older_name_is_read_and_never_listed() {
        for text in ["family", "FAMILY", "family floater", "Family-Floater"] {
            assert_eq!(parse_word("plan_type", text), Ok(Cover::FamilyFloater), "{text}");
        }
        let refusal = parse_word::<Cover>("plan_type", "clan").unwrap_err();
        assert_eq!(refusal.rule, FieldRule::Word { allowed: &["FAMILY_FLOATER"] });
    }
}
