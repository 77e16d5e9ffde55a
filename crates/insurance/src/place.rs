//! Where in India a plan is sold.

use std::collections::BTreeSet;

/// An Indian postal code: six digits, the first of them not 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pincode(String);

/// A sorting district: the first three digits of the postal codes in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct District(String);

/// The area of a plan. Without any entry it is sold everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Area {
    /// Postal codes in it.
    pub pincodes: BTreeSet<Pincode>,
    /// Districts in it, whole.
    pub districts: BTreeSet<District>,
}

fn is_code(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

impl Pincode {
    /// Types a postal code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 6).then(|| Self(text.to_owned()))
    }

    /// The postal code an address ends with, as Indians write addresses: the last six digits that stand together, or
    /// three and three with a space between.
    #[must_use]
    pub fn in_address(address: &str) -> Option<Self> {
        let words: Vec<&str> = address
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let whole = words.iter().rposition(|word| is_code(word, 6));
        let halves = words.windows(2).rposition(|pair| match pair {
            [head, tail] => {
                is_code(head, 3) && tail.len() == 3 && tail.bytes().all(|byte| byte.is_ascii_digit())
            }
            _ => false,
        });
        match (whole, halves) {
            (whole, Some(at)) if whole < Some(at) => {
                Self::parse(&words.get(at..at.saturating_add(2))?.concat())
            }
            (Some(at), _) => Self::parse(words.get(at)?),
            (None, _) => None,
        }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The district it lies in.
    #[must_use]
    pub fn district(&self) -> District {
        District(self.0.chars().take(3).collect())
    }
}

impl District {
    /// Types a district's three digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 3).then(|| Self(text.to_owned()))
    }

    /// The three digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Area {
    /// Whether it is all of India.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.pincodes.is_empty() && self.districts.is_empty()
    }

    /// Whether this postal code lies in it.
    #[must_use]
    pub fn holds(&self, pincode: &Pincode) -> bool {
        self.is_everywhere()
            || self.pincodes.contains(pincode)
            || self.districts.contains(&pincode.district())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_its_code() {
        for (address, code) in [
            ("12, 4th Cross, Indiranagar, Bengaluru 560038", Some("560038")),
            ("Flat 110001, Bengaluru - 560 038", Some("560038")),
            ("560 038 was the old one, now Mumbai-400001, India", Some("400001")),
            ("Bengaluru 560038.", Some("560038")),
            ("Bengaluru 056003", None),
            ("Bengaluru 5600381", None),
            ("Phone 9876543210", None),
            ("", None),
        ] {
            assert_eq!(Pincode::in_address(address).as_ref().map(Pincode::as_str), code, "{address}");
        }
    }

    #[test]
    fn an_area_is_its_codes_and_districts() {
        let code = |text| Pincode::parse(text).unwrap();
        assert!(Area::default().holds(&code("110001")));
        let area =
            Area { pincodes: [code("400001")].into(), districts: [District::parse("560").unwrap()].into() };
        assert!(area.holds(&code("560999")) && area.holds(&code("400001")));
        assert!(!area.holds(&code("400002")));
        assert_eq!(Pincode::parse("०६००३८"), None);
        assert_eq!(District::parse("056"), None);
    }
}
