//! Cross-site request forgery: a write that a browser sends must come from our own pages.
//!
//! `Sec-Fetch-Site` decides where it is sent, else `Origin` against `Host`. A request with neither
//! comes from no browser of the last years and carries no cookie by accident. Bearer tokens are
//! never sent by accident and need no check.

use axum::http::{HeaderMap, Method, header};

/// Whether another site may have caused the request.
pub(super) fn is_foreign(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::AUTHORIZATION)
    {
        return false;
    }
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("null"))
    };
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, None) => false,
        (None, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            origin
                .split_once("://")
                .is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                name.parse::<header::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        });
        is_foreign(&Method::POST, &pairs.collect())
    }

    #[test]
    fn only_our_own_pages_may_cause_a_write() {
        assert!(foreign(&[
            ("sec-fetch-site", "cross-site"),
            ("host", "a.example")
        ]));
        assert!(foreign(&[("sec-fetch-site", "same-site")]));
        assert!(foreign(&[
            ("origin", "https://b.example"),
            ("host", "a.example")
        ]));
        assert!(foreign(&[("origin", "null"), ("host", "a.example")]));
        assert!(foreign(&[
            ("origin", "https://a.example.b.example"),
            ("host", "a.example")
        ]));
        assert!(!foreign(&[("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        assert!(!foreign(&[
            ("origin", "https://a.example"),
            ("host", "A.example")
        ]));
        assert!(!foreign(&[("host", "a.example")]));
        assert!(!foreign(&[
            ("authorization", "Bearer x"),
            ("sec-fetch-site", "cross-site")
        ]));
    }
}
