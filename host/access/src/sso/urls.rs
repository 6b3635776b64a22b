//! The addresses at which this control plane is reached: `url` and `additionalUrls`. A login begins and ends at
//! one of them, and leads nowhere else.

use gantry_model::limits;
use url::Url;

/// What comes after each address.
const CALLBACK: &str = "auth/callback";

/// All of them; the first one counts where nothing says which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Urls(Vec<Url>);

impl Urls {
    /// Reads `url` and the YAML list `additionalUrls`.
    pub(super) fn read(url: &str, additional: &str) -> Result<Self, String> {
        if url.trim().is_empty() {
            return Err(
                "`url` is missing in argocd-cm: the address at which this server is reached"
                    .to_owned(),
            );
        }
        let mut all = vec![web(url).map_err(|why| format!("`url` in argocd-cm: {why}"))?];
        let wrong =
            |why: &str| format!("`additionalUrls` in argocd-cm is to be a list of URLs: {why}");
        let documents = gantry_yaml::parse(additional).map_err(|e| wrong(&e.to_string()))?;
        for document in documents {
            let list = document
                .value
                .as_array()
                .ok_or_else(|| wrong("it is no list"))?;
            for url in list {
                let url = url.as_str().ok_or_else(|| wrong("an entry is no text"))?;
                all.push(web(url).map_err(|why| wrong(&why))?);
            }
        }
        Ok(Self(all))
    }

    /// The address that a request came to, by its `Host`: an unknown one is none of ours, and the first one counts.
    pub(super) fn base(&self, host: &str) -> Option<&Url> {
        let is_same = |url: &&Url| {
            let at = &url[url::Position::BeforeHost..url::Position::AfterPort];
            at.eq_ignore_ascii_case(host)
        };
        self.0.iter().find(is_same).or_else(|| self.0.first())
    }

    /// Where the provider sends a browser back to.
    pub(super) fn callback(&self, host: &str) -> Option<Url> {
        let mut url = self.base(host)?.clone();
        let path = format!("{}/{CALLBACK}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(url)
    }

    /// A place of ours to go to after a login: a path, or a URL within one of the addresses. What is given back is
    /// written anew, so that a browser reads it as it was judged here.
    pub(super) fn place(&self, given: &str) -> Option<String> {
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if given.is_empty() {
            return Some("/applications".to_owned());
        }
        if given.len() > limits::SSO_RETURN_MAX_BYTES || given.chars().any(is_odd) {
            return None;
        }
        if given.starts_with('/') {
            let base = self.0.first()?;
            let joined = base.join(given).ok()?;
            let is_ours = !given.starts_with("//") && joined.origin() == base.origin();
            // A path of two slashes would be another host to a browser that reads it by itself.
            let is_plain = is_ours && !joined.path().starts_with("//");
            return is_plain.then(|| joined[url::Position::BeforePath..].to_owned());
        }
        let url = Url::parse(given).ok()?;
        let is_bare = url.username().is_empty() && url.password().is_none();
        let is_ours =
            |ours: &&Url| ours.origin() == url.origin() && is_within(url.path(), ours.path());
        (is_bare && matches!(url.scheme(), "http" | "https")).then_some(())?;
        self.0.iter().find(is_ours).map(|_| url.into())
    }
}

/// Whether a path is another one or below it, by whole names.
fn is_within(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn web(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if is_web && is_plain {
        Ok(url)
    } else {
        Err(format!(
            "`{text}` must be http(s)://HOST, and a path at most"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Urls;

    fn urls() -> Urls {
        let more = "- https://second.example:8443/\n- https://third.example/gitops";
        Urls::read("https://gantry.example", more).expect("URLs")
    }

    #[test]
    fn a_login_leads_to_our_own_addresses_only() {
        // CVE-2020-11576 and its like: open redirects behind a login.
        for bad in [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https:evil.example",
            "http://gantry.example/",
            "https://gantry.example:444/",
            "https://gantry.example.evil.example/",
            "https://gantry.example@evil.example/",
            "https://user@gantry.example/",
            "https://gantry.example\\@evil.example/",
            "https://third.example/gitops-evil",
            "https://third.example/gitops/../x",
            "https://third.example/gitops/%2e%2e/x",
            "https://third.example/",
            "ftp://gantry.example/",
            "applications",
            " /applications",
        ] {
            assert_eq!(urls().place(bad), None, "{bad:?}");
        }
        let long = format!("/{}", "a".repeat(3000));
        assert_eq!(urls().place(&long), None);
        for (given, expected) in [
            ("", "/applications"),
            (
                "/applications/argocd/a?view=list#x",
                "/applications/argocd/a?view=list#x",
            ),
            ("https://gantry.example", "https://gantry.example/"),
            (
                "HTTPS://GANTRY.example:443/a?b=c",
                "https://gantry.example/a?b=c",
            ),
            (
                "https://second.example:8443/a",
                "https://second.example:8443/a",
            ),
            (
                "https://third.example/gitops/a",
                "https://third.example/gitops/a",
            ),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(urls().place(given).as_deref(), Some(expected), "{given:?}");
        }
    }

    #[test]
    fn the_callback_is_at_the_address_that_was_asked() {
        for (host, expected) in [
            ("gantry.example", "https://gantry.example/auth/callback"),
            (
                "second.example:8443",
                "https://second.example:8443/auth/callback",
            ),
            (
                "third.example",
                "https://third.example/gitops/auth/callback",
            ),
            ("evil.example", "https://gantry.example/auth/callback"),
        ] {
            let callback = urls().callback(host).map(String::from);
            assert_eq!(callback.as_deref(), Some(expected));
        }
        assert!(Urls::read("", "").is_err());
        assert!(Urls::read("gantry.example", "").is_err());
        assert!(Urls::read("https://a", "https://b").is_err());
    }
}
