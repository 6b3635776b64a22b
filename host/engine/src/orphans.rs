//! What is in an application's namespace and belongs to no application: `orphanedResources` of its
//! project, as Argo CD's `getResourceTree` has it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::StreamExt;
use gantry_model::application::Application;
use gantry_model::cluster::{
    ListOptions, Resident, Resource, is_transient_kind, owners_of, short_uid,
};
use gantry_model::project::OrphanRules;
use gantry_model::{Cluster, ClusterError, Object, ObjectRef, limits};
use gantry_sync::{Key, Permit as _, owner};

use crate::engine::Engine;
use crate::error::AppError;
use crate::projects::Permission;
use crate::workshop::tracking_name;

/// Everything in the namespace of an application whose project wants to know of what nobody has there.
#[derive(Debug)]
pub struct Neighbours {
    rules: OrphanRules,
    permission: Permission,
    residents: Vec<Resident>,
}

impl Engine {
    /// What is in an application's namespace; none where its project does not want to know.
    ///
    /// # Errors
    /// When the namespace cannot be read at all.
    pub async fn neighbours(
        &self,
        application: &Application,
    ) -> Result<Option<Neighbours>, AppError> {
        let permission = self.permission(application)?;
        let cluster = self.connect(application)?;
        let tracking = tracking_name(application);
        let namespace = application.destination.namespace.as_str();
        let rules = permission.orphans().filter(|_| !namespace.is_empty());
        let Some(rules) = rules.cloned() else {
            cluster.leave_residents(&tracking);
            return Ok(None);
        };
        let residents = match cluster.residents(&tracking, namespace).await {
            Some(residents) => residents,
            None => listed(&cluster, namespace).await?,
        };
        Ok(Some(Neighbours {
            rules,
            permission,
            residents,
        }))
    }
}

impl Neighbours {
    /// Whether an application that has orphans is to be warned.
    pub fn warn(&self) -> bool {
        self.rules.warn
    }

    /// The applications that tracking annotations name.
    pub fn applications(&self) -> BTreeSet<&str> {
        let named = self
            .residents
            .iter()
            .filter_map(|r| r.application.as_deref());
        named.collect()
    }

    /// What belongs to none of the applications that there are, and what that owns. `managed` is what
    /// the application itself has.
    pub fn orphans(
        &self,
        managed: &[ObjectRef],
        is_there: impl Fn(&str) -> bool,
    ) -> Vec<ObjectRef> {
        let managed: HashSet<Key> = managed.iter().map(Key::from).collect();
        let is_free = |resident: &Resident| {
            let permitted = self.permission.permit(&resident.object, true);
            let belongs = resident.application.as_deref().is_some_and(&is_there);
            permitted.is_ok() && !belongs
        };
        let is_top = |resident: &&Resident| {
            resident.owners.is_empty()
                && !managed.contains(&Key::from(&resident.object))
                && !self.rules.ignores(&resident.object)
                && is_free(resident)
        };
        let mut found: Vec<&Resident> = self.residents.iter().filter(is_top).collect();
        let mut uids: HashSet<u64> = found.iter().map(|resident| resident.uid).collect();
        loop {
            let is_below = |resident: &&Resident| {
                let is_owned = resident.owners.iter().any(|owner| uids.contains(owner));
                is_owned && !uids.contains(&resident.uid) && is_free(resident)
            };
            let below: Vec<&Resident> = self.residents.iter().filter(is_below).collect();
            if below.is_empty() {
                break;
            }
            uids.extend(below.iter().map(|resident| resident.uid));
            found.extend(below);
        }
        let mut orphans: Vec<ObjectRef> = found.into_iter().map(|r| r.object.clone()).collect();
        orphans.sort_unstable();
        orphans
    }
}

