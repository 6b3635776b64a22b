//! GitLab's push and tag push, of a project and of the whole server (system hooks).

use gantry_model::push::{RevisionKind, commit_of, revision_of};
use serde::Deserialize;

use super::{Change, Commit, OTHER_EVENT, Payload, Problem, files, json, payload, urls};

#[derive(Debug, Deserialize)]
struct Kind {
    /// Of system hooks.
    #[serde(default)]
    event_name: Option<String>,
    #[serde(default)]
    object_kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    after: Option<String>,
    project: Project,
    #[serde(default)]
    commits: Option<Vec<Commit>>,
    /// At most twenty are listed.
    #[serde(default)]
    total_commits_count: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project {
    web_url: Option<String>,
    git_http_url: Option<String>,
    git_ssh_url: Option<String>,
    http_url: Option<String>,
    ssh_url: Option<String>,
    default_branch: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Payload, Problem> {
    let kind: Kind = json(body)?;
    let kind = kind.object_kind.or(kind.event_name).unwrap_or_default();
    if !matches!(kind.as_str(), "push" | "tag_push") {
        return Ok(OTHER_EVENT.into());
    }
    let event: Event = json(body)?;
    let before = event.before.unwrap_or_default();
    let after = event.after.unwrap_or_default();
    let commits = event.commits.unwrap_or_default();
    let lists_all = event.total_commits_count == Some(commits.len());
    let moved = commit_of(&before).is_some() && commit_of(&after).is_some();
    let project = event.project;
    let (revision, kind) = revision_of(&event.reference);
    let default_branch = match &project.default_branch {
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
        project.web_url,
        project.git_http_url,
        project.git_ssh_url,
        project.http_url,
        project.ssh_url,
    ]);
    payload(&urls, vec![change])
}
