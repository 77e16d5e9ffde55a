//! Names, addresses and other free text: bounded, in one Unicode form, without what could deceive a reader.

use crate::{FieldError, FieldRule};
use email_address::{EmailAddress, Options};
use kernel::Masked;
use unicode_normalization::UnicodeNormalization as _;

/// Longest name and employer, in characters.
const NAME_MAX_CHARS: usize = 255;
/// Longest postal address, in characters.
const ADDRESS_MAX_CHARS: usize = 500;
/// Longest e-mail address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const EMAIL_MAX: usize = 254;

/// What may stand in no text that is shown: controls, and characters that change the direction around them.
const CONTROL: FieldRule = FieldRule::Form("no control characters");
const EMAIL: FieldRule = FieldRule::Form("an e-mail address of at most 254 characters");

/// Texts that were told, each a type of its own; how they are read is below.
macro_rules! told {
    ($(#[doc = $about:literal] $name:ident;)*) => {$(
        #[doc = $about]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(Masked<String>);

        impl $name {
            /// The text as a store kept it; it was checked when it was written.
            #[must_use]
            pub const fn stored(text: String) -> Self {
                Self(Masked::new(text))
            }

            /// The text, for its owner and for partners who need it.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose()
            }
        }
    )*};
}

told! {
    /// A first or last name.
    PersonName;
    /// A postal address on one line.
    PostalAddress;
    /// Whom somebody works for.
    Employer;
    /// An e-mail address that can be written to over the internet: ASCII, with a domain that has a dot.
    Email;
}

/// The last four digits of an Aadhaar number: all that is ever kept of it in readable form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AadhaarTail(Masked<String>);

impl PersonName {
    /// Types the name in `field`: trimmed and NFC-normalised, `None` when nothing is left of it.
    ///
    /// # Errors
    /// When it is longer than 255 characters as it was sent or holds control characters.
    pub fn parse(field: &'static str, text: &str) -> Result<Option<Self>, FieldError> {
        Ok(clean(field, text, NAME_MAX_CHARS)?.map(|text| Self(Masked::new(text))))
    }
}

impl PostalAddress {
    /// Types an address: trimmed and NFC-normalised, `None` when nothing is left of it.
    ///
    /// # Errors
    /// When it is longer than 500 characters as it was sent or holds control characters, line breaks among them.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        Ok(clean("address", text, ADDRESS_MAX_CHARS)?.map(|text| Self(Masked::new(text))))
    }
}

impl Employer {
    /// Types an employer's name: trimmed and NFC-normalised, `None` when nothing is left of it.
    ///
    /// # Errors
    /// When it is longer than 255 characters as it was sent or holds control characters.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        Ok(clean("employer", text, NAME_MAX_CHARS)?.map(|text| Self(Masked::new(text))))
    }
}

impl Email {
    /// Types an e-mail address, trimmed; `None` when nothing is left of it.
    ///
    /// # Errors
    /// When it is not an address of RFC 5321/5322 of at most 254 characters as it was sent: a bare address without
    /// display name, of ASCII characters, at a domain name with at least one dot.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let sent_chars = text.chars().count();
        let text = text.trim();
        if text.is_empty() && sent_chars <= EMAIL_MAX {
            return Ok(None);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let fits = sent_chars <= EMAIL_MAX
            && text.is_ascii()
            && !text.bytes().any(|byte| byte.is_ascii_control())
            && EmailAddress::parse_with_options(text, options).is_ok_and(|address| is_host(address.domain()));
        if fits {
            Ok(Some(Self(Masked::new(text.to_owned()))))
        } else {
            Err(FieldError { field: "email", rule: EMAIL })
        }
    }
}

impl AadhaarTail {
    /// Four digits, as the verification and the store hand them over.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let fits = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(Masked::new(digits.to_owned())))
    }

    /// The four digits, for the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The form in which its owner sees it: `XXXXXXXX1234`.
    #[must_use]
    pub fn hinted(&self) -> String {
        format!("XXXXXXXX{}", self.0.expose())
    }
}

/// Whether a domain is one a host can have (RFC 5321 §4.1.2): letters, digits and inner hyphens.
fn is_host(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    })
}

