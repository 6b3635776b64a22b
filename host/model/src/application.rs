//! Argo CD's `Application`: where the manifests come from and where they go.

mod automated;
mod ignore;
mod read;
mod retry;
mod source;
mod sources;
mod sync_options;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use automated::Automated;
pub use ignore::IgnoreDifference;
pub use retry::{Retry, go_duration};
pub use source::{EnvEntry, PluginParameter, PluginSource, Source};
pub use sync_options::{Confirmation, SyncOptions};

pub(crate) use read::{read, rules};

/// One application, read from a manifest that passed all checks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; empty when the manifest has none.
    pub namespace: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.finalizers`.
    pub finalizers: Vec<String>,
    /// `spec.project`, never empty: Argo CD takes an empty one as `default`.
    pub project: String,
    /// `spec.sources` if it has any, else `spec.source` alone: one at least.
    pub sources: Vec<Source>,
    /// `spec.destination`.
    pub destination: Destination,
    /// `spec.syncPolicy`.
    pub sync_policy: SyncPolicy,
    /// `spec.ignoreDifferences`.
    pub ignore_differences: Vec<IgnoreDifference>,
    /// `spec.revisionHistoryLimit`: entries of the history that are kept; none is the default.
    pub revision_history_limit: Option<usize>,
}

/// The cluster, by `server` or by `name` and never by both, and the namespace of what names none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Destination {
    /// The API server's URL, or empty.
    pub server: String,
    /// The cluster's name, or empty.
    pub name: String,
    /// The namespace, or empty.
    pub namespace: String,
}

/// How to sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPolicy {
    /// `syncOptions`.
    pub options: SyncOptions,
    /// `retry`; without one, nothing is tried again.
    pub retry: Retry,
    /// `managedNamespaceMetadata`.
    pub namespace_metadata: NamespaceMetadata,
    /// `automated`; none where a control plane does nothing by itself.
    pub automated: Option<Automated>,
}

/// What the destination's namespace gets, if the sync makes it (`CreateNamespace=true`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NamespaceMetadata {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}
