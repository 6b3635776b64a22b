//! What is known of a cluster without asking it.

use gantry_model::secrets::ClusterSecret;
use serde::Serialize;

/// What a cluster is to the control plane. No credentials are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterInfo {
    /// The name that `destination.name` gives.
    pub name: String,
    /// The API server's URL.
    pub server: String,
    /// The one project that may use it, or empty.
    pub project: String,
    /// The namespaces that may be used; none means all.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped objects are managed even so.
    pub cluster_resources: bool,
}

impl ClusterInfo {
    /// Whether applications of a project may use it.
    pub fn is_for(&self, project: &str) -> bool {
        self.project.is_empty() || self.project == project
    }
}

impl From<&ClusterSecret> for ClusterInfo {
    fn from(secret: &ClusterSecret) -> Self {
        Self {
            name: secret.name.clone(),
            server: secret.server.clone(),
            project: secret.project.clone(),
            namespaces: secret.namespaces.clone(),
            cluster_resources: secret.cluster_resources,
        }
    }
}