/// The same of a cluster that nobody keeps watch of: the metadata of every kind.
async fn listed(
    cluster: &Arc<dyn Cluster>,
    namespace: &str,
) -> Result<Vec<Resident>, ClusterError> {
    let mut seen = HashSet::new();
    let is_sought = |resource: &&Resource| {
        let gvk = &resource.gvk;
        resource.namespaced && resource.listable && !is_transient_kind(&gvk.group, &gvk.kind)
    };
    let resources = cluster.resources().await?;
    let sought = resources.iter().filter(is_sought);
    let once = sought.filter(|r| seen.insert((&r.gvk.group, &r.gvk.kind)));
    let lists = once.cloned().map(|resource| {
        let (cluster, namespace) = (Arc::clone(cluster), namespace.to_owned());
        async move {
            let options = ListOptions {
                namespace: Some(&namespace),
                metadata_only: true,
                ..ListOptions::default()
            };
            let listed = cluster.list_matching(&resource, options).await;
            listed.unwrap_or_else(|error| {
                tracing::warn!(kind = %resource.gvk, namespace, %error, "not searched for orphans");
                Vec::new()
            })
        }
    });
    // Owned, so that the work may move between threads.
    let lists = futures::stream::iter(lists.collect::<Vec<_>>());
    let lists = lists.buffered(limits::SEARCH_IN_FLIGHT_MAX);
    let objects: Vec<Object> = lists.collect::<Vec<_>>().await.concat();
    let mut uids = HashSet::new();
    let residents = objects.iter().map(|object| Resident {
        object: object.reference(),
        uid: short_uid(object.uid()),
        owners: owners_of(object),
        application: owner(object).map(str::to_owned),
    });
    // One object may be served in two groups.
    Ok(residents.filter(|r| uids.insert(r.uid)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use gantry_model::cluster::Resident;
    use gantry_model::project::{AppProject, DestinationCluster, ProjectRules};
    use gantry_model::{Gvk, ObjectRef};
    use serde_json::json;

    use super::Neighbours;
    use crate::projects::Permission;

    fn object(kind: &str, name: &str) -> ObjectRef {
        ObjectRef {
            gvk: Gvk::parse("v1", kind),
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        }
    }

    fn resident(kind: &str, name: &str, uid: u64, owner: u64, app: &str) -> Resident {
        Resident {
            object: object(kind, name),
            uid,
            owners: (owner > 0).then_some(owner).into_iter().collect(),
            application: Some(app.to_owned()).filter(|app| !app.is_empty()),
        }
    }

    #[test]
    fn what_nobody_has_is_told_with_what_it_owns() {
        let spec = json!({
            "destinations": [{"server": "*", "namespace": "*"}],
            "namespaceResourceBlacklist": [{"group": "", "kind": "Endpoints"}],
            "orphanedResources": {"ignore": [{"kind": "Secret", "name": "kept-*"}]},
        });
        let project = AppProject {
            name: "shop".to_owned(),
            namespace: String::new(),
            annotations: BTreeMap::new(),
            spec,
        };
        let rules = Arc::new(ProjectRules::of(&project).expect("rules"));
        let residents = vec![
            resident("ConfigMap", "own", 1, 0, "web"),
            resident("ConfigMap", "untracked", 2, 0, ""),
            resident("Pod", "below-own", 3, 1, ""),
            resident("Deployment", "old", 4, 0, "gone"),
            resident("ReplicaSet", "below-old", 5, 4, ""),
            resident("Pod", "below-that", 6, 5, ""),
            resident("Secret", "kept-a", 7, 0, ""),
            resident("Pod", "below-kept", 8, 7, ""),
            resident("ServiceAccount", "default", 9, 0, ""),
            resident("Endpoints", "denied", 10, 0, ""),
            resident("Job", "of-another", 11, 4, "other"),
            resident("Secret", "free", 12, 0, ""),
        ];
        let cluster = DestinationCluster {
            server: "https://alpha".to_owned(),
            ..DestinationCluster::default()
        };
        let neighbours = Neighbours {
            rules: rules.orphans.clone().expect("rules of orphans"),
            permission: Permission::new(Some(rules), cluster),
            residents,
        };
        assert!(neighbours.warn());
        assert_eq!(
            neighbours.applications().into_iter().collect::<Vec<_>>(),
            ["gone", "other", "web"]
        );
        let managed = [object("ConfigMap", "untracked")];
        let orphans = neighbours.orphans(&managed, |app| app != "gone");
        let mut names: Vec<&str> = orphans.iter().map(|o| o.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["below-old", "below-that", "free", "old"]);
    }
}
