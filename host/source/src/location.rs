//! What a repository URL names.

use std::path::PathBuf;

use gantry_model::without_password;
use gix::bstr::ByteSlice;
use gix::url::Scheme;

use crate::error::SourceError;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// On this machine: read in place.
    Local(PathBuf),
    /// Elsewhere: fetched into the cache.
    Remote(Box<gix::Url>),
}

impl Location {
    pub(crate) fn parse(url: &str) -> Result<Self, SourceError> {
        let refuse = |reason: &str| SourceError::Url {
            url: without_password(url),
            reason: reason.to_owned(),
        };
        if url.trim().is_empty() {
            return Err(refuse("the repository URL is empty"));
        }
        let parsed = gix::url::parse(url.as_bytes().as_bstr())
            .map_err(|_| refuse("not a Git repository URL"))?;
        match parsed.scheme {
            Scheme::File => {
                let path = parsed.path.to_str().map_err(|_| refuse("not UTF-8"))?;
                let path = PathBuf::from(path);
                if path.is_absolute() {
                    Ok(Self::Local(path))
                } else {
                    Err(refuse(
                        "a relative path; a local repository needs an absolute one",
                    ))
                }
            }
            Scheme::Https | Scheme::Http | Scheme::Ssh => {
                // A host that starts with a dash would be an option of ssh.
                if parsed
                    .host()
                    .is_none_or(|host| host.is_empty() || host.starts_with('-'))
                {
                    return Err(refuse("the URL names no host"));
                }
                Ok(Self::Remote(Box::new(parsed)))
            }
            _ => Err(refuse("this protocol is not supported")),
        }
    }
}

/// Whether a URL names a repository of this machine.
pub fn is_local(url: &str) -> bool {
    matches!(Location::parse(url), Ok(Location::Local(_)))
}

/// The same text for the URLs that name the same repository for the same user: to tell which of
/// them one answer is for. Not for people: it may hold a password.
pub fn identity(url: &str) -> String {
    match Location::parse(url) {
        Ok(Location::Remote(url)) => {
            let (user, password) = (url.user(), url.password());
            let [user, password] = [user, password].map(Option::unwrap_or_default);
            format!("{user}:{password}@{}", canonical(&url))
        }
        Ok(Location::Local(path)) => path.display().to_string(),
        Err(_) => url.to_owned(),
    }
}

/// The host and port that a URL leads to; none for a repository of this machine.
pub fn host_and_port(url: &str) -> Option<(String, u16)> {
    let Ok(Location::Remote(url)) = Location::parse(url) else {
        return None;
    };
    let port = url.port_or_default().unwrap_or_default();
    Some((url.host()?.to_owned(), port))
}

/// One form for all URLs of a repository: scheme and host in lower case, no user, no trailing
/// slash, no `.git`; `user@host:path` as ssh. It names the cache, it is not fetched from.
pub(crate) fn canonical(url: &gix::Url) -> String {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path.to_str_lossy();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    format!("{}://{host}{port}/{path}", url.scheme.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Location, canonical};

    #[test]
    fn urls_of_one_repository_share_their_cache() {
        for (a, b, same) in [
            (
                "https://Example.com/a/b.git",
                "https://example.com/a/b/",
                true,
            ),
            (
                "https://user@example.com/a/b",
                "https://example.com/a/b",
                true,
            ),
            ("git@example.com:a/b.git", "ssh://git@example.com/a/b", true),
            ("https://example.com/a/b", "https://example.com/a/B", false),
            (
                "https://example.com:8443/a/b",
                "https://example.com/a/b",
                false,
            ),
            ("https://example.com/a", "ssh://example.com/a", false),
        ] {
            let [a, b] = [a, b].map(|url| match Location::parse(url) {
                Ok(Location::Remote(url)) => canonical(&url),
                other => panic!("{url}: {other:?}"),
            });
            assert_eq!(a == b, same, "{a} {b}");
        }
    }

    #[test]
    fn urls_that_are_refused() {
        for url in [
            "",
            "repo",
            "./repo",
            "ftp://example.com/a",
            "ssh://-oProxyCommand=x/a",
            "https:///a",
        ] {
            assert!(Location::parse(url).is_err(), "{url}");
        }
    }
}
