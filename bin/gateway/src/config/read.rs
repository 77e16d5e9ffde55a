//! Reads variables one by one and collects every fault, so that an operator mends them all at once.

use base64::Engine as _;
use secrecy::{SecretSlice, SecretString};
use std::{collections::BTreeMap, fmt, ops::RangeInclusive, str::FromStr};

/// Everything wrong with the environment, one sentence each; holds names and rules, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration cannot be used:")?;
        self.0.iter().try_for_each(|fault| writeln!(f, "  - {fault}"))
    }
}

impl std::error::Error for Faults {}

/// The environment as a map, and what was found wrong with it so far.
pub struct Reader {
    variables: BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader {
    /// Reads from `variables`; an empty value counts as absent.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.trim().is_empty());
        Self { variables: variables.collect(), faults: Vec::new() }
    }

    /// Notes a fault.
    pub fn fault(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence.into());
    }

    /// The value of a variable, or of the file that `NAME_FILE` names: how secrets are mounted.
    pub fn text(&mut self, name: &str) -> Option<String> {
        if let Some(value) = self.variables.get(name) {
            return Some(value.trim().to_owned());
        }
        let path = self.variables.get(&format!("{name}_FILE"))?.clone();
        match std::fs::read_to_string(path.trim()) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                self.fault(format!("{name}_FILE names a file that cannot be read ({})", error.kind()));
                None
            }
        }
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str) -> String {
        let text = self.text(name);
        if text.is_none() {
            self.fault(format!("{name} is not set"));
        }
        text.unwrap_or_default()
    }

    /// A secret text that must be there.
    pub fn secret(&mut self, name: &str) -> SecretString {
        SecretString::from(self.required(name))
    }

    /// A value with a default, of a type that reads itself from text; `rule` completes "NAME must be …".
    pub fn parsed<T: FromStr>(&mut self, name: &str, default: T, rule: &str) -> T {
        let Some(text) = self.text(name) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.fault(format!("{name} must be {rule}"));
            default
        })
    }

    /// A whole number with a default and bounds.
    pub fn within<T>(&mut self, name: &str, default: T, bounds: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let (least, most) = (*bounds.start(), *bounds.end());
        let number = self.parsed(name, default, "a whole number");
        if bounds.contains(&number) {
            return number;
        }
        self.fault(format!("{name} must be within {least}–{most}"));
        default
    }

    /// A value of a type that reads itself from text, if the variable is set.
    pub fn optional<T: FromStr>(&mut self, name: &str, rule: &str) -> Option<T> {
        let parsed = self.text(name)?.parse();
        if parsed.is_err() {
            self.fault(format!("{name} must be {rule}"));
        }
        parsed.ok()
    }

    /// Keys as `id:base64,id:base64`, each of at least `bytes_min` bytes; the order is kept. A fault names the place of
    /// an entry and not its id: written the wrong way round, that is the key.
    pub fn keys(&mut self, name: &str, bytes_min: usize) -> Vec<(String, SecretSlice<u8>)> {
        let text = self.required(name);
        let mut keys = Vec::new();
        let parts: Vec<_> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() && !text.is_empty() {
            self.fault(format!("{name} holds no key"));
        }
        for (index, part) in parts.into_iter().enumerate() {
            let place = index.saturating_add(1);
            let Some((id, encoded)) = part.split_once(':') else {
                self.fault(format!("{name} must be written id:base64, and its entry {place} is not"));
                continue;
            };
            match base64::engine::general_purpose::STANDARD.decode(encoded) {
                Ok(bytes) if bytes.len() >= bytes_min => {
                    keys.push((id.to_owned(), SecretSlice::from(bytes)));
                }
                Ok(_) => self.fault(format!("{name}: entry {place} is shorter than {bytes_min} bytes")),
                Err(_) => self.fault(format!("{name}: the key of entry {place} is not base64")),
            }
        }
        keys
    }

    /// One base64 key of at least `bytes_min` bytes that must be there.
    pub fn key(&mut self, name: &str, bytes_min: usize) -> SecretSlice<u8> {
        let encoded = self.required(name);
        match base64::engine::general_purpose::STANDARD.decode(&encoded) {
            Ok(bytes) if bytes.len() >= bytes_min => return SecretSlice::from(bytes),
            Ok(_) if encoded.is_empty() => {}
            Ok(_) => self.fault(format!("{name} is shorter than {bytes_min} bytes")),
            Err(_) => self.fault(format!("{name} is not base64")),
        }
        SecretSlice::from(Vec::new())
    }

    /// The faults, if any were found.
    ///
    /// # Errors
    /// All of them.
    pub fn finish<T>(self, value: T) -> Result<T, Faults> {
        if self.faults.is_empty() { Ok(value) } else { Err(Faults(self.faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(variables: &[(&str, &str)]) -> Reader {
        Reader::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn every_fault_is_told_at_once_and_no_value_is_shown() {
        let mut reader = reader(&[("PORT", "http"), ("KEYS", "a:QUJD,b:***,c"), ("EMPTY", " ")]);
        assert_eq!(reader.parsed("PORT", 8080_u16, "a port number"), 8080);
        reader.required("EMPTY");
        assert!(reader.keys("KEYS", 32).is_empty());
        let told = reader.finish(()).unwrap_err().to_string();
        for sentence in [
            "PORT must be a port number",
            "EMPTY is not set",
            "KEYS: entry 1 is shorter than 32 bytes",
            "KEYS: the key of entry 2 is not base64",
            "KEYS must be written id:base64, and its entry 3 is not",
        ] {
            assert!(told.contains(sentence), "{told}");
        }
        assert!(!told.contains("QUJD") && !told.contains("http"), "{told}");
    }

    #[test]
    fn keys_of_commas_alone_are_no_keys() {
        let mut reader = reader(&[("KEYS", " ,, ,")]);
        assert!(reader.keys("KEYS", 32).is_empty());
        assert_eq!(reader.finish(()).unwrap_err().0, ["KEYS holds no key"]);
    }

    #[test]
    fn a_key_written_the_wrong_way_round_is_not_shown() {
        let mut reader = reader(&[("KEYS", "c2VjcmV0:1,c2VjcmV0:QUJD,c2VjcmV0")]);
        assert!(reader.keys("KEYS", 32).is_empty());
        let told = reader.finish(()).unwrap_err().to_string();
        assert!(told.lines().count() == 4 && !told.contains("c2VjcmV0"), "{told}");
    }

    #[test]
    fn a_secret_may_lie_in_a_file() {
        let file = std::env::temp_dir().join(format!("aarokya-config-{}", std::process::id()));
        std::fs::write(&file, "from the file\n").unwrap();
        let path = file.to_string_lossy().into_owned();
        assert_eq!(reader(&[("SECRET_FILE", &path)]).required("SECRET"), "from the file");
        std::fs::remove_file(file).unwrap();
        let mut missing = reader(&[("SECRET_FILE", "/nowhere")]);
        missing.required("SECRET");
        assert_eq!(missing.finish(()).unwrap_err().0.len(), 2);
    }
}
