//! Indian mobile numbers: the name by which a person signs in.

use crate::{FieldError, FieldRule, fault};
use kernel::Masked;

/// Longest text worth looking at: `+91 98765 43210` with room for a few separators.
const TEXT_MAX_BYTES: usize = 20;

/// How many leading digits name an operator's number series.
const SERIES_DIGITS: usize = 5;

/// An Indian mobile number: `+91` and ten digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(Masked<String>);

const UNFIT: FieldError = FieldError {
    field: "phone",
    rule: FieldRule::Coded {
        entry: fault::INVALID_PHONE,
        constraint: "ten digits of which the first is 6 to 9, with or without +91",
    },
};

impl Phone {
    /// Reads a number as people write it: `9876543210`, `+919876543210`, `91-9876543210`, `+91 98765 43210`.
    ///
    /// # Errors
    /// When it is not ten digits with the first within 6–9 (the mobile series of India's national numbering
    /// plan), optionally after `91` or `+91`, with at most single spaces or hyphens between digits.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(UNFIT);
        }
        let international = text.strip_prefix('+');
        let digits = digits(international.unwrap_or(text)).ok_or(UNFIT)?;
        let national = match (digits.strip_prefix("91"), international) {
            (Some(national), _) if digits.len() == 12 => national,
            (_, None) if digits.len() == 10 => &digits,
            _ => return Err(UNFIT),
        };
        if national.starts_with(['6', '7', '8', '9']) {
            Ok(Self(Masked::new(format!("+91{national}"))))
        } else {
            Err(UNFIT)
        }
    }

    /// Reads a number in E.164 form only: `+919876543210`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse_e164(text: &str) -> Result<Self, FieldError> {
        Self::parse(text).ok().filter(|phone| phone.e164() == text).ok_or(UNFIT)
    }

    /// The number in E.164 form, `+919876543210`: for storage, partners and its owner.
    #[must_use]
    pub fn e164(&self) -> &str {
        self.0.expose()
    }

    /// The first five digits after `+91`, which name an operator's series and no person.
    #[must_use]
    pub fn series(&self) -> &str {
        self.e164().get(3..3 + SERIES_DIGITS).unwrap_or_default()
    }
}

/// The digits of `text`, or `None` if it holds anything but digits and single separators between them.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(12);
    let mut may_separate = false;
    for character in text.chars() {
        match character {
            '0'..='9' => {
                digits.push(character);
                may_separate = true;
            }
            ' ' | '-' if may_separate => may_separate = false,
            _ => return None,
        }
    }
    may_separate.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_people_write_are_one_number() {
        for text in ["9876543210", "+919876543210", "91-9876543210", "+91 98765 43210", "919876543210"] {
            assert_eq!(Phone::parse(text).map(|phone| phone.e164().to_owned()), Ok("+919876543210".into()));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "+",
            "+91",
            "987654321",
            "98765432100",
            "5876543210",
            "0876543210",
            "09876543210",
            "+9876543210",
            "+9198765432100",
            "+1 987 654 3210",
            "+915876543210",
            "98765x43210",
            "९८७६५४३२१०",
            "98765  43210",
            "-9876543210",
            "9876543210-",
            "+ 919876543210",
            "9876543210 ",
            "+91 98765 43210 00000 00000",
            "++919876543210",
            "9876543210\n",
            "(987)6543210",
        ] {
            assert_eq!(Phone::parse(text), Err(UNFIT), "{text}");
        }
    }

    #[test]
    fn the_strict_form_takes_e164_only() {
        assert!(Phone::parse_e164("+919876543210").is_ok());
        for text in ["9876543210", "919876543210", "+91 9876543210", "+91-9876543210"] {
            assert_eq!(Phone::parse_e164(text), Err(UNFIT), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let phone = Phone::parse("9876543210").unwrap();
        assert!(!format!("{phone:?}").contains(|c: char| c.is_ascii_digit()));
        assert_eq!(phone.series(), "98765");
    }

    proptest! {
        #[test]
        fn parsing_never_fails_otherwise_and_is_stable(text in "\\PC{0,24}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse_e164(phone.e164()), Ok(phone.clone()));
                prop_assert_eq!(phone.e164().len(), 13);
            }
        }

        #[test]
        fn every_mobile_number_is_accepted(first in 6..=9_u8, rest in 0..1_000_000_000_u32) {
            let number = format!("{first}{rest:09}");
            let phone = Phone::parse(&number).unwrap();
            prop_assert_eq!(phone.e164(), format!("+91{number}"));
        }
    }
}
