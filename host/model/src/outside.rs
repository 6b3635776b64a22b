//! What lies outside of an application's own source: other repositories, charts, single files. A
//! renderer asks for them by name; whoever stands behind [`Outside`] fetches them, or says why not.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::tree::SourceTree;

/// Hands over what lies outside. Calls block until it is there.
pub trait Outside: Send + Sync + fmt::Debug {
    /// The root of a Git repository at a branch, tag or commit; empty for its default branch. The
    /// pin is the commit.
    ///
    /// # Errors
    /// [`Withheld`] says why it is not handed over.
    fn git(&self, repository: &str, revision: &str) -> Result<Pinned, Withheld>;

    /// A chart of a Helm repository or an OCI registry; the tree's root is the chart. The pin is
    /// the chosen version and the archive's digest.
    ///
    /// # Errors
    /// [`Withheld`] says why it is not handed over.
    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Pinned, Withheld>;

    /// One file over http or https.
    ///
    /// # Errors
    /// [`Withheld`] says why it is not handed over.
    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld>;
}

/// A tree, and what says exactly which one.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// Equal pins mean equal content.
    pub pin: String,
    /// The content.
    pub tree: Arc<dyn SourceTree>,
}

/// Why something is not handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub enum Withheld {
    /// A rule of the project or of the host forbids it: which one.
    #[error("{0}")]
    Refused(String),
    /// It could not be fetched, or does not exist.
    #[error("{0}")]
    Failed(String),
}

/// Hands over nothing: for renders without a host's network, as in a plugin's tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOutside;

impl NoOutside {
    fn refuse<T>(what: &str) -> Result<T, Withheld> {
        let message = format!("{what} is not fetched here: this render has its source tree alone");
        Err(Withheld::Refused(message))
    }
}

impl Outside for NoOutside {
    fn git(&self, repository: &str, _revision: &str) -> Result<Pinned, Withheld> {
        Self::refuse(repository)
    }

    fn chart(&self, repository: &str, name: &str, _version: &str) -> Result<Pinned, Withheld> {
        Self::refuse(&format!("chart {name} of {repository}"))
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld> {
        Self::refuse(url)
    }
}

/// What kind of thing was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// A Git repository.
    Git,
    /// A chart.
    Chart,
    /// A file.
    Download,
}

/// One thing that a render was handed, with the exact revision that it got.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// What it is.
    pub kind: GrantKind,
    /// The repository, or the file's URL, without a password.
    pub url: String,
    /// The chart's name; empty for others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub chart: String,
    /// The revision or version that was asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
    /// What that was: the commit, the chart's version and digest, the file's digest.
    pub pinned: String,
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if !self.chart.is_empty() {
            write!(f, " {}", self.chart)?;
        }
        if !self.asked.is_empty() {
            write!(f, " {}", self.asked)?;
        }
        write!(f, " = {}", self.pinned)
    }
}
