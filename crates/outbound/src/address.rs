//! Addresses of calls, made of a partner's base address.

use url::{Host, Url};

/// `base` with a path added to it, whatever it ends with; `None` if it is an address that takes no path.
#[must_use]
pub fn join(base: &Url, path: &[&str]) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url)
}

/// Whether an address is this machine's own.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_added_whatever_the_base_ends_with() {
        for base in ["https://a.example", "https://a.example/", "https://a.example/x", "https://a.example/x/"]
        {
            let url = join(&Url::parse(base).unwrap(), &["b", "c d.json"]).unwrap();
            let expected = format!("{}/b/c%20d.json", base.trim_end_matches('/'));
            assert_eq!(url.as_str(), expected);
        }
        assert_eq!(join(&Url::parse("mailto:a@b").unwrap(), &["c"]), None);
    }

    #[test]
    fn this_machine_is_known_by_its_loopback_addresses_alone() {
        for (url, expected) in [
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9", true),
            ("http://localhost:9", true),
            ("https://api.twilio.com", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(is_this_machine(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
