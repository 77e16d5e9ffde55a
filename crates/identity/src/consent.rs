//! Consent: what a person agreed to, in which words, and until when.

use crate::wording;
use kernel::{Detail, Entry, Fault, UserId, catalogue};
use time::OffsetDateTime;

kernel::id! {
    /// One consent that was given.
    ConsentId
}

/// What a consent is for. Each purpose is asked for by itself (DPDP Act 2023, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::Terms,
        Self::AadhaarKyc,
        Self::Wallet,
        Self::Insurance,
        Self::HealthIntake,
        Self::Consultation,
        Self::Offers,
    ];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::AadhaarKyc => "aadhaar_kyc",
            Self::Wallet => "wallet",
            Self::Insurance => "insurance",
            Self::HealthIntake => "health_intake",
            Self::Consultation => "consultation",
            Self::Offers => "offers",
        }
    }

    /// Types a word in any case, with `-`, `_` or space within.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, ConsentFieldError> {
        wording::find(&Self::ALL, Self::word, text).ok_or(ConsentFieldError::Purpose)
    }
}

/// Through what a consent was given or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::App, Self::Web, Self::Partner, Self::Assisted];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Web => "web",
            Self::Partner => "partner",
            Self::Assisted => "assisted",
        }
    }

    /// Types a word in any case.
    ///
    /// # Errors
    /// When it is not one of the words.
    pub fn parse(text: &str) -> Result<Self, ConsentFieldError> {
        wording::find(&Self::ALL, Self::word, text).ok_or(ConsentFieldError::Channel)
    }
}

/// Which version of a consent's text was shown: 1–40 letters, digits, `.`, `-` or `_`, such as `2026-01`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextVersion(String);

impl TextVersion {
    /// Types a version.
    ///
    /// # Errors
    /// When it is empty, longer than 40, or holds other characters.
    pub fn parse(text: &str) -> Result<Self, ConsentFieldError> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if fits { Ok(Self(text.to_owned())) } else { Err(ConsentFieldError::Version) }
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

impl Language {
    /// Types a tag; a `_` is read as `-`, and case is put into its usual form.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, ConsentFieldError> {
        let refuse = ConsentFieldError::Language;
        if text.len() > 11 || !text.is_ascii() {
            return Err(refuse);
        }
        let text = text.replace('_', "-");
        let mut parts = text.split('-');
        let language =
            parts.next().filter(|part| matches!(part.len(), 2 | 3) && letters(part)).ok_or(refuse)?;
        let mut tag = language.to_ascii_lowercase();
        let mut part = parts.next();
        if let Some(script) = part.filter(|part| part.len() == 4 && letters(part)) {
            let (head, tail) = script.split_at(1);
            tag = format!("{tag}-{}{}", head.to_ascii_uppercase(), tail.to_ascii_lowercase());
            part = parts.next();
        }
        if let Some(region) = part {
            if region.len() != 2 || !letters(region) {
                return Err(refuse);
            }
            tag = format!("{tag}-{}", region.to_ascii_uppercase());
        }
        if parts.next().is_some() { Err(refuse) } else { Ok(Self(tag)) }
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

/// A field of a consent was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentFieldError {
    /// There is no such purpose.
    #[error("there is no such purpose")]
    Purpose,
    /// There is no such channel.
    #[error("there is no such channel")]
    Channel,
    /// The version has not the form of one.
    #[error("the version of the consent's text is not valid")]
    Version,
    /// The language has not the form of one.
    #[error("the language of the consent's text is not valid")]
    Language,
}

impl Fault for ConsentFieldError {
    fn entry(&self) -> Entry {
        catalogue::VALIDATION_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        let (field, constraint) = match self {
            Self::Purpose => (
                "purpose",
                "one of terms, aadhaar_kyc, wallet, insurance, health_intake, consultation, offers",
            ),
            Self::Channel => ("channel", "one of app, web, partner, assisted"),
            Self::Version => ("version", "1 to 40 letters, digits, dots, hyphens or underscores"),
            Self::Language => ("language", "a language tag such as hi or en-IN"),
        };
        vec![("field", field.into()), ("constraint", constraint.into())]
    }
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

    #[test]
    fn purposes_and_channels_are_closed_sets() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.word()), Ok(purpose));
        }
        assert_eq!(Purpose::parse("Health Intake"), Ok(Purpose::HealthIntake));
        assert_eq!(Purpose::parse("everything"), Err(ConsentFieldError::Purpose));
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.word()), Ok(channel));
        }
        let details = ConsentFieldError::Purpose.details();
        let words = Purpose::ALL.map(Purpose::word).join(", ");
        assert_eq!(details[1].1, Detail::Text(format!("one of {words}")));
    }

    #[test]
    fn language_tags_take_their_usual_form() {
        for (text, tag) in
            [("HI", "hi"), ("en_in", "en-IN"), ("sat-olck-in", "sat-Olck-IN"), ("mni-BENG", "mni-Beng")]
        {
            assert_eq!(Language::parse(text).unwrap().as_str(), tag);
        }
        for wrong in ["", "e", "english", "en-", "en-IND", "en-IN-x", "en--IN", "हिन", "e1"] {
            assert_eq!(Language::parse(wrong), Err(ConsentFieldError::Language), "{wrong}");
        }
    }

    #[test]
    fn a_version_is_a_short_word() {
        assert!(TextVersion::parse("2026-01.v2").is_ok());
        for wrong in ["", "a b", "ü", &"1".repeat(41)] {
            assert_eq!(TextVersion::parse(wrong), Err(ConsentFieldError::Version), "{wrong}");
        }
    }
}
