//! The words of closed sets, and how a caller may spell them: any case, with `-`, `_` or space between them.

use crate::{
    Action, Channel, Effect, EndReason, FieldError, FieldRule, Gender, KycStatus, Meter, Occupation, Purpose,
    Role, Surface,
};
use std::str::FromStr;
use strum::VariantNames;

macro_rules! have_words {
    ($($set:ty),+) => { $(
        impl $set {
            /// The one word by which it is told, answered and stored.
            #[must_use]
            pub fn word(self) -> &'static str {
                self.into()
            }
        }
    )+ };
}

have_words!(Action, Channel, Effect, EndReason, Gender, KycStatus, Meter, Occupation, Purpose, Role, Surface);

/// What the text of a field spells, in whatever case and with whatever joins its parts, of a set whose words are
/// in small letters and joined by `_`.
pub(crate) fn parse<T: FromStr + VariantNames>(field: &'static str, text: &str) -> Result<T, FieldError> {
    let rule = FieldRule::Word { allowed: T::VARIANTS };
    let spelt = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    spelt.parse().map_err(|_| FieldError { field, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_joints_are_free_and_letters_are_not() {
        for text in ["delivery_partner", "Delivery Partner", "DELIVERY-PARTNER", " deliveryâ partner "] {
            assert_eq!(parse::<Occupation>("occupation", text).is_ok(), text.is_ascii(), "{text}");
        }
        for text in ["deliverypartner", "delivery--partner", "delivery partner s", "-driver", "dri-ver"] {
            assert!(parse::<Occupation>("occupation", text).is_err(), "{text}");
        }
        assert!(parse::<Gender>("gender", "óther").is_err());
    }
}
