//! URLs of repositories and files: who is asked, as whom, and what of it may be shown.

use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::blocking::RequestBuilder;

use crate::access::ChartAccess;
use crate::error::ChartError;

/// As whom a server is asked.
pub(crate) enum Login {
    None,
    Basic { username: String, password: String },
    Bearer(String),
}

impl Login {
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(crate) fn add_to(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic { username, password } => request.basic_auth(username, Some(password)),
            Self::Bearer(token) => request.bearer_auth(token),
        }
    }
}

/// An http(s) URL without the user and password that it may hold, and the login to use: the one of
/// the settings, else the URL's.
pub(crate) fn parse(text: &str, access: &ChartAccess) -> Result<(Url, Login), ChartError> {
    let bad = |url: String, reason: &str| ChartError::Url {
        url,
        reason: reason.to_owned(),
    };
    // What is no URL may hold a password in any place before the host.
    let bare = || format!("{:?}", text.rsplit('@').next().unwrap_or_default());
    let mut url = Url::parse(text.trim()).map_err(|_| bad(bare(), "this is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        let reason = format!("its scheme is {}, not http or https", url.scheme());
        let told = if url.has_host() { shown(&url) } else { bare() };
        return Err(bad(told, &reason));
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let own = Login::Basic {
        username: decoded(url.username()),
        password: decoded(url.password().unwrap_or_default()),
    };
    let login = if !access.username.is_empty() || !access.password.is_empty() {
        Login::Basic {
            username: access.username.clone(),
            password: access.password.clone(),
        }
    } else if !access.bearer_token.is_empty() {
        Login::Bearer(access.bearer_token.clone())
    } else if !url.username().is_empty() || url.password().is_some() {
        own
    } else {
        Login::None
    };
    // Neither fails: an http URL has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok((url, login))
}

/// A URL as it may be shown: without user, password, query and fragment, all of which may be secret.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// A path relative to a directory's URL, whose query stays; an absolute URL as it is. As Helm
/// resolves what an index names.
pub(crate) fn below(directory: &Url, reference: &str) -> Result<Url, String> {
    let no_url = |error| format!("{reference:?} is no URL: {error}");
    let mut base = directory.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    let mut url = base.join(reference).map_err(no_url)?;
    let is_absolute = Url::parse(reference).is_ok();
    if !is_absolute {
        url.set_query(directory.query());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{Login, below, parse, shown};
    use crate::access::ChartAccess;

    #[test]
    fn what_an_index_names_is_resolved_as_helm_does() {
        for (repository, reference, expected) in [
            (
                "https://a.example/charts",
                "web-1.tgz",
                "https://a.example/charts/web-1.tgz",
            ),
            (
                "https://a.example/charts/",
                "web-1.tgz",
                "https://a.example/charts/web-1.tgz",
            ),
            (
                "https://a.example",
                "sub/web-1.tgz",
                "https://a.example/sub/web-1.tgz",
            ),
            (
                "https://a.example/charts",
                "../web-1.tgz",
                "https://a.example/web-1.tgz",
            ),
            (
                "https://a.example/charts",
                "/web-1.tgz",
                "https://a.example/web-1.tgz",
            ),
            (
                "https://a.example/c?t=1",
                "web-1.tgz",
                "https://a.example/c/web-1.tgz?t=1",
            ),
            (
                "https://a.example/c?t=1",
                "https://b.example/x",
                "https://b.example/x",
            ),
            (
                "https://a.example/c",
                "web+1.tgz",
                "https://a.example/c/web+1.tgz",
            ),
        ] {
            let repository = Url::parse(repository).expect("a URL");
            let resolved = below(&repository, reference).expect(reference);
            assert_eq!(resolved.as_str(), expected);
        }
    }

    #[test]
    fn credentials_in_a_url_are_used_and_not_shown() {
        let url = "https://me:p%40ss@a.example/charts?token=t#f";
        let (parsed, login) = parse(url, &ChartAccess::default()).expect("a URL");
        assert!(matches!(&login, Login::Basic { username, password }
            if username == "me" && password == "p@ss"));
        assert_eq!(parsed.as_str(), "https://a.example/charts?token=t#f");
        assert_eq!(shown(&parsed), "https://a.example/charts");
        let access = ChartAccess {
            bearer_token: "b".to_owned(),
            ..ChartAccess::default()
        };
        let (_, login) = parse(url, &access).expect("a URL");
        assert!(matches!(&login, Login::Bearer(token) if token == "b"));
    }

    #[test]
    fn other_schemes_are_refused_without_telling_the_password() {
        for url in [
            "file:///etc/passwd",
            "ftp://me:hunter2@a.example/",
            "me:hunter2@a b",
            "",
        ] {
            let Err(error) = parse(url, &ChartAccess::default()) else {
                panic!("{url:?} is taken");
            };
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
