//! The cluster of an application, and what is known of it.

use std::sync::Arc;

use gantry_model::application::Application;
use gantry_model::cluster::{ClusterScope, Resource};
use gantry_model::{Cluster, ClusterError};

use crate::engine::Engine;
use crate::workshop::ClusterFacts;

impl Engine {
    /// What of its cluster it may have anything in.
    pub(crate) fn scope(&self, application: &Application) -> Result<ClusterScope, ClusterError> {
        let (destination, project) = (&application.destination, &application.project);
        self.destinations.scope(destination, project)
    }

    /// Whether an application's cluster is known. Asks nobody.
    ///
    /// # Errors
    /// Why there is none for it.
    pub fn reach(&self, application: &Application) -> Result<(), ClusterError> {
        self.connect(application).map(drop)
    }

    /// The cluster of an application. Asks nobody.
    ///
    /// # Errors
    /// Why there is none for it.
    pub fn connect(&self, application: &Application) -> Result<Arc<dyn Cluster>, ClusterError> {
        let (destination, project) = (&application.destination, &application.project);
        self.destinations.cluster(destination, project)
    }
}

/// What renderers are told of the cluster.
pub(crate) async fn facts(cluster: &dyn Cluster) -> Result<ClusterFacts, ClusterError> {
    let (version, resources) = futures::join!(cluster.version(), cluster.resources());
    let kind = |r: Resource| format!("{}/{}", r.gvk.api_version(), r.gvk.kind);
    Ok(ClusterFacts {
        kube_version: version?,
        api_versions: resources?.into_iter().map(kind).collect(),
    })
}
