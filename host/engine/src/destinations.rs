//! Where the clusters come from.

use std::sync::Arc;

use gantry_cluster::Clusters;
use gantry_model::application::Destination;
use gantry_model::cluster::ClusterScope;
use gantry_model::project::DestinationCluster;
use gantry_model::{Cluster, ClusterError};

/// Finds the cluster that a destination means.
pub trait Destinations: Send + Sync {
    /// The cluster, for applications of a project.
    ///
    /// # Errors
    /// When there is none, or it is not for that project.
    fn cluster(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<Arc<dyn Cluster>, ClusterError>;

    /// What the rules of a project are asked about: name and server of the cluster that [`Self::cluster`]
    /// gives, whichever of them the destination has; where that refuses one of another project, of this one,
    /// since rules say so themselves. Asks nobody.
    ///
    /// # Errors
    /// When there is none.
    fn describe(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<DestinationCluster, ClusterError>;

    /// What of the cluster applications of a project may have objects in. Asks nobody.
    ///
    /// # Errors
    /// When there is no such cluster, or it is not for that project.
    fn scope(&self, destination: &Destination, project: &str)
    -> Result<ClusterScope, ClusterError>;
}

impl Destinations for Clusters {
    fn cluster(
        &self,
        destination: &Destination,
        _project: &str,
    ) -> Result<Arc<dyn Cluster>, ClusterError> {
        let found = if destination.name.is_empty() {
            self.by_server(&destination.server)
        } else {
            self.by_name(&destination.name)
        };
        found.map(|cluster| cluster as Arc<dyn Cluster>)
    }

    fn describe(
        &self,
        destination: &Destination,
        _project: &str,
    ) -> Result<DestinationCluster, ClusterError> {
        Self::describe(self, destination)
    }

    fn scope(
        &self,
        destination: &Destination,
        _project: &str,
    ) -> Result<ClusterScope, ClusterError> {
        Self::scope(self, destination)
    }
}
