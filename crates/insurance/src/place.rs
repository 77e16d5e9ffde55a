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

fn is_mark(character: char) -> bool {
    !character.is_alphanumeric()
}

impl Pincode {
    /// Types a postal code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 6).then(|| Self(text.to_owned()))
    }

    /// The postal code an address ends with, as Indians write addresses: the last six digits that stand together, or
    /// three and three with one space between and no other number beside them.
    #[must_use]
    pub fn in_address(address: &str) -> Option<Self> {
        let pieces: Vec<&str> = address.split(' ').collect();
        let piece = |at: Option<usize>| at.and_then(|at| pieces.get(at)).copied().unwrap_or_default();
        (0..pieces.len()).rev().find_map(|at| {
            let (head, tail) = (piece(Some(at)), piece(at.checked_add(1)));
            let around = [piece(at.checked_sub(1)), piece(at.checked_add(2))];
            Self::whole(head).or_else(|| Self::halved(head, tail, around))
        })
    }

    /// The last code within a piece of an address that has no space.
    fn whole(piece: &str) -> Option<Self> {
        piece.split(is_mark).rev().find_map(Self::parse)
    }

    /// The code of which two neighbouring pieces are the halves, unless a number stands beside them.
    fn halved(head: &str, tail: &str, around: [&str; 2]) -> Option<Self> {
        let (head, tail) = (head.trim_start_matches(is_mark), tail.trim_end_matches(is_mark));
        let is_number = |piece: &&str| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit());
        let fits = is_code(head, 3) && tail.len() == 3 && !around.iter().any(is_number);
        fits.then(|| Self::parse(&[head, tail].concat()))?
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
            ("Flat 560/101, Shivajinagar, Pune", None),
            ("Indiranagar, Bengaluru 560038, Tel 080 411 222 33", Some("560038")),
            ("Tel 411 222", Some("411222")),
            ("Bengaluru 560  038", None),
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
