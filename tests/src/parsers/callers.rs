//! What people type: numbers, codes, names.

use super::text;
use gateway::reading;
use identity::{
    BirthDate, Change, CodeLength, DeviceInfo, DeviceKeys, DeviceToken, Email, Employer, OtpCode, PersonName,
    Phone, Pin, PostalAddress, ProfilePatch,
};
use regex::Regex;
use secrecy::SecretSlice;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::LazyLock};
use time::{Date, macros::date};

/// The business day of every input.
const TODAY: Date = date!(2026 - 01 - 15);

/// The words in which a change of a profile is shown; everything else in it would be somebody's.
const SHOWN: [&str; 16] = [
    "ProfilePatch",
    "first_name",
    "last_name",
    "email",
    "dob",
    "gender",
    "address",
    "occupation",
    "employer",
    "Keep",
    "Clear",
    "Set",
    "masked",
    "PersonName",
    "PostalAddress",
    "Employer",
];

/// How the document says that a phone number, a name and a device are written.
static PHONE: LazyLock<Regex> = LazyLock::new(|| documented("TriggerOtpRequest", "phone"));
static NAME: LazyLock<Regex> = LazyLock::new(|| documented("ChangeProfileRequest", "first_name"));
static DEVICE: LazyLock<Regex> = LazyLock::new(|| documented("TriggerOtpRequest", "device_info"));

fn documented(schema: &str, field: &str) -> Regex {
    let document = serde_json::to_value(gateway::document()).expect("the document is JSON");
    let pattern = &document["components"]["schemas"][schema]["properties"][field]["pattern"];
    Regex::new(pattern.as_str().expect("it has a pattern")).expect("it is one")
}

static DEVICES: LazyLock<DeviceKeys> =
    LazyLock::new(|| DeviceKeys::new(&SecretSlice::from(vec![7; 32])).expect("the secret is long enough"));

