//! HTTP Basic credentials: read, compared in constant time, written.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

/// The header value of a user and password.
pub(crate) fn header_value(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Whether a request carries exactly this user and password.
pub(crate) fn matches(headers: &HeaderMap, user: &str, password: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let decoded = given
        .split_at_checked(6)
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"basic "))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim_ascii()).ok())
        .unwrap_or_default();
    decoded.ct_eq(format!("{user}:{password}").as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_credentials_match() {
        let mut headers = HeaderMap::new();
        assert!(!matches(&headers, "key", ""));
        headers.insert(header::AUTHORIZATION, header_value("key", "").parse().unwrap());
        assert!(matches(&headers, "key", ""));
        assert!(!matches(&headers, "kez", ""));
        headers.insert(header::AUTHORIZATION, "Bearer x".parse().unwrap());
        assert!(!matches(&headers, "key", ""));
    }
}
