//! Why a repository or a revision of it cannot be read.

use gantry_model::{Diagnostic, limits};

use crate::patience::Late;
use crate::range::Target;

/// Why there is no source tree. No variant holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The URL is not one that can be fetched.
    #[error("{url}: {reason}")]
    Url {
        /// As given, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server cannot be reached, or broke off.
    #[error("cannot fetch {url}: {reason}")]
    Unreachable {
        /// The repository.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The server wants other credentials.
    #[error("cannot fetch {url}: {reason}")]
    Unauthorized {
        /// The repository.
        url: String,
        /// What the server said.
        reason: String,
    },
    /// There is no repository.
    #[error("{url} is not a Git repository: {reason}")]
    NoRepository {
        /// The repository.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The revision does not exist.
    #[error("{url} has no branch, tag or commit {revision:?}")]
    NoRevision {
        /// The repository.
        url: String,
        /// What was asked for.
        revision: String,
    },
    /// No tag is in the range of versions.
    #[error("{url} has no tag that {range:?} admits{}", listed(.tags))]
    NoTag {
        /// The repository.
        url: String,
        /// What was asked for.
        range: String,
        /// The newest of those that are versions.
        tags: Vec<String>,
    },
    /// The revision leads to a directory or a file.
    #[error("{url}: {id} is a {kind}, not a commit")]
    NotACommit {
        /// The repository.
        url: String,
        /// The object that the revision leads to.
        id: String,
        /// Git's word for what it is.
        kind: String,
    },
    /// A commit that cannot be read.
    #[error("{url}: commit {commit} cannot be read: {reason}")]
    Damaged {
        /// The repository.
        url: String,
        /// The commit, or the revision.
        commit: String,
        /// What failed.
        reason: String,
    },
    /// The fetch took too long.
    #[error("cannot fetch {url}: not done after {secs} s")]
    Timeout {
        /// The repository.
        url: String,
        /// The limit.
        secs: u64,
    },
    /// The server answers no more, or does not begin to.
    #[error("cannot fetch {url}: {host} has sent nothing for {secs} s")]
    Silent {
        /// The repository.
        url: String,
        /// The server.
        host: String,
        /// The limit.
        secs: u64,
    },
    /// The directory for fetched repositories cannot be used.
    #[error("cannot keep fetched repositories in {path}: {reason}")]
    Cache {
        /// The directory.
        path: String,
        /// What failed.
        reason: String,
    },
    /// A plain directory that cannot be opened.
    #[error("{path}: {reason}")]
    Directory {
        /// The directory.
        path: String,
        /// What failed.
        reason: String,
    },
}

impl SourceError {
    pub(crate) fn no_tag(url: &str, wanted: &Target, tags: Vec<String>) -> Self {
        let range = match wanted {
            Target::Range { text, prefix, .. } if prefix.is_empty() => text.clone(),
            Target::Range { text, prefix, .. } => format!("{prefix} {text}"),
            Target::Named(_) => String::new(),
        };
        let url = url.to_owned();
        Self::NoTag { url, range, tags }
    }

    pub(crate) fn late(url: &str, late: &Late) -> Self {
        let url = url.to_owned();
        match late.clone() {
            Late::Whole { secs } => Self::Timeout { url, secs },
            Late::Silent { host, secs } => Self::Silent { url, host, secs },
        }
    }

    /// The same for users, with what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::Url { .. } => (
                "repository-url",
                "use https://host/path, ssh://user@host/path, user@host:path, file:///path or an \
                 absolute path",
            ),
            Self::Unreachable { .. } => (
                "repository-unreachable",
                "check the URL, the network and the proxy settings",
            ),
            Self::Unauthorized { .. } => (
                "repository-unauthorized",
                "pass a repository or repo-creds Secret for this URL with -f, or set up Git's own \
                 credentials (a credential helper, an ssh agent)",
            ),
            Self::NoRepository { .. } => ("repository-not-found", "check spec.source.repoURL"),
            Self::NoRevision { .. } => (
                "revision-not-found",
                "check spec.source.targetRevision: a branch, a tag, a commit or HEAD",
            ),
            Self::NoTag { .. } => (
                "tag-not-found",
                "check spec.source.targetRevision and tagPrefix; pre-releases are admitted only \
                 where the range names one",
            ),
            Self::NotACommit { .. } => (
                "revision-not-a-commit",
                "check spec.source.targetRevision: a tag of a tree or a blob has nothing to deploy",
            ),
            Self::Damaged { .. } => (
                "repository-damaged",
                "check the repository with `git fsck`; a fetched copy is made anew when its \
                 directory in the cache is removed",
            ),
            Self::Timeout { .. } => ("repository-timeout", "check the network, or try again"),
            Self::Silent { .. } => (
                "repository-timeout",
                "check the server: it was reached, and its Git does not answer",
            ),
            Self::Cache { .. } => ("cache", "choose another directory with --data"),
            Self::Directory { .. } => ("directory", "name a directory that can be read"),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }
}

fn listed(tags: &[String]) -> String {
    match tags {
        [] => "; none of its tags is a version".to_owned(),
        tags => {
            let shown = tags.iter().take(limits::TAGS_LISTED_MAX);
            let shown: Vec<&str> = shown.map(String::as_str).collect();
            let more = if tags.len() > shown.len() { " …" } else { "" };
            format!("; the newest are {}{more}", shown.join(", "))
        }
    }
}

/// All causes of a gix error in one line, outermost first.
pub(crate) fn reason(error: &gix::Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = cause.to_string().trim().replace('\n', " ");
        if !text.is_empty() && !causes.iter().any(|said| said.contains(&text)) {
            causes.push(text);
        }
    }
    causes.join(": ")
}
