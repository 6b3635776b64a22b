//! Addresses: of our own pages, and those that others wrote into manifests.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A part of a path or of a query, encoded.
pub(crate) fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// A path and its query; empty values are left out.
pub(crate) fn place(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&part(name));
        text.push('=');
        text.push_str(&part(value));
    }
    text
}

/// The page of an application, or one of its pages.
pub(crate) fn application(namespace: &str, name: &str, page: &str) -> String {
    let slash = if page.is_empty() { "" } else { "/" };
    format!(
        "/applications/{}/{}{slash}{page}",
        part(namespace),
        part(name)
    )
}

/// An address that others wrote, if a browser may be sent there: http and https alone. A browser reads past
/// spaces and control characters, so an address with any is none.
pub(crate) fn outside(url: &str) -> Option<&str> {
    let is_odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\');
    if url.chars().any(is_odd) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    (is_web && !rest.is_empty() && !rest.starts_with('/')).then_some(url)
}

/// A place of ours to go back to, or home.
pub(crate) fn back(place: &str) -> &str {
    let is_odd = |c: char| c.is_control() || c == '\\' || c.is_whitespace();
    let is_ours = place.starts_with('/') && !place.starts_with("//") && !place.chars().any(is_odd);
    if is_ours { place } else { "/applications" }
}

#[cfg(test)]
mod tests {
    use super::{back, outside, place};

    #[test]
    fn cve_2022_31035_2024_28175_2025_47933_2026_45738_only_addresses_of_the_web_are_links() {
        // Scripts in links that others wrote.
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "javascript://x.example/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "//evil.example",
            "https:///evil",
            "https://a.example/\"onclick=x",
            "file:///etc/passwd",
            "git@github.com:a/b",
            "",
        ] {
            assert_eq!(outside(bad), None, "{bad}");
        }
        for good in [
            "https://a.example/b?c=d#e",
            "HTTP://a.example",
            "http://10.0.0.1:80/",
        ] {
            assert_eq!(outside(good), Some(good));
        }
    }

    #[test]
    fn a_login_leads_back_to_our_own_pages_only() {
        for (given, expected) in [
            (
                "/applications/argocd/a?view=list",
                "/applications/argocd/a?view=list",
            ),
            ("https://evil.example", "/applications"),
            ("//evil.example", "/applications"),
            ("/\\evil.example", "/applications"),
            ("/\t/evil.example", "/applications"),
            ("javascript:alert(1)", "/applications"),
            ("", "/applications"),
        ] {
            assert_eq!(back(given), expected);
        }
    }

    #[test]
    fn queries_are_encoded() {
        let made = place("/a", &[("b", "c&d=\"e\""), ("empty", ""), ("f", "ü")]);
        assert_eq!(made, "/a?b=c%26d%3D%22e%22&f=%C3%BC");
    }
}
