//! Everything that is fetched for applications: commits, charts, single files. Each once, with the
//! credentials that the Secrets have for it.

use std::sync::Arc;

use gantry_charts::{Chart, ChartError, ChartRequest, Charts};
use gantry_model::secrets::Repositories as Secrets;
use gantry_source::{Commit, Repositories, SourceError};

use crate::access;
use crate::memo::Memo;

/// Fetches, and remembers until it is told to forget. All calls block.
#[derive(Debug)]
pub struct Fetcher {
    repositories: Repositories,
    charts: Charts,
    secrets: Secrets,
    commits: Memo<GitKey, Result<Commit, SourceError>>,
    chosen: Memo<ChartKey, Result<Chart, ChartError>>,
    files: Memo<FileKey, Result<Arc<Vec<u8>>, ChartError>>,
}

/// A revision of a repository, for a project: whose credentials count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GitKey {
    pub(crate) url: String,
    pub(crate) revision: String,
    pub(crate) tag_prefix: String,
    pub(crate) project: String,
}

/// A chart, for a project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChartKey {
    pub(crate) repository: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pass_credentials: bool,
    pub(crate) project: String,
}

/// A file, for a project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileKey {
    pub(crate) url: String,
    pub(crate) project: String,
}

impl Fetcher {
    /// Joins the parts.
    pub fn new(repositories: Repositories, charts: Charts, secrets: Secrets) -> Self {
        Self {
            repositories,
            charts,
            secrets,
            commits: Memo::default(),
            chosen: Memo::default(),
            files: Memo::default(),
        }
    }

    /// Forgets what was fetched, so that whatever has moved since is seen.
    pub(crate) fn forget(&self) {
        self.commits.forget();
        self.chosen.forget();
        self.files.forget();
    }

    pub(crate) fn commit(&self, key: &GitKey) -> Result<Commit, SourceError> {
        self.commits.get(key.clone(), || {
            let secret = self.secrets.repository_for(&key.url, &key.project);
            let access = access::of_git(secret.as_ref());
            self.repositories
                .commit_of_tag(&key.url, &key.revision, &key.tag_prefix, &access)
        })
    }

    pub(crate) fn chart(&self, key: &ChartKey) -> Result<Chart, ChartError> {
        self.chosen.get(key.clone(), || {
            let secret = self.secrets.repository_for(&key.repository, &key.project);
            self.charts.fetch(&ChartRequest {
                repository: key.repository.clone(),
                name: key.name.clone(),
                version: key.version.clone(),
                access: access::of_charts(secret.as_ref(), key.pass_credentials),
                refresh: false,
            })
        })
    }

    pub(crate) fn file(&self, key: &FileKey) -> Result<Arc<Vec<u8>>, ChartError> {
        self.files.get(key.clone(), || {
            let secret = self.secrets.repository_for(&key.url, &key.project);
            let access = access::of_charts(secret.as_ref(), false);
            self.charts.download(&key.url, &access).map(Arc::new)
        })
    }
}
