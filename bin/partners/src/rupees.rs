//! Amounts as Juspay writes them, rupees with at most two decimals, to and from whole paise.

use serde_json::Value;

/// The most rupees one amount may have: nine digits, far beyond any limit of India's payment systems.
const MOST_DIGITS: usize = 9;

/// Reads `"100.15"`, `100.15` or `100`; `None` for anything else, such as a third decimal or a sign.
pub(crate) fn parse(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => parse_text(text),
        Value::Number(number) => parse_text(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads `100`, `100.1` or `100.15` into paise.
pub(crate) fn parse_text(text: &str) -> Option<i64> {
    let (rupees, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(rupees) || !digits(fraction) || rupees.len() > MOST_DIGITS || fraction.len() > 2 {
        return None;
    }
    format!("{rupees}{fraction:0<2}").parse().ok()
}

/// A JSON number as Juspay answers: `1`, `8`, `1551.5`.
pub(crate) fn number(paise: i64) -> Value {
    serde_json::from_str(&shortest(paise)).unwrap_or(Value::Null)
}

/// The text of the SDK payload: `10.0`, `1551.5`, `100.15`.
pub(crate) fn text(paise: i64) -> String {
    let shortest = shortest(paise);
    if shortest.contains('.') { shortest } else { format!("{shortest}.0") }
}

/// The text of the wallet's issuer: `250.00`.
pub(crate) fn two_decimals(paise: i64) -> String {
    format!("{}.{:02}", paise / 100, paise % 100)
}

fn shortest(paise: i64) -> String {
    let full = two_decimals(paise);
    full.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_read_exactly() {
        for (wire, paise) in [
            (json!("100.15"), 10_015),
            (json!(100.15), 10_015),
            (json!(100.1), 10_010),
            (json!(1), 100),
            (json!("0"), 0),
            (json!("999999999.99"), 99_999_999_999),
        ] {
            assert_eq!(parse(&wire), Some(paise), "{wire}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let wrong = [
            json!("100.1532"),
            json!(100.1532),
            json!("-1"),
            json!(-1),
            json!(""),
            json!("."),
            json!("1."),
            json!("1e3"),
            json!("1,000"),
            json!(" 1"),
            json!("1234567890"),
            json!(null),
            json!([1]),
        ];
        for wire in wrong {
            assert_eq!(parse(&wire), None, "{wire}");
        }
    }

    #[test]
    fn amounts_are_written_as_juspay_writes_them() {
        for (paise, as_number, as_text, two) in [
            (100, "1", "1.0", "1.00"),
            (1_000, "10", "10.0", "10.00"),
            (155_150, "1551.5", "1551.5", "1551.50"),
            (131_301, "1313.01", "1313.01", "1313.01"),
            (5, "0.05", "0.05", "0.05"),
            (0, "0", "0.0", "0.00"),
        ] {
            assert_eq!(number(paise).to_string(), as_number);
            assert_eq!(text(paise), as_text);
            assert_eq!(two_decimals(paise), two);
        }
    }
}
