//! Server URLs, compared as the same place whatever way they are written.

use http::Uri;

/// The URL with scheme and host in lower case, its port always named, no slash at the end. What
/// is no URL comes back trimmed, so that it still equals itself.
pub fn normalise(url: &str) -> String {
    let url = url.trim();
    let parsed = parse(url);
    let Ok(uri) = parsed else {
        return url.trim_end_matches('/').to_lowercase();
    };
    let scheme = uri.scheme_str().unwrap_or_default().to_lowercase();
    let host = uri.host().unwrap_or_default().to_lowercase();
    let port = uri
        .port_u16()
        .unwrap_or(if scheme == "http" { 80 } else { 443 });
    let path = uri.path().trim_end_matches('/');
    format!("{scheme}://{host}:{port}{path}")
}

/// Reads a server's URL; kube needs scheme and host in it, or it panics.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(url: &str) -> Result<Uri, String> {
    let advice = "write it as https://host:port";
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("{url:?} is no server URL ({error}); {advice}"))?;
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    if !known || uri.host().is_none_or(str::is_empty) {
        return Err(format!("{url:?} is no http or https URL; {advice}"));
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_server_in_other_words_is_the_same() {
        let same = [
            ("https://one.example:443/", "https://ONE.example"),
            ("HTTPS://one.example", "https://one.example:443"),
            ("http://one.example:80", "http://one.example/"),
            (
                "https://one.example/k8s/c-1/",
                "https://one.example/k8s/c-1",
            ),
            ("https://[::1]:6443/", "https://[::1]:6443"),
            (" https://one.example ", "https://one.example"),
            ("not a url/", "Not a URL"),
        ];
        for (a, b) in same {
            assert_eq!(normalise(a), normalise(b), "{a} and {b}");
        }
    }

    #[test]
    fn other_servers_are_others() {
        let other = [
            ("https://one.example", "http://one.example"),
            ("https://one.example", "https://one.example:6443"),
            ("https://one.example/a", "https://one.example/b"),
            ("https://one.example/a", "https://one.example/A"),
        ];
        for (a, b) in other {
            assert_ne!(normalise(a), normalise(b), "{a} and {b}");
        }
    }

    #[test]
    fn what_kube_would_panic_on_is_refused() {
        for url in ["", "one.example:6443", "/path", "ftp://one.example", "a b"] {
            let error = parse(url).expect_err(url);
            assert!(error.contains("https://host:port"), "{error}");
        }
        parse("https://one.example:6443").expect("a URL");
    }
}
