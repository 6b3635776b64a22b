//! What providers send, read into pushes. Only what is needed is read, into types that say what it
//! must be: nothing is looked up by index or taken for granted.

mod azure_devops;
mod bitbucket;
mod bitbucket_server;
mod github;
mod gitlab;

use gantry_model::push::{commit_of, revision_of};
use gantry_model::{Push, limits};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::provider::Provider;

/// What is wrong with a webhook.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("the body is not the JSON of this event: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the body is no JSON object")]
    NoObject,
    #[error("the body names no URL of the repository")]
    NoRepository,
    #[error("the body names {0} branches and tags; {max} are read", max = limits::WEBHOOK_REVISIONS_MAX)]
    TooMany(usize),
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ignored(pub(super) &'static str);

/// What a webhook tells.
#[derive(Debug, Default)]
pub(super) struct Payload {
    pub(super) pushes: Vec<Push>,
    pub(super) ignored: Option<Ignored>,
}

const PING: Ignored = Ignored("a test");
const OTHER_EVENT: Ignored = Ignored("the event is no push");
const NO_REVISION: Ignored = Ignored("it names no branch or tag");

impl From<Ignored> for Payload {
    fn from(why: Ignored) -> Self {
        Self {
            pushes: Vec::new(),
            ignored: Some(why),
        }
    }
}

/// Reads the body of an event.
pub(super) fn read(provider: Provider, event: &str, body: &[u8]) -> Result<Payload, Problem> {
    match (provider, event) {
        (Provider::GitHub, "ping") | (Provider::BitbucketServer, "diagnostics:ping") => {
            Ok(PING.into())
        }
        (Provider::GitHub | Provider::Gitea | Provider::Gogs, "push") => {
            github::read(provider, body)
        }
        (Provider::GitLab, "Push Hook" | "Tag Push Hook" | "System Hook") => gitlab::read(body),
        (Provider::Bitbucket, "repo:push") => bitbucket::read(body),
        (Provider::BitbucketServer, "repo:refs_changed") => bitbucket_server::read(body),
        (Provider::AzureDevOps, _) => azure_devops::read(body),
        _ => Ok(OTHER_EVENT.into()),
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A list would be read as the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::NoObject);
    }
    Ok(serde_json::from_slice(body)?)
}

/// One branch or tag that changed, before the repository is known.
struct Change<'a> {
    /// `refs/heads/main`.
    reference: &'a str,
    before: &'a str,
    after: &'a str,
    files: Option<Vec<String>>,
    /// Whether it is a branch that is the default one, as far as the provider says.
    default_branch: bool,
}

impl Change<'_> {
    fn push(self, urls: &[String]) -> Push {
        let (revision, kind) = revision_of(self.reference);
        Push {
            urls: urls.to_vec(),
            revision: revision.to_owned(),
            kind,
            before: commit_of(self.before),
            after: commit_of(self.after),
            changed_files: self.files,
            default_branch: self.default_branch,
        }
    }
}

/// Pushes of a repository, which must have a URL, unless nothing was pushed.
fn payload(urls: &[String], changes: Vec<Change<'_>>) -> Result<Payload, Problem> {
    let changes: Vec<_> = changes
        .into_iter()
        .filter(|change| !change.reference.is_empty())
        .collect();
    if changes.is_empty() {
        return Ok(NO_REVISION.into());
    }
    if urls.is_empty() {
        return Err(Problem::NoRepository);
    }
    if changes.len() > limits::WEBHOOK_REVISIONS_MAX {
        return Err(Problem::TooMany(changes.len()));
    }
    let pushes = changes.into_iter().map(|change| change.push(urls));
    Ok(Payload {
        pushes: pushes.collect(),
        ignored: None,
    })
}

/// The URLs that are there, each once.
fn urls(given: impl IntoIterator<Item = Option<String>>) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for url in given.into_iter().flatten() {
        let is_new = !urls.contains(&url);
        if !url.is_empty() && url.len() <= limits::REPOSITORY_URL_MAX_BYTES && is_new {
            urls.push(url);
        }
    }
    urls
}

/// A commit, where a provider lists its files.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Commit {
    added: Option<Vec<String>>,
    modified: Option<Vec<String>>,
    removed: Option<Vec<String>>,
}

/// The files of all commits of a push; none if some are not listed, or not even one is.
fn files(commits: Vec<Commit>, is_complete: bool) -> Option<Vec<String>> {
    if !is_complete {
        return None;
    }
    let mut files = Vec::new();
    for commit in commits {
        let lists = [commit.added, commit.modified, commit.removed];
        let before = files.len();
        files.extend(lists.into_iter().flatten().flatten());
        if files.len() - before >= limits::WEBHOOK_FILES_LISTED_MAX {
            return None;
        }
    }
    files.sort();
    files.dedup();
    (!files.is_empty()).then_some(files)
}
