//! Money: whole paise, checked arithmetic, no fraction and no float.

use std::fmt;

/// An amount in paise (1/100 of an Indian rupee). Negative amounts leave an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Paise(i64);

impl Paise {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many paise.
    #[must_use]
    pub const fn new(paise: i64) -> Self {
        Self(paise)
    }

    /// So many whole rupees: for limits and tables written in rupees.
    #[must_use]
    pub const fn rupees(rupees: i32) -> Self {
        // 2³¹ × 100 fits into 63 bits, so this cannot overflow.
        #[expect(clippy::arithmetic_side_effects, reason = "an i32 times 100 always fits an i64")]
        Self(rupees as i64 * 100)
    }

    /// The bare number of paise, for storage and the wire.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` when it does not fit.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The same amount the other way, or `None` for the one amount that has no opposite.
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(opposite) => Some(Self(opposite)),
            None => None,
        }
    }

    /// Whether this is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// Rupees as Indians write them: `₹1,25,000.50`.
impl fmt::Display for Paise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = format!("{:03}", self.0.unsigned_abs());
        let (rupees, paise) = digits.split_at(digits.len().saturating_sub(2));
        let (head, tail) = rupees.split_at(rupees.len().saturating_sub(3));
        write!(f, "{sign}₹")?;
        for (index, digit) in head.chars().enumerate() {
            f.write_str(digit.encode_utf8(&mut [0; 4]))?;
            let left = head.len().saturating_sub(index).saturating_sub(1);
            if left % 2 == 0 {
                f.write_str(",")?;
            }
        }
        write!(f, "{tail}.{paise}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rupees_are_grouped_as_in_india() {
        for (paise, shown) in [
            (0, "₹0.00"),
            (5, "₹0.05"),
            (125_000, "₹1,250.00"),
            (12_500_050, "₹1,25,000.50"),
            (1_234_567_890, "₹1,23,45,678.90"),
            (-100, "-₹1.00"),
        ] {
            assert_eq!(Paise::new(paise).to_string(), shown);
        }
    }

    #[test]
    fn overflow_is_an_answer_not_a_crash() {
        let most = Paise::new(i64::MAX);
        assert_eq!(most.checked_add(Paise::new(1)), None);
        assert_eq!(Paise::new(i64::MIN).checked_neg(), None);
        assert_eq!(Paise::rupees(i32::MAX).get(), 214_748_364_700);
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_the_same_amount(a in any::<i32>(), b in any::<i32>()) {
            let (a, b) = (Paise::new(a.into()), Paise::new(b.into()));
            prop_assert_eq!(a.checked_add(b).and_then(|sum| sum.checked_sub(b)), Some(a));
        }

        #[test]
        fn what_is_shown_reads_back(paise in any::<i64>()) {
            let digits: String = Paise::new(paise).to_string().chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<u64>().ok(), Some(paise.unsigned_abs()));
        }
    }
}
