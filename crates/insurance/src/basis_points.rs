//! Shares of an amount, in hundredths of a per cent.

use kernel::Paise;

/// A share of 1/10,000 each: 500 are 5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasisPoints(u16);

/// How many make the whole.
const WHOLE: i64 = 10_000;

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many hundredths of a per cent.
    #[must_use]
    pub const fn new(basis_points: u16) -> Self {
        Self(basis_points)
    }

    /// So many whole per cent: for tables written in per cent.
    #[must_use]
    pub const fn percent(percent: u8) -> Self {
        // 255 × 100 fits into 16 bits.
        #[expect(clippy::arithmetic_side_effects, reason = "a u8 times 100 always fits a u16")]
        Self(percent as u16 * 100)
    }

    /// The bare number, for storage and the wire.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// `times` this share of an amount that is not negative, rounded half up to the paisa, once.
    ///
    /// An amount that the price of no plan reaches is cut off at the most a number can be.
    #[must_use]
    pub fn of(self, amount: Paise, times: u32) -> Paise {
        let parts = i64::from(self.0).saturating_mul(i64::from(times)).saturating_mul(amount.get());
        Paise::new(parts.saturating_add(WHOLE / 2).div_euclid(WHOLE))
    }
}

/// Per cent as people write them: `5 %`, `12.5 %`.
impl std::fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole} %"),
            part if part % 10 == 0 => write!(f, "{whole}.{} %", part / 10),
            part => write!(f, "{whole}.{part:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_is_rounded_half_up_once() {
        let share = |bp, paise, times| BasisPoints::new(bp).of(Paise::new(paise), times).get();
        assert_eq!(share(500, 500_000, 1), 25_000);
        assert_eq!(share(500, 10, 1), 1, "half a paisa goes up");
        assert_eq!(share(499, 10, 1), 0);
        // Three steps of 5 % of 30 paise are 4.5 paise, which is 5 once and would be 6 if each were rounded.
        assert_eq!(share(500, 30, 3), 5);
        assert_eq!(share(0, i64::MAX, 9), 0);
    }

    #[test]
    fn a_share_is_written_as_people_write_it() {
        for (bp, shown) in [(0, "0 %"), (500, "5 %"), (1_250, "12.5 %"), (1_205, "12.05 %"), (7, "0.07 %")] {
            assert_eq!(BasisPoints::new(bp).to_string(), shown);
        }
        assert_eq!(BasisPoints::percent(30), BasisPoints::new(3_000));
    }

    proptest! {
        #[test]
        fn a_share_is_within_half_a_paisa(bp in 0_u16..=10_000, paise in 0_i64..=1_000_000_000_000, times in 0_u32..20) {
            let exact = i128::from(bp) * i128::from(paise) * i128::from(times);
            let share = i128::from(BasisPoints::new(bp).of(Paise::new(paise), times).get());
            prop_assert!((share * 10_000 - exact).abs() <= 5_000);
        }
    }
}
