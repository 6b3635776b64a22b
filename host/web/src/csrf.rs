//! Forms come from our own pages only.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use sha2::{Digest, Sha256};

/// The field of forms that carries the token.
pub(crate) const FIELD: &str = "csrf";

/// The token of a session's forms: who does not know the session cannot know it, and every replica does.
pub(crate) fn token(session: &str) -> String {
    let digest = Sha256::new()
        .chain_update(b"gantry forms\0")
        .chain_update(session.as_bytes())
        .finalize();
    digest[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether two tokens are one, in a time that does not tell where they differ.
pub(crate) fn is_same(given: &str, expected: &str) -> bool {
    given.len() == expected.len()
        && given
            .bytes()
            .zip(expected.bytes())
            .fold(0, |sum, (a, b)| sum | (a ^ b))
            == 0
}

/// Whether the browser says that the request comes from a page of another place.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return false;
    };
    let host = text(HOST.as_str()).unwrap_or_default();
    let named = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    !named.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{is_foreign, is_same, token};

    #[test]
    fn a_token_belongs_to_one_session() {
        assert_eq!(token("a"), token("a"));
        assert!(is_same(&token("a"), &token("a")));
        assert!(!is_same(&token("a"), &token("b")));
        assert!(!is_same("", &token("a")));
        assert!(!token("secret").contains("secret"));
    }

    #[test]
    fn what_the_browser_calls_foreign_is_foreign() {
        for (headers, expected) in [
            (&[][..], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (
                &[
                    ("origin", "https://gantry.example"),
                    ("host", "gantry.example"),
                ],
                false,
            ),
            (
                &[
                    ("origin", "https://evil.example"),
                    ("host", "gantry.example"),
                ],
                true,
            ),
            (&[("origin", "null"), ("host", "gantry.example")], true),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, value.parse().expect("a value"));
            }
            assert_eq!(is_foreign(&map), expected, "{headers:?}");
        }
    }
}
