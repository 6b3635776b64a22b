//! kustomize's URLs of repositories (`api/internal/git/repospec.go`): what is cloned, at which
//! revision, and the directory in it.

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The URL as it was written.
    pub(crate) raw: String,
    /// What Git clones.
    pub(crate) clone: String,
    /// Branch, tag or commit; empty for the default branch.
    pub(crate) revision: String,
    /// The kustomization's directory.
    pub(crate) directory: String,
}

/// A scheme, a user and a host, with their separators.
struct Host {
    prefix: String,
    is_file: bool,
}

const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];

impl Repository {
    /// Reads a URL; none where the text is a path or no repository's URL.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return None;
        }
        let (location, query) = text.split_once('?').unwrap_or((text, ""));
        let (host, rest) = split_host(location)?;
        let (path, directory) = split_path(rest, host.is_file)?;
        if path.is_empty() || leaves(directory) {
            return None;
        }
        Some(Self {
            raw: text.to_owned(),
            clone: format!("{}{path}", host.prefix),
            revision: revision(query),
            directory: directory.trim_matches('/').to_owned(),
        })
    }
}

/// Whether a text is fetched over http(s) when it is not a repository.
pub(crate) fn is_http(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Whether a URL can only mean a repository: it has a mark that no URL of a file has.
pub(crate) fn is_marked(text: &str) -> bool {
    let (location, query) = text.split_once('?').unwrap_or((text, ""));
    let path = location
        .split_once("://")
        .map_or(location, |(_, rest)| rest);
    ["//", "_git/"].iter().any(|mark| path.contains(mark))
        || path.ends_with(".git")
        || path.contains(".git/")
        || ["ref=", "version="]
            .iter()
            .any(|key| query.split('&').any(|parameter| parameter.starts_with(key)))
}

fn split_host(text: &str) -> Option<(Host, &str)> {
    let text = strip_prefix(text, "git::").unwrap_or(text);
    let scheme = SCHEMES
        .into_iter()
        .find(|s| strip_prefix(text, s).is_some());
    let rest = scheme.and_then(|s| strip_prefix(text, s)).unwrap_or(text);
    let (user, rest) = split_user(rest);
    let is_github = ["github.com/", "github.com:"]
        .iter()
        .any(|host| strip_prefix(rest, host).is_some());
    let is_scp = scheme.is_none() && (!user.is_empty() || is_github);
    if scheme.is_none() && !is_scp {
        return None;
    }
    if scheme == Some("file://") {
        let prefix = format!("file://{user}");
        return Some((
            Host {
                prefix,
                is_file: true,
            },
            rest,
        ));
    }
    let end = separator(rest, is_scp).map_or(rest.len(), |at| at + 1);
    let (host, path) = rest.split_at(end);
    if host.is_empty() {
        return None;
    }
    // GitHub's are made alike, whatever was written.
    let prefix = match (is_github, scheme, user) {
        (true, Some("ssh://"), user) => format!("{user}github.com:"),
        (true, _, "") => "https://github.com/".to_owned(),
        (true, _, user) => format!("{user}github.com:"),
        (false, scheme, user) => format!("{}{user}{host}", scheme.unwrap_or_default()),
    };
    Some((
        Host {
            prefix,
            is_file: false,
        },
        path,
    ))
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    let rest = text.get(prefix.len()..)?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// `git@`, and what follows.
fn split_user(text: &str) -> (&str, &str) {
    let Some(at) = text.find('@') else {
        return ("", text);
    };
    let user = &text[..at];
    let is_name = user.starts_with(|c: char| c.is_ascii_alphabetic())
        && user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_name {
        text.split_at(at + 1)
    } else {
        ("", text)
    }
}

/// Where the host ends: at a slash, or at the colon of Git's short form.
fn separator(text: &str, is_scp: bool) -> Option<usize> {
    let slash = text.find('/');
    if !is_scp {
        return slash;
    }
    match (text.find(':'), slash) {
        (colon, None) => colon,
        (Some(colon), Some(slash)) if colon > 0 && colon < slash => Some(colon),
        (_, slash) => slash,
    }
}

/// The repository's path and the directory in it: by a mark, else after owner and name.
fn split_path(text: &str, is_file: bool) -> Option<(&str, &str)> {
    if let Some(at) = text.find("_git/") {
        let name = at + "_git/".len();
        let end = text[name..]
            .find('/')
            .map_or(text.len(), |slash| name + slash);
        return Some((&text[..end], text[end..].trim_start_matches('/')));
    }
    if let Some(at) = text.find("//") {
        return Some((&text[..at], &text[at + 2..]));
    }
    if let Some(at) = text.find(".git") {
        return Some(text.split_at(at + ".git".len()));
    }
    if is_file {
        return Some((text, ""));
    }
    let mut slashes = text.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    let end = slashes.next().unwrap_or(text.len());
    Some((&text[..end], text[end..].trim_start_matches('/')))
}

/// Whether a directory of a repository leads out of it.
fn leaves(directory: &str) -> bool {
    crate::path::resolve("", directory).is_none()
}

fn revision(query: &str) -> String {
    let value = |name: &str| {
        let mut parameters = query.split('&').filter_map(|p| p.split_once('='));
        parameters
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| decode(value))
    };
    value("ref")
        .or_else(|| value("version"))
        .unwrap_or_default()
}

/// A query's value without its escapes.
fn decode(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (
            first,
            escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Repository, is_http, is_marked};

    #[test]
    fn urls_are_taken_apart_as_kustomize_does() {
        let cases = [
            ("github.com/org/repo", "https://github.com/org/repo", "", ""),
            (
                "https://github.com/org/repo/path/to/x?ref=v1",
                "https://github.com/org/repo",
                "v1",
                "path/to/x",
            ),
            (
                "https://github.com/org/repo//path?version=v1&ref=v2&timeout=90s",
                "https://github.com/org/repo",
                "v2",
                "path",
            ),
            (
                "git@github.com:org/repo.git//a/b?ref=x%2Fy",
                "git@github.com:org/repo.git",
                "x/y",
                "a/b",
            ),
            (
                "ssh://git@github.com/org/repo.git",
                "git@github.com:org/repo.git",
                "",
                "",
            ),
            (
                "git::https://gitlab.com/group/sub/repo.git//d",
                "https://gitlab.com/group/sub/repo.git",
                "",
                "d",
            ),
            (
                "https://dev.azure.com/org/project/_git/repo/a/b",
                "https://dev.azure.com/org/project/_git/repo",
                "",
                "a/b",
            ),
            (
                "user@host.example:path/repo/dir",
                "user@host.example:path/repo",
                "",
                "dir",
            ),
            (
                "file:///srv/repo//base?ref=main",
                "file:///srv/repo",
                "main",
                "base",
            ),
            (
                "https://host.example/org/repo/",
                "https://host.example/org/repo",
                "",
                "",
            ),
        ];
        for (url, clone, revision, directory) in cases {
            let repository = Repository::parse(url).unwrap();
            assert_eq!(
                (
                    &*repository.clone,
                    &*repository.revision,
                    &*repository.directory
                ),
                (clone, revision, directory),
                "{url}"
            );
        }
    }

    #[test]
    fn paths_and_other_urls_are_no_repositories() {
        for text in [
            "../base",
            "/abs/path",
            "base",
            "gh:org/repo",
            "https://host.example/file.yaml",
            "https://github.com/org/repo//../../etc",
            "https:",
        ] {
            assert_eq!(Repository::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_may_be_a_file_is_told_from_what_cannot() {
        assert!(is_http("HTTPS://a/b") && !is_http("ssh://a/b"));
        assert!(is_marked("https://github.com/org/repo//x") && is_marked("https://a/b/c?ref=x"));
        assert!(!is_marked("https://a/b/c.yaml?token=x"));
    }
}
