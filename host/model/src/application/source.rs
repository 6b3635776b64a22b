//! `spec.source`. The blocks of the tools stay JSON: they are handed to plugins as they are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Where the manifests come from, and what renders them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// The repository's URL.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The directory in it; empty is its root.
    pub path: String,
    /// Branch, tag or commit; empty is `HEAD`.
    pub target_revision: String,
    /// A chart of a Helm repository. Not supported yet: a manifest that has one is refused.
    pub chart: Option<String>,
    /// The `directory` block.
    pub directory: Option<Value>,
    /// The `helm` block.
    pub helm: Option<Value>,
    /// The `kustomize` block.
    pub kustomize: Option<Value>,
    /// The `plugin` block.
    pub plugin: Option<PluginSource>,
}

/// The `plugin` block: which renderer, and what it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginSource {
    /// The plugin's name; empty leaves the choice to detection.
    pub name: String,
    /// Environment entries.
    pub env: Vec<EnvEntry>,
    /// Parameters.
    pub parameters: Vec<PluginParameter>,
}

/// One environment entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct EnvEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One parameter: a name, and its value in one of three forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PluginParameter {
    /// Its name.
    pub name: String,
    /// The value, as a string.
    pub string: Option<String>,
    /// The value, as a mapping of strings.
    pub map: Option<BTreeMap<String, String>>,
    /// The value, as a list of strings.
    pub array: Option<Vec<String>>,
}
