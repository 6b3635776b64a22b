//! The parameters: Argo CD's `spec.source.kustomize` block.

use std::collections::BTreeMap;

use gantry_patch::selector::Selector;
use gantry_sdk::renderer::{Diagnostic, Problems};
use gantry_sdk::schemars::{self, JsonSchema};
use serde::Deserialize;

use crate::edit::{Edits, PatchEdit};
use crate::options::Options;

/// Argo CD's `spec.source.kustomize`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// Put before the name of every object.
    pub name_prefix: String,
    /// Put behind the name of every object.
    pub name_suffix: String,
    /// Namespace of every object.
    pub namespace: String,
    /// Image overrides: [name=]new[:tag][@digest].
    pub images: Vec<String>,
    /// Replicas by the name of the workload.
    pub replicas: Vec<Replicas>,
    /// Labels for every object and for selectors.
    pub common_labels: BTreeMap<String, String>,
    /// Labels that the kustomization has already may be changed.
    pub force_common_labels: bool,
    /// Labels do not go into selectors.
    pub label_without_selector: bool,
    /// With labelWithoutSelector: labels go into templates.
    pub label_include_templates: bool,
    /// Annotations for every object.
    pub common_annotations: BTreeMap<String, String>,
    /// Annotations that the kustomization has already may be changed.
    pub force_common_annotations: bool,
    /// Variables in annotations are replaced, before they come here.
    pub common_annotations_envsubst: bool,
    /// Patches, as in a kustomization.
    pub patches: Vec<Patch>,
    /// Directories of components.
    pub components: Vec<String>,
    /// Components that are not there are left out.
    pub ignore_missing_components: bool,
    /// Kubernetes version for Helm charts; default the cluster's.
    pub kube_version: String,
    /// Kinds for Helm charts, as [group/]version/kind; default the cluster's.
    pub api_versions: Vec<String>,
    /// Version of kustomize: without effect, one is built in.
    pub version: String,
}

/// Replicas of one workload.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicas {
    /// Name of the workload.
    pub name: String,
    /// How many, or the same as a string.
    pub count: Count,
}

/// A number, or one in a string.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Count {
    /// A number.
    Number(i64),
    /// A number as a string.
    Text(String),
}

impl Default for Count {
    fn default() -> Self {
        Self::Number(0)
    }
}

/// A patch.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// File of the patch, relative to the application's directory.
    pub path: String,
    /// The patch itself, strategic merge or JSON 6902.
    pub patch: String,
    /// What it is for; without it, what the patch names.
    pub target: Option<Target>,
    /// allowNameChange, allowKindChange.
    pub options: BTreeMap<String, bool>,
}

/// What a patch is for; the values are regular expressions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Group.
    pub group: String,
    /// Version.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Annotation selector.
    pub annotation_selector: String,
    /// Label selector.
    pub label_selector: String,
}

impl Parameters {
    /// What they change of the kustomization.
    ///
    /// # Errors
    /// A value that cannot be used, by its field.
    pub fn edits(&self) -> Result<Edits, Problems> {
        let replicas = self.replicas.iter().enumerate();
        let replicas = replicas.map(|(index, replicas)| {
            let count = match &replicas.count {
                Count::Number(count) => Ok(*count),
                Count::Text(text) => text.trim().parse(),
            };
            let count = count.map_err(|_| {
                let message = format!("the count of {} is no number", replicas.name);
                Diagnostic::error("parameters", message).field(format!("replicas[{index}].count"))
            });
            count.map(|count| (replicas.name.clone(), count))
        });
        Ok(Edits {
            name_prefix: self.name_prefix.clone(),
            name_suffix: self.name_suffix.clone(),
            namespace: self.namespace.clone(),
            images: self.images.clone(),
            replicas: replicas.collect::<Result<_, _>>()?,
            common_labels: self.common_labels.clone(),
            force_common_labels: self.force_common_labels,
            label_without_selector: self.label_without_selector,
            label_include_templates: self.label_include_templates,
            common_annotations: self.common_annotations.clone(),
            force_common_annotations: self.force_common_annotations,
            patches: self.patches.iter().map(Patch::edit).collect(),
            components: self.components.clone(),
            ignore_missing_components: self.ignore_missing_components,
        })
    }

    /// How the build is run.
    pub fn options(&self) -> Options {
        Options {
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            ..Options::default()
        }
    }

    /// What has no effect.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        if self.version.is_empty() {
            return Vec::new();
        }
        let message = format!(
            "version {} has no effect: one version of kustomize is built in, which behaves as 5.8.1",
            self.version
        );
        vec![Diagnostic::warning("parameters", message).field("version")]
    }
}

impl Patch {
    fn edit(&self) -> PatchEdit {
        let is_on = |name| self.options.get(name).copied().unwrap_or_default();
        PatchEdit {
            path: self.path.clone(),
            patch: self.patch.clone(),
            target: self.target.as_ref().map(|target| Selector {
                group: target.group.clone(),
                version: target.version.clone(),
                kind: target.kind.clone(),
                name: target.name.clone(),
                namespace: target.namespace.clone(),
                annotation_selector: target.annotation_selector.clone(),
                label_selector: target.label_selector.clone(),
            }),
            allow_name_change: is_on("allowNameChange"),
            allow_kind_change: is_on("allowKindChange"),
        }
    }
}
