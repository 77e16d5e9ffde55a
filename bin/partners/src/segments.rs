//! How many segments a text message takes: 160/153 characters of the GSM alphabet, else 70/67 of Unicode.

/// The GSM 7-bit default alphabet without its escape.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Characters that take an escape before them, so two places.
const GSM_EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// The number of segments of a text; an empty one takes one.
pub(crate) fn count(text: &str) -> usize {
    let septets: Option<usize> = text
        .chars()
        .map(|character| {
            let extended = GSM_EXTENDED.contains(character).then_some(2);
            GSM.contains(character).then_some(1).or(extended)
        })
        .sum();
    let (length, single, joined) = match septets {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if length <= single { 1 } else { length.div_ceil(joined) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_follow_the_alphabet() {
        assert_eq!(count(""), 1);
        assert_eq!(count(&"a".repeat(160)), 1);
        assert_eq!(count(&"a".repeat(161)), 2);
        assert_eq!(count(&"a".repeat(307)), 3);
        assert_eq!(count(&"€".repeat(80)), 1);
        assert_eq!(count(&"€".repeat(81)), 2);
        assert_eq!(count(&"अ".repeat(70)), 1);
        assert_eq!(count(&"अ".repeat(71)), 2);
    }
}
