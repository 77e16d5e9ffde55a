//! Rupees with two decimals, as partners write money, to paise and back: exact, text to integer, no float.

/// Most digits of whole rupees that are read: far beyond any payment, and far within an `i64` of paise.
const RUPEE_DIGITS_MAX: usize = 12;

/// Reads `100`, `100.1` or `100.15`.
///
/// `None` for anything else: a third decimal, a sign, an exponent, a separator, a leading zero, no digits.
#[must_use]
pub fn parse_rupees(text: &str) -> Option<i64> {
    let (rupees, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = rupees.len() > 1 && rupees.starts_with('0');
    let sized = (1..=RUPEE_DIGITS_MAX).contains(&rupees.len()) && fraction.len() <= 2;
    if !sized || leading_zero || !digits(rupees) || !digits(fraction) {
        return None;
    }
    format!("{rupees}{fraction:0<2}").parse().ok()
}

/// Writes `100.15`. Amounts we send are positive; a negative one keeps its sign and is refused there.
#[must_use]
pub fn format_rupees(paise: i64) -> String {
    let sign = if paise < 0 { "-" } else { "" };
    let digits = format!("{:03}", paise.unsigned_abs());
    let (rupees, fraction) = digits.split_at(digits.len().saturating_sub(2));
    format!("{sign}{rupees}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn partners_own_forms_are_read_exactly() {
        for (text, paise) in [
            ("0", 0),
            ("1", 100),
            ("8", 800),
            ("0.05", 5),
            ("1551.5", 155_150),
            ("100.15", 10_015),
            ("10.00", 1_000),
            ("999999999999.99", 99_999_999_999_999),
        ] {
            assert_eq!(parse_rupees(text), Some(paise), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "100.1532",
            "1.000",
            "-1",
            "+1",
            "1e3",
            "1E3",
            "1,000",
            "1_000",
            " 1",
            "1 ",
            "01",
            "00",
            "१",
            "NaN",
            "Infinity",
            "FILTERED",
            "1000000000000",
            "1.-5",
        ] {
            assert_eq!(parse_rupees(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(paise in 0_i64..=1_000_000_000_000) {
            prop_assert_eq!(parse_rupees(&format_rupees(paise)), Some(paise));
            let shortest = format_rupees(paise).trim_end_matches('0').trim_end_matches('.').to_owned();
            let shortest = if shortest.is_empty() { "0".to_owned() } else { shortest };
            prop_assert_eq!(parse_rupees(&shortest), Some(paise));
        }

        #[test]
        fn nothing_that_is_read_is_negative_or_inexact(text in "[0-9.eE+-]{0,12}") {
            if let Some(paise) = parse_rupees(&text) {
                prop_assert!(paise >= 0);
                prop_assert!(!text.contains(['e', 'E', '+', '-']));
            }
        }
    }
}
