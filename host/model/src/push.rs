//! A push to a Git repository, as a webhook tells it, and which applications it concerns.
//!
//! In doubt it concerns an application: one refresh too many costs a look at Git, one too few leaves
//! a cluster behind until the next look.

mod paths;
mod secrets;
#[cfg(test)]
mod tests;

pub use paths::{any_below, refresh_paths};
pub use secrets::{UnknownReference, WebhookSecrets};

use crate::application::{Application, Source};
use crate::repository_url::same_repository;
use crate::version;

/// Argo CD's annotation: which paths of the repository matter to an application.
pub const MANIFEST_GENERATE_PATHS: &str = "argocd.argoproj.io/manifest-generate-paths";

const HEADS: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// What a name of a revision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// The provider does not say.
    Unknown,
}

/// One branch or tag that was pushed, moved, made or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// URLs of the repository: those for clones, and that of its page.
    pub urls: Vec<String>,
    /// The branch or tag, without `refs/heads/` or `refs/tags/`.
    pub revision: String,
    /// Whether that is a branch or a tag.
    pub kind: RevisionKind,
    /// The commit it was at; none if it is new, or the provider does not say.
    pub before: Option<String>,
    /// The commit it is at; none if it is deleted, or the provider does not say.
    pub after: Option<String>,
    /// All files that differ between the two commits; none unless the provider lists all of them.
    pub changed_files: Option<Vec<String>>,
    /// Whether it is the repository's default branch, or may be: not every provider says.
    pub default_branch: bool,
}

impl Push {
    /// Whether an application would look different after this push.
    pub fn concerns(&self, application: &Application) -> bool {
        let annotation = application.annotations.get(MANIFEST_GENERATE_PATHS);
        let annotation = annotation.map_or("", String::as_str);
        application.sources.iter().any(|source| {
            self.concerns_source(source) && self.concerns_paths(annotation, &source.path)
        })
    }

    /// Whether a source is read from what was pushed, whichever its paths are.
    pub fn concerns_source(&self, source: &Source) -> bool {
        source.chart.is_empty()
            && self.concerns_revision(&source.target_revision)
            && same_repository(&self.urls, &source.repo_url)
    }

    /// Whether a `targetRevision` may name another commit now. A range of versions chooses among
    /// tags, so any tag may matter to it.
    pub fn concerns_revision(&self, target: &str) -> bool {
        let (may_be_branch, may_be_tag) = match self.kind {
            RevisionKind::Branch => (true, false),
            RevisionKind::Tag => (false, true),
            RevisionKind::Unknown => (true, true),
        };
        let target = target.trim();
        if matches!(target, "" | "HEAD") {
            return may_be_branch && self.default_branch;
        }
        if let Some(branch) = target.strip_prefix(HEADS) {
            return may_be_branch && branch == self.revision;
        }
        if let Some(tag) = target.strip_prefix(TAGS) {
            return may_be_tag && tag == self.revision;
        }
        target == self.revision || may_be_tag && version::is_range(target)
    }

    /// Whether a changed file is below a path that the annotation `manifest-generate-paths` names. It
    /// is so too where there is no annotation, or no list of files.
    pub fn concerns_paths(&self, annotation: &str, source_path: &str) -> bool {
        let paths = refresh_paths(annotation, source_path);
        match &self.changed_files {
            Some(files) if !paths.is_empty() => files.iter().any(|file| any_below(&paths, file)),
            _ => true,
        }
    }
}

/// A full reference such as `refs/heads/main` as its name and what that is.
pub fn revision_of(reference: &str) -> (&str, RevisionKind) {
    if let Some(branch) = reference.strip_prefix(HEADS) {
        (branch, RevisionKind::Branch)
    } else if let Some(tag) = reference.strip_prefix(TAGS) {
        (tag, RevisionKind::Tag)
    } else {
        (reference, RevisionKind::Unknown)
    }
}

/// A commit as providers write it: nothing and zeros stand for none.
pub fn commit_of(hash: &str) -> Option<String> {
    let is_none = hash.bytes().all(|b| b == b'0');
    (!is_none).then(|| hash.to_owned())
}
