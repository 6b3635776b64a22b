//! One line of the history.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One sync that changed something. Names are those of Argo CD's `status.history` where it has them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its number, which grows from 1; the home gives it.
    #[serde(default)]
    pub id: u64,
    /// The application's name, as in tracking ids.
    pub application: String,
    /// The cluster's name.
    pub cluster: String,
    /// The destination's namespace.
    pub namespace: String,
    /// When the sync started (RFC 3339).
    pub deploy_started_at: String,
    /// When it ended (RFC 3339).
    pub deployed_at: String,
    /// Who asked for it.
    pub initiated_by: InitiatedBy,
    /// The sources as the manifest had them, to render them again.
    pub sources: Vec<Value>,
    /// What each source's revision was: a commit, or a chart's version.
    pub revisions: Vec<String>,
    /// The plugin of each source; none where a source is there for others only.
    pub plugins: Vec<Option<PluginUse>>,
    /// The digest of all rendered objects: [`crate::manifests_digest`].
    pub manifests_digest: String,
    /// How many objects there were.
    pub objects: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not succeed; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Entry {
    /// Whether the other one applied the same with the same end.
    pub fn is_same_state(&self, other: &Self) -> bool {
        self.sources == other.sources
            && self.revisions == other.revisions
            && self.plugins == other.plugins
            && self.manifests_digest == other.manifests_digest
            && self.outcome == other.outcome
    }
}

/// Who asked for a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitiatedBy {
    /// The user that the API server takes the requests for.
    #[serde(default)]
    pub username: String,
    /// Whether nobody did: the control plane itself.
    #[serde(default)]
    pub automated: bool,
}

/// A plugin that rendered a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginUse {
    /// Its name.
    pub name: String,
    /// The digest of its file.
    pub digest: String,
}

/// How a sync ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// All objects were applied.
    #[default]
    Succeeded,
    /// An object was not.
    Failed,
}

impl Outcome {
    /// The word that tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}
