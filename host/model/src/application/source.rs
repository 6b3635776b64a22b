//! `spec.source` and `spec.sources`. The blocks of the tools stay JSON: they are handed to plugins as they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the manifests come from, and what renders them. Written as it is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// Where it stands in the manifest: `spec.source`, `spec.sources[1]`.
    #[serde(skip)]
    pub field: String,
    /// A name for people, and for the command line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What other sources call its tree, as `$ref`; empty when they cannot.
    #[serde(rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The repository's URL.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The directory in it; empty is its root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Branch, tag, commit or a range of versions that tags are; empty is `HEAD`. Of a chart its
    /// version or a range.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target_revision: String,
    /// What tags start with that a range of versions chooses from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag_prefix: String,
    /// The name of a chart of a Helm repository or registry; empty for Git.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub chart: String,
    /// The `directory` block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<Value>,
    /// The `helm` block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<Value>,
    /// The `kustomize` block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<Value>,
    /// The `plugin` block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginSource>,
}

impl Source {
    /// Whether it is there for others only: it has a name for them, and no directory or chart.
    pub fn is_reference_only(&self) -> bool {
        !self.reference.is_empty() && self.path.is_empty() && self.chart.is_empty()
    }

    /// The path of one of its fields in the manifest.
    pub fn field_of(&self, name: &str) -> String {
        format!("{}.{name}", self.field)
    }

    /// What to call it among several: its name, its `ref`, or its repository.
    pub fn title(&self) -> &str {
        let names = [&self.name, &self.reference, &self.repo_url];
        let given = names.into_iter().find(|name| !name.is_empty());
        given.map_or("", String::as_str)
    }
}

/// The `plugin` block: which renderer, and what it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One parameter: a name, and its value in one of three forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginParameter {
    /// Its name.
    pub name: String,
    /// The value, as a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string: Option<String>,
    /// The value, as a mapping of strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, String>>,
    /// The value, as a list of strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Source;

    #[test]
    fn a_source_is_written_as_it_is_read() {
        let sources = [
            json!({"repoURL": "https://git.example/a", "path": "web", "targetRevision": "v1", "tagPrefix": "p-"}),
            json!({"repoURL": "https://charts.example", "chart": "web", "helm": {"valueFiles": ["$v/a.yaml"]}}),
            json!({"repoURL": "https://git.example/v", "ref": "v", "name": "values"}),
            json!({"repoURL": "a", "path": ".", "directory": {"recurse": true}, "kustomize": {"namePrefix": "x"},
                "plugin": {"name": "p", "env": [{"name": "A", "value": "b"}],
                    "parameters": [{"name": "n", "string": "s"}, {"name": "m", "map": {"k": "v"}}, {"name": "l", "array": ["x"]}]}}),
        ];
        for written in sources {
            let source: Source = serde_json::from_value(written.clone()).expect("a source");
            let again: Value = serde_json::to_value(source).expect("JSON");
            assert_eq!(again, written);
        }
    }
}
