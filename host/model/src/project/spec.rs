//! `spec` of an AppProject, as it is written.

use serde::Deserialize;
use serde_json::Value;

/// The fields that are rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ProjectSpec {
    pub(crate) source_namespaces: Vec<String>,
    pub(crate) destinations: Vec<DestinationSpec>,
    pub(crate) destination_service_accounts: Vec<ServiceAccountSpec>,
    pub(crate) permit_only_project_scoped_clusters: bool,
    pub(crate) cluster_resource_whitelist: Vec<KindSpec>,
    pub(crate) cluster_resource_blacklist: Vec<KindSpec>,
    /// An empty list is not the same as none: it permits nothing.
    pub(crate) namespace_resource_whitelist: Option<Vec<KindSpec>>,
    pub(crate) namespace_resource_blacklist: Vec<KindSpec>,
    pub(crate) orphaned_resources: Option<OrphanedSpec>,
    pub(crate) sync_windows: Vec<WindowSpec>,
    pub(crate) roles: Vec<Value>,
    pub(crate) signature_keys: Vec<Value>,
    pub(crate) source_integrity: Value,
}

/// One of `destinations`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DestinationSpec {
    pub(crate) server: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// One of `destinationServiceAccounts`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServiceAccountSpec {
    pub(crate) server: String,
    pub(crate) namespace: String,
    pub(crate) default_service_account: String,
}

/// One of the white- and blacklists, and of the orphans that are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KindSpec {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// `orphanedResources`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrphanedSpec {
    pub(crate) warn: Option<bool>,
    pub(crate) ignore: Vec<KindSpec>,
}

/// One of `syncWindows`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WindowSpec {
    pub(crate) kind: String,
    pub(crate) schedule: String,
    pub(crate) duration: String,
    pub(crate) applications: Vec<String>,
    pub(crate) namespaces: Vec<String>,
    pub(crate) clusters: Vec<String>,
    pub(crate) manual_sync: bool,
    pub(crate) sync_overrun: bool,
    pub(crate) and_operator: bool,
    pub(crate) time_zone: String,
    pub(crate) description: String,
}