/// A phone number is read as the document says, and whoever writes it, it is one number in E.164 form.
pub(super) fn phone(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let read = Phone::parse(text);
    let documented = text.chars().count() <= 20 && PHONE.is_match(text);
    assert_eq!(read.is_ok(), documented, "{text:?} and its document disagree");
    let Ok(phone) = read else { return };
    let e164 = phone.e164();
    let national = e164.strip_prefix("+91").expect("India's number");
    assert!(national.len() == 10 && national.bytes().all(|byte| byte.is_ascii_digit()), "{e164}");
    assert!(national.starts_with(['6', '7', '8', '9']), "{e164}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert!(digits.ends_with(national), "{text:?} became {e164}");
    assert_eq!(Phone::parse_e164(e164), Ok(phone.clone()));
    assert!(national.starts_with(phone.series()));
    assert_eq!(format!("{phone:?}"), "Phone([masked])");
}

/// Codes and PINs are so many ASCII digits, and never shown.
pub(super) fn code(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    for length in 4..=8 {
        let code = OtpCode::parse(text, CodeLength::parse(length).expect("a length of codes"));
        assert_eq!(code.is_ok(), digits && text.len() == usize::from(length));
        if let Ok(code) = code {
            assert_eq!(code.expose(), text);
            assert_eq!(format!("{code:?}"), "OtpCode([masked])");
        }
    }
    let (given, new) = (Pin::parse(text), Pin::parse_new(text));
    assert_eq!(given.is_ok(), digits && (4..=6).contains(&text.len()));
    if let Ok(new) = new {
        assert_eq!(Ok(&new), given.as_ref());
        assert!(text.bytes().collect::<BTreeSet<_>>().len() > 1, "{text} is one digit over and over");
        assert_eq!(format!("{new:?}"), "Pin(OtpCode([masked]))");
    }
}

/// A device's name is bounded and read the same a second time; it and a person's are read as the document says.
pub(super) fn device(input: &[u8]) {
    let Some(text) = text(input) else { return };
    device_token(text);
    // Composing makes a text at most three times as long, so this is within every length.
    if text.chars().count() <= 255 / 3 {
        assert_eq!(
            DeviceInfo::parse(text).is_ok(),
            DEVICE.is_match(text),
            "{text:?} and its document disagree"
        );
        let name = PersonName::parse("first_name", text);
        assert_eq!(name.is_ok(), NAME.is_match(text), "{text:?} and its document disagree");
    }
    let Ok(Some(device)) = DeviceInfo::parse(text) else { return };
    let name = device.expose();
    assert!((1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control));
    assert_eq!(DeviceInfo::parse(name), Ok(Some(device.clone())));
    assert_eq!(format!("{device:?}"), "DeviceInfo([masked])");
}

/// A device's token is read as it was given or not at all, is good for one number, and never shown.
fn device_token(text: &str) {
    let Ok(Some(token)) = DeviceToken::parse(text) else { return };
    assert_eq!(token.expose(), text);
    assert_eq!(format!("{token:?}"), "DeviceToken([masked])");
    let [owner, other] = ["9876543210", "9876543211"].map(|number| Phone::parse(number).expect("a number"));
    assert_ne!(DEVICES.key(&owner, &token), DEVICES.key(&other, &token));
}

/// The body of a change of a profile: what is kept of it is bounded, reads back, and is not shown.
pub(super) fn profile(input: &[u8]) {
    let patch = match reading::profile_patch(input, TODAY) {
        Ok(patch) => patch,
        Err(error) => return super::is_discreet(&error),
    };
    let again = serde_json::to_vec(&written(&patch)).expect("a change is JSON");
    match reading::profile_patch(&again, TODAY) {
        Ok(read) => assert_eq!(read, patch, "read again, it is another"),
        Err(error) => panic!("what was taken is refused: {:?}", error.envelope("r").error),
    }
    let shown = format!("{patch:?}");
    let words = shown.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let known = |word: &&str| word.is_empty() || SHOWN.contains(word) || is_type(word);
    assert_eq!(words.filter(|word| !known(word)).collect::<Vec<_>>(), Vec::<&str>::new(), "{shown}");
}

fn is_type(word: &str) -> bool {
    ["Email", "BirthDate", "Gender", "Occupation"].contains(&word)
}

/// The body that asks for this change again.
fn written(patch: &ProfilePatch) -> Map<String, Value> {
    let mut body = Map::new();
    let mut put = |name: &str, told: Option<Option<String>>, chars_max: usize| {
        if let Some(told) = told {
            let whole = told.as_ref().is_none_or(|told| {
                (1..=chars_max).contains(&told.chars().count())
                    && told.trim() == told
                    && !told.chars().any(char::is_control)
            });
            assert!(whole, "{name} is {told:?}");
            body.insert(name.to_owned(), told.into());
        }
    };
    put("first_name", named(&patch.first_name, PersonName::expose), 255);
    put("last_name", named(&patch.last_name, PersonName::expose), 255);
    put("email", named(&patch.email, Email::expose), 254);
    put("address", named(&patch.address, PostalAddress::expose), 500);
    put("employer", named(&patch.employer, Employer::expose), 255);
    put("gender", named(&patch.gender, |gender| gender.word()), 32);
    put("occupation", named(&patch.occupation, |occupation| occupation.word()), 32);
    if let Some(Some(born)) = patch.dob.named() {
        assert!(born.expose() < TODAY && born.age_on(TODAY) <= 120, "{born:?}");
    }
    put("dob", patch.dob.named().map(|born| born.map(BirthDate::to_text)), 10);
    if let Some(email) = named(&patch.email, Email::expose).flatten() {
        assert!(
            email.is_ascii() && email.rsplit_once('@').is_some_and(|(_, host)| host.contains('.')),
            "{email}"
        );
    }
    body
}

fn named<T>(change: &Change<T>, expose: impl Fn(&T) -> &str) -> Option<Option<String>> {
    change.named().map(|told| told.map(|told| expose(told).to_owned()))
}
