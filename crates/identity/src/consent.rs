//! Consent: what a person agreed to, in which words, and until when.

use crate::{FieldError, FieldRule};
use kernel::{UserId, parse_word};
use strum::{EnumString, IntoStaticStr, VariantNames};
use time::OffsetDateTime;

kernel::id! {
    /// One consent that was given.
    ConsentId
}

/// What a consent is for. Each purpose is asked for by itself (DPDP Act 2023, section 6).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, EnumString, VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// Using the product at all, under its terms and privacy notice.
    Terms,
    /// Verifying the identity by Aadhaar.
    AadhaarKyc,
    /// Opening a wallet with the issuer, who learns name and number.
    Wallet,
    /// Giving the insurer what it needs to insure and to settle claims.
    Insurance,
    /// Being asked about symptoms by the agent and having the answers kept.
    HealthIntake,
    /// Handing the summary to a practitioner.
    Consultation,
    /// Being told about offers.
    Offers,
}

impl Purpose {
    /// Every purpose's word.
    pub const WORDS: &'static [&'static str] = Self::VARIANTS;

    /// Types a word in any case, with `-`, `_` or space within.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("purpose", text)
    }
}

/// Through what a consent was given or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// The mobile app.
    App,
    /// A web page.
    Web,
    /// A partner's platform, on the person's behalf.
    Partner,
    /// Somebody who helps in person, or on the telephone.
    Assisted,
}

impl Channel {
    /// Types a word in any case.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        parse_word("channel", text)
    }
}

/// Which version of a consent's text was shown: 1–40 letters, digits, `.`, `-` or `_`, such as `2026-01`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextVersion(String);

const VERSION: FieldError = FieldError {
    field: "version",
    rule: FieldRule::Form("1 to 40 letters, digits, dots, hyphens or underscores"),
};

impl TextVersion {
    /// Types a version.
    ///
    /// # Errors
    /// When it is empty, longer than 40, or holds other characters.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if fits { Ok(Self(text.to_owned())) } else { Err(VERSION) }
    }

    /// The version as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In which language the text was shown: a BCP 47 tag of a language and perhaps script and region, such as `hi`,
/// `en-IN` or `sat-Olck-IN`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Language(String);

const LANGUAGE: FieldError =
    FieldError { field: "language", rule: FieldRule::Form("a language tag such as hi or en-IN") };

impl Language {
    /// Types a tag; a `_` is read as `-`, and case is put into its usual form.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.len() > 11 || !text.is_ascii() {
            return Err(LANGUAGE);
        }
        let text = text.replace('_', "-");
        let mut parts = text.split('-');
        let language =
            parts.next().filter(|part| matches!(part.len(), 2 | 3) && letters(part)).ok_or(LANGUAGE)?;
        let mut tag = language.to_ascii_lowercase();
        let mut part = parts.next();
        if let Some(script) = part.filter(|part| part.len() == 4 && letters(part)) {
            let (head, tail) = script.split_at(1);
            tag = format!("{tag}-{}{}", head.to_ascii_uppercase(), tail.to_ascii_lowercase());
            part = parts.next();
        }
        if let Some(region) = part {
            if region.len() != 2 || !letters(region) {
                return Err(LANGUAGE);
            }
            tag = format!("{tag}-{}", region.to_ascii_uppercase());
        }
        if parts.next().is_some() { Err(LANGUAGE) } else { Ok(Self(tag)) }
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The words a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// Which version of the text.
    pub version: TextVersion,
    /// In which language.
    pub language: Language,
}

/// A consent as it is kept, for ever. It holds ids and closed words only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which one.
    pub id: ConsentId,
    /// Whose.
    pub user_id: UserId,
    /// What for.
    pub purpose: Purpose,
    /// To which words.
    pub text: ConsentText,
    /// Through what it was given.
    pub channel: Channel,
    /// When it was given.
    pub given_at: OffsetDateTime,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<OffsetDateTime>,
    /// Which later consent to newer words took its place, if one did.
    pub replaced_by: Option<ConsentId>,
}

impl Consent {
    /// Whether it still holds. A person has at most one live consent for each purpose.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.withdrawn_at.is_none() && self.replaced_by.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fault as _;

    #[test]
    fn purposes_and_channels_are_closed_sets() {
        for word in Purpose::WORDS {
            assert_eq!(Purpose::parse(word).map(Purpose::word), Ok(*word));
        }
        assert_eq!(Purpose::parse("Health Intake"), Ok(Purpose::HealthIntake));
        for channel in [Channel::App, Channel::Web, Channel::Partner, Channel::Assisted] {
            assert_eq!(Channel::parse(channel.word()), Ok(channel));
        }
        let purposes = "one of terms, aadhaar_kyc, wallet, insurance, health_intake, consultation, offers";
        let refused = Purpose::parse("everything").unwrap_err();
        assert_eq!(refused.details(), [("field", "purpose".into()), ("constraint", purposes.into())]);
        let refused = Channel::parse("pigeon").unwrap_err();
        let channels = "one of app, web, partner, assisted";
        assert_eq!(refused.details(), [("field", "channel".into()), ("constraint", channels.into())]);
    }

    #[test]
    fn language_tags_take_their_usual_form() {
        for (text, tag) in
            [("HI", "hi"), ("en_in", "en-IN"), ("sat-olck-in", "sat-Olck-IN"), ("mni-BENG", "mni-Beng")]
        {
            assert_eq!(Language::parse(text).unwrap().as_str(), tag);
        }
        for wrong in ["", "e", "english", "en-", "en-IND", "en-IN-x", "en--IN", "हिन", "e1"] {
            assert_eq!(Language::parse(wrong), Err(LANGUAGE), "{wrong}");
        }
    }

    #[test]
    fn a_version_is_a_short_word() {
        assert!(TextVersion::parse("2026-01.v2").is_ok());
        for wrong in ["", "a b", "ü", &"1".repeat(41)] {
            assert_eq!(TextVersion::parse(wrong), Err(VERSION), "{wrong}");
        }
    }
}
