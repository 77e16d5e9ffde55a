//! The operators' filter: a text passes only if it is a registered template with its variables filled in.

use super::config::DltTemplate;

const VARIABLE: &str = "{#var#}";
/// A variable holds at most so many characters.
const LONGEST_VARIABLE: usize = 30;

/// Whether a text from a sender passes; with no template registered, everything does.
pub(crate) fn passes(templates: &[DltTemplate], header: &str, text: &str) -> bool {
    templates.is_empty()
        || templates.iter().any(|template| template.header == header && fits(&template.text, text))
}

/// The text of a template with its variables filled in from `id~first~second`; `None` if it is not registered or
/// the count is wrong.
pub(crate) fn fill(templates: &[DltTemplate], info: &str) -> Option<String> {
    let mut parts = info.split('~');
    let id = parts.next()?;
    let template = templates.iter().find(|template| template.id == id)?;
    let values: Vec<&str> = parts.collect();
    let pieces: Vec<&str> = template.text.split(VARIABLE).collect();
    if values.len().checked_add(1) != Some(pieces.len()) {
        return None;
    }
    let values = values.into_iter().chain(std::iter::once(""));
    Some(pieces.into_iter().zip(values).map(|(piece, value)| format!("{piece}{value}")).collect())
}

fn fits(template: &str, text: &str) -> bool {
    let mut pieces = template.split(VARIABLE);
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some((variable, after)) = rest.split_once(piece) else { return false };
        if variable.chars().count() > LONGEST_VARIABLE {
            return false;
        }
        rest = after;
    }
    rest.strip_suffix(last).is_some_and(|variable| variable.chars().count() <= LONGEST_VARIABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Vec<DltTemplate> {
        vec![DltTemplate { id: "1107".to_owned(), header: "AAROKY".to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn only_the_registered_text_passes() {
        let templates = template("{#var#} is your Aarokya code for {#var#}.");
        assert!(passes(&templates, "AAROKY", "123456 is your Aarokya code for sign-in."));
        assert!(!passes(&templates, "OTHERS", "123456 is your Aarokya code for sign-in."));
        assert!(!passes(&templates, "AAROKY", "123456 is your Aarokya code"));
        assert!(!passes(&templates, "AAROKY", &format!("{} is your Aarokya code for x.", "1".repeat(31))));
        assert!(passes(&template("Hello"), "AAROKY", "Hello"));
        assert!(!passes(&template("Hello"), "AAROKY", "Hello!"));
        assert!(passes(&[], "ANY", "anything"));
    }

    #[test]
    fn a_template_is_filled_in() {
        let templates = template("{#var#} is your code for {#var#}.");
        assert_eq!(fill(&templates, "1107~1~x").as_deref(), Some("1 is your code for x."));
        assert_eq!(fill(&templates, "1107~1"), None);
        assert_eq!(fill(&templates, "9~1~x"), None);
    }
}