/// `text` trimmed and in Unicode's composed form (NFC), so that equal names are equal bytes; `None` if blank.
fn clean(field: &'static str, text: &str, chars_max: usize) -> Result<Option<String>, FieldError> {
    let refuse = |rule| Err(FieldError { field, rule });
    // Counted as it was sent, which a client can do as well, and as it is kept: composing can make it longer.
    if text.chars().count() > chars_max {
        return refuse(FieldRule::Count { how: "at most", many: chars_max, of: "characters" });
    }
    let text: String = text.trim().nfc().collect();
    if text.chars().count() > chars_max {
        return refuse(FieldRule::Count { how: "at most", many: chars_max, of: "characters" });
    }
    if text.chars().any(deceives) {
        return refuse(CONTROL);
    }
    // Joiners alone are as blank to a reader as nothing at all.
    Ok(text.contains(|character| !is_joiner(character)).then_some(text))
}

/// Whether a character changes what is seen around it: controls, line separators and the marks that turn the
/// direction of writing. The joiners stay, since Indian scripts are spelt with them.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{2060}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}')
}

/// U+200C and U+200D: they join or part the letters beside them.
const fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Result<Option<PersonName>, FieldError> {
        PersonName::parse("first_name", text)
    }

    #[test]
    fn a_name_nobody_can_see_is_none() {
        assert_eq!(name("\u{200C}\u{200D}"), Ok(None));
        assert!(name("\u{200B}").is_err(), "a space of no width");
        assert!(matches!(name("\u{0915}\u{094D}\u{200D}\u{0937}"), Ok(Some(_))), "a joiner within a word");
    }

    #[test]
    fn names_are_trimmed_composed_and_bounded() {
        assert_eq!(name("  Zoe\u{308}  ").unwrap().unwrap().expose(), "Zoë");
        assert_eq!(name(" \u{2003}\t ").unwrap(), None);
        assert!(name(&"फ".repeat(255)).is_ok());
        let long = FieldError {
            field: "first_name",
            rule: FieldRule::Count { how: "at most", many: 255, of: "characters" },
        };
        assert_eq!(name(&"a".repeat(256)), Err(long));
        assert_eq!(name(&"a".repeat(1_000_000)), Err(long));
        assert!(name(&format!(" {}", "a".repeat(254))).is_ok());
        assert_eq!(name(&format!(" {}", "a".repeat(255))), Err(long), "counted as it was sent");
        assert_eq!(name(&" ".repeat(256)), Err(long), "and so is one of which nothing is left");
        assert_eq!(name(&"\u{958}".repeat(255)), Err(long), "which is longer when it is composed");
        assert!(name("श्री\u{200D}").is_ok(), "joiners spell Indian scripts");
        for wrong in ["a\u{0}b", "a\nb", "a\u{7f}b", "a\u{85}b", "a\u{202E}b", "a\u{2066}b", "a\u{FEFF}b"] {
            let refused = name(wrong).unwrap_err();
            assert_eq!(refused.rule, CONTROL, "{wrong:?}");
        }
    }

    #[test]
    fn an_address_may_be_longer_than_a_name() {
        assert!(PostalAddress::parse(&"a".repeat(500)).is_ok());
        assert!(PostalAddress::parse(&"a".repeat(501)).is_err());
        assert!(Employer::parse(&"a".repeat(256)).is_err());
    }

    #[test]
    fn e_mail_addresses_are_real_ones() {
        for right in ["asha@example.in", "asha.devi+work@mail.example.co.in", "\"a b\"@example.in", "A@B.IN"]
        {
            assert_eq!(Email::parse(right).unwrap().unwrap().expose(), right);
        }
        let long_local = format!("{}@example.in", "a".repeat(65));
        let long =
            format!("a@{}.in", ["b".repeat(60), "c".repeat(60), "d".repeat(60), "e".repeat(75)].join("."));
        for wrong in [
            "asha",
            "asha@",
            "@example.in",
            "asha@localhost",
            "asha@example..in",
            "a b@example.in",
            "asha@@b.in",
            "Asha <asha@example.in>",
            "asha@[127.0.0.1]",
            "asha@exa_mple.in",
            "asha@-example.in",
            ".asha@example.in",
            "आशा@example.in",
            "asha@example.in\u{0}",
            "asha\n@example.in",
            &long_local,
            &long,
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Email::parse("  "), Ok(None));
        assert_eq!(Email::parse(&"\u{3000}".repeat(254)), Ok(None));
        assert!(Email::parse(&" ".repeat(255)).is_err(), "counted as it was sent");
    }

    #[test]
    fn an_aadhaar_tail_is_four_digits() {
        assert_eq!(AadhaarTail::parse("1234").unwrap().hinted(), "XXXXXXXX1234");
        for wrong in ["", "123", "12345", "12a4", "१२३४"] {
            assert_eq!(AadhaarTail::parse(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,300}") {
            if let Ok(Some(once)) = name(&text) {
                prop_assert_eq!(name(once.expose()), Ok(Some(once.clone())));
            }
        }
    }
}
