//! Delivery reports: a GET of our address with placeholders filled in (for the JSON API assumed to be as
//! documented for the XML one).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::state::{Accepted, End, ValueFirst};
use crate::{
    dates,
    deliveries::{Delivery, Taken},
    faults::Moment,
};

/// Writes the report on a message; `None` when no usable address was given.
pub(crate) fn write(valuefirst: &ValueFirst, accepted: &Accepted) -> Option<Delivery> {
    let url = fill(&accepted.report_url, |name| placeholder(accepted, name));
    let url = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let event = if accepted.end == End::Delivered { "delivered" } else { "failed" };
    let line = format!("webhook {event}");
    let strike = valuefirst.desk.faults.strike(valuefirst.desk.partner, Moment::WritingWebhook, &line);
    Some(Delivery {
        id: format!("{}-{event}", accepted.guid),
        partner: valuefirst.desk.partner,
        event: event.to_owned(),
        url,
        body: None,
        // Reports carry no credentials: a secret path is all there is.
        headers: Vec::new(),
        forged_headers: Vec::new(),
        forged_first: false,
        taken: Taken::AnySuccess,
        // Assumed: a report is tried once.
        retry_waits: [].into(),
        strike,
    })
}

/// What a placeholder stands for; `None` for one that is none. What their texts say on failure is assumed.
fn placeholder(accepted: &Accepted, name: &str) -> Option<String> {
    let is_delivered = accepted.end == End::Delivered;
    let choose = |good: &str, bad: &str| if is_delivered { good.to_owned() } else { bad.to_owned() };
    Some(match name {
        "p" => accepted.to.clone(),
        "P" => accepted.from.clone(),
        "t" | "3" => dates::india_plain(accepted.reported),
        "d" => choose("1", "2"),
        "2" => choose("000", "001"),
        "4" => choose("8448", "8449"),
        "5" => accepted.client_id.clone(),
        "6" => accepted.sequence.clone(),
        "7" => accepted.guid.clone(),
        "8" => "MUMBAI".to_owned(),
        "9" => "SIMULATED".to_owned(),
        "13" | "16" => choose("Delivered", "Failed"),
        "14" => dates::india_plain(accepted.submitted),
        "21" | "22" | "23" | "24" | "25" => String::new(),
        "29" => crate::segments::count(&accepted.text).to_string(),
        "TAG" => accepted.tag.clone(),
        _ => return None,
    })
}

/// Puts a value in the place of each `%name`; the longest name counts, so that `%16` is not `%1` and a 6.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        let found = [3, 2, 1].into_iter().find_map(|length| {
            let name = after.get(..length)?;
            value(name).map(|value| (value, length))
        });
        match found {
            Some((value, length)) => {
                filled.push_str(&utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string());
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                filled.push('%');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_the_longest_first() {
        let value = |name: &str| match name {
            "7" => Some("kg 7".to_owned()),
            "16" => Some("Delivered".to_owned()),
            "TAG" => Some("otp".to_owned()),
            "2" => Some("000".to_owned()),
            _ => None,
        };
        assert_eq!(
            fill("https://us/dlr?mid=%7&status=%16&tag=%TAG&r=%2&x=%zz&y=100%", value),
            "https://us/dlr?mid=kg%207&status=Delivered&tag=otp&r=000&x=%zz&y=100%"
        );
    }
}
