//! How words of closed sets may be spelt by a caller: any case, with `-`, `_` or space between them.

/// The word among `all` that `text` spells, in whatever case and with whatever joins its parts.
pub(crate) fn find<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|candidate| spells(text.trim(), word(*candidate)))
}

fn spells(text: &str, word: &str) -> bool {
    text.len() == word.len()
        && text.bytes().zip(word.bytes()).all(|(written, meant)| {
            matches!((written, meant), (b'-' | b' ' | b'_', b'_')) || written.eq_ignore_ascii_case(&meant)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_joints_are_free_and_letters_are_not() {
        for text in ["delivery_partner", "Delivery Partner", "DELIVERY-PARTNER", " deliveryâ partner "] {
            let found = find(&["driver", "delivery_partner"], |word| word, text);
            assert_eq!(found.is_some(), text.is_ascii(), "{text}");
        }
        assert_eq!(find(&["delivery_partner"], |word| word, "deliverypartner"), None);
        assert_eq!(find(&["other"], |word| word, "óther"), None);
    }
}
