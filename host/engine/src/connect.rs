//! The cluster of an application, and what is known of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gantry_model::application::Application;
use gantry_model::cluster::{ClusterScope, Resource};
use gantry_model::project::DestinationCluster;
use gantry_model::{Cluster, ClusterError};

use crate::engine::Engine;
use crate::error::AppError;
use crate::projects::Permission;
use crate::workshop::ClusterFacts;

impl Engine {
    /// What of its cluster it may have anything in.
    pub(crate) fn scope(&self, application: &Application) -> Result<ClusterScope, ClusterError> {
        let (destination, project) = (&application.destination, &application.project);
        self.destinations.scope(destination, project)
    }

    /// The cluster that rules are asked about.
    pub(crate) fn described(
        &self,
        application: &Application,
    ) -> Result<DestinationCluster, ClusterError> {
        self.destinations
            .describe(&application.destination, &application.project)
    }

    /// What its project lets an application have, where it goes.
    pub(crate) fn permission(&self, application: &Application) -> Result<Permission, AppError> {
        let cluster = self.described(application)?;
        let permission = self
            .workshop()
            .projects()
            .permission(application, cluster)?;
        Ok(permission.within(self.scope(application)?))
    }

    /// Whether an application's cluster is known. Asks nobody.
    ///
    /// # Errors
    /// Why there is none for it.
    pub fn reach(&self, application: &Application) -> Result<(), ClusterError> {
        self.found(application).map(drop)
    }

    fn found(&self, application: &Application) -> Result<Arc<dyn Cluster>, ClusterError> {
        let (destination, project) = (&application.destination, &application.project);
        self.destinations.cluster(destination, project)
    }

    /// The cluster of an application, whose changes are those of the account that its project names, where accounts are
    /// used at all; where it names none, none is sent. Asks nobody.
    ///
    /// # Errors
    /// Why there is none for it.
    pub fn connect(&self, application: &Application) -> Result<Arc<dyn Cluster>, ClusterError> {
        self.connected(application, false)
    }

    /// The same to delete an application: where its project names no account, by the one that is logged in.
    pub(crate) fn connect_to_delete(
        &self,
        application: &Application,
    ) -> Result<Arc<dyn Cluster>, ClusterError> {
        self.connected(application, true)
    }

    fn connected(
        &self,
        application: &Application,
        is_deletion: bool,
    ) -> Result<Arc<dyn Cluster>, ClusterError> {
        let cluster = self.found(application)?;
        let projects = self.workshop().projects();
        if !projects.has_authors() {
            return Ok(cluster);
        }
        let described = self.described(application)?;
        let Some(author) = projects.author(application, &described, is_deletion) else {
            return Ok(cluster);
        };
        cluster.written_by(&author).ok_or_else(|| {
            let message = format!(
                "cluster {} cannot be written to as another user",
                cluster.name()
            );
            ClusterError::Forbidden(message)
        })
    }
}

/// The kinds of clusters as renderers are told them, `apps/v1/Deployment`: hundreds of texts, which are the same at most
/// looks.
#[derive(Debug, Default)]
pub(crate) struct KindsTold(Mutex<HashMap<String, Told>>);

/// Kinds as they were read, and their texts.
type Told = (Arc<[Resource]>, Arc<[String]>);

impl KindsTold {
    fn of(&self, cluster: &str, resources: Arc<[Resource]>) -> Arc<[String]> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, texts)) = told.get(cluster)
            && Arc::ptr_eq(known, &resources)
        {
            return Arc::clone(texts);
        }
        let kind = |r: &Resource| format!("{}/{}", r.gvk.api_version(), r.gvk.kind);
        let texts: Arc<[String]> = resources.iter().map(kind).collect();
        told.insert(cluster.to_owned(), (resources, Arc::clone(&texts)));
        texts
    }
}

/// What renderers are told of the cluster.
pub(crate) async fn facts(
    cluster: &dyn Cluster,
    told: &KindsTold,
) -> Result<ClusterFacts, ClusterError> {
    let (version, resources) = futures::join!(cluster.version(), cluster.resources());
    Ok(ClusterFacts {
        kube_version: version?,
        api_versions: told.of(cluster.name(), resources?),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gantry_model::Gvk;
    use gantry_model::cluster::Resource;

    use super::KindsTold;

    #[test]
    fn kinds_are_told_anew_when_they_were_read_anew() {
        let told = KindsTold::default();
        let kinds = |kind: &str| -> Arc<[Resource]> {
            let resource = Resource {
                gvk: Gvk::parse("apps/v1", kind),
                plural: String::new(),
                namespaced: true,
                listable: true,
            };
            [resource].into()
        };
        let (first, second) = (kinds("Deployment"), kinds("StatefulSet"));
        for (cluster, kinds, expected) in [
            ("one", &first, "apps/v1/Deployment"),
            ("one", &second, "apps/v1/StatefulSet"),
            ("two", &first, "apps/v1/Deployment"),
            ("one", &second, "apps/v1/StatefulSet"),
        ] {
            let texts = told.of(cluster, Arc::clone(kinds));
            assert_eq!(texts[..], [expected.to_owned()]);
            assert!(Arc::ptr_eq(&texts, &told.of(cluster, Arc::clone(kinds))));
        }
    }
}
