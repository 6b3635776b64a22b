//! GitHub's `push`, which Gitea and Gogs have taken over.

use gantry_model::limits;
use gantry_model::push::{RevisionKind, commit_of, revision_of};
use serde::Deserialize;

use super::{Change, Commit, Payload, Problem, Provider, files, json, payload, urls};

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    after: Option<String>,
    /// GitHub's alone: the commits before were dropped.
    #[serde(default)]
    forced: Option<bool>,
    #[serde(default)]
    commits: Option<Vec<Commit>>,
    /// Gitea's alone: how many there are, of which only the last few are listed.
    #[serde(default)]
    total_commits: Option<usize>,
    repository: Repository,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Repository {
    html_url: Option<String>,
    clone_url: Option<String>,
    ssh_url: Option<String>,
    git_url: Option<String>,
    default_branch: Option<String>,
}

pub(super) fn read(provider: Provider, body: &[u8]) -> Result<Payload, Problem> {
    let event: Event = json(body)?;
    let before = event.before.unwrap_or_default();
    let after = event.after.unwrap_or_default();
    let commits = event.commits.unwrap_or_default();
    let lists_all = match provider {
        Provider::GitHub => {
            event.forced == Some(false) && commits.len() < limits::WEBHOOK_COMMITS_LISTED_MAX
        }
        // Its count is of those between the two commits, and nothing says whether it was forced.
        Provider::Gitea => event.total_commits == Some(commits.len()),
        // Only the last few, and not how many there are.
        _ => false,
    };
    let moved = commit_of(&before).is_some() && commit_of(&after).is_some();
    let repository = event.repository;
    let (revision, kind) = revision_of(&event.reference);
    let default_branch = match &repository.default_branch {
        Some(default) => default == revision && kind != RevisionKind::Tag,
        None => kind != RevisionKind::Tag,
    };
    let change = Change {
        reference: &event.reference,
        before: &before,
        after: &after,
        files: files(commits, lists_all && moved),
        default_branch,
    };
    let urls = urls([
        repository.html_url,
        repository.clone_url,
        repository.ssh_url,
        repository.git_url,
    ]);
    payload(&urls, vec![change])
}
