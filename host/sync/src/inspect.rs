//! How an application is: each of its objects against Git, its health, and what it owns.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use gantry_model::cluster::Resource;
use gantry_model::{
    ClusterError, Diagnostic, Gvk, Health, HealthStatus, Object, ObjectRef, limits,
};
use serde::Serialize;

use crate::assess::Assessed;
use crate::judge::verdicts;
use crate::report::SyncStatus;
use crate::run::Sync;
use crate::tree::{Node, Part, tree};
use crate::works::works;

/// The kinds that controllers of Kubernetes make for others.
const CHILDREN: [(&str, &str); 5] = [
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "ControllerRevision"),
    ("v1", "Pod"),
    ("batch/v1", "Job"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
];

/// One object of an application.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspected {
    /// Which object.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// Whether it is what Git has.
    pub sync: SyncStatus,
    /// How it is; none where its kind has no health.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStatus>,
    /// Why, for what is not as it should be; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// How an application is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Whether the cluster has what Git has.
    pub sync: SyncStatus,
    /// The worst health of all objects.
    pub health: Health,
    /// Every object, in the order of a sync; hooks are none of them.
    pub objects: Vec<Inspected>,
    /// The same objects, with what they own.
    pub tree: Vec<Node>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

impl Sync<'_> {
    /// Looks at an application without changing anything.
    ///
    /// # Errors
    /// Where the cluster cannot be asked at all.
    pub async fn inspect(&self, objects: Vec<Object>) -> Result<State, ClusterError> {
        let examined = self.examine(objects, None).await?;
        let mut parts: Vec<Part> = Vec::new();
        let mut inspected = Vec::new();
        let found = examined.objects.iter().filter_map(|l| l.found.as_ref());
        let there: Vec<&Object> = found.collect();
        let children = self.children(&there).await;
        for looked in &examined.objects {
            let one = Inspected::of(&looked.told);
            let uid = looked.found.as_ref().map(|object| object.uid().to_owned());
            parts.push(Part::new(&one, uid.unwrap_or_default()));
            inspected.push(one);
        }
        let all: Vec<&Object> = children.iter().collect();
        let health_of_children = verdicts(self.judge, &all);
        let children = children.into_iter().zip(health_of_children).collect();
        Ok(State {
            sync: worst_sync(&inspected),
            health: worst_health(&inspected),
            tree: tree(parts, children),
            objects: inspected,
            warnings: examined.warnings,
        })
    }

    /// The tree of objects that are known already: each as it was told, with what it owns now.
    ///
    /// # Errors
    /// Where the cluster cannot be asked at all.
    pub async fn grown(&self, known: Vec<Inspected>) -> Result<Vec<Node>, ClusterError> {
        let reads = known.iter().map(|one| self.found(&one.object));
        let reads = works(reads).buffered(limits::SEARCH_IN_FLIGHT_MAX);
        let found: Vec<Option<Object>> = reads.try_collect().await?;
        let there: Vec<&Object> = found.iter().flatten().collect();
        let children = self.children(&there).await;
        let all: Vec<&Object> = children.iter().collect();
        let health_of_children = verdicts(self.judge, &all);
        let uid = |found: &Option<Object>| found.as_ref().map(|o| o.uid().to_owned());
        let parts = known.iter().zip(&found);
        let parts = parts.map(|(one, found)| Part::new(one, uid(found).unwrap_or_default()));
        let children = children.into_iter().zip(health_of_children).collect();
        Ok(tree(parts.collect(), children))
    }

    async fn found(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        let Some(resource) = self.cluster.resource(&object.gvk).await? else {
            return Ok(None);
        };
        let get = || self.cluster.get(&resource, &object.namespace, &object.name);
        self.limiter.call(get).await
    }

    /// Everything of the kinds that can be owned, in the namespaces of those that may own.
    async fn children(&self, owners: &[&Object]) -> Vec<Object> {
        let namespaces: BTreeSet<&str> = owners
            .iter()
            .map(|object| object.namespace())
            .filter(|namespace| !namespace.is_empty())
            .collect();
        let mut lists: Vec<(Resource, &str)> = Vec::new();
        for (version, kind) in CHILDREN {
            let gvk = Gvk::parse(version, kind);
            if let Ok(Some(resource)) = self.cluster.resource(&gvk).await {
                lists.extend(namespaces.iter().map(|ns| (resource.clone(), *ns)));
            }
        }
        let reads = lists.into_iter().map(|(resource, namespace)| async move {
            let list = || self.cluster.list(&resource, Some(namespace));
            let listed = self.limiter.call(list).await;
            listed.unwrap_or_else(|error| {
                tracing::warn!(kind = %resource.gvk, namespace, %error, "not listed for the tree");
                Vec::new()
            })
        });
        let reads = works(reads).buffered(limits::SEARCH_IN_FLIGHT_MAX);
        reads.collect::<Vec<_>>().await.concat()
    }
}

impl Inspected {
    fn of(told: &Assessed) -> Self {
        let health = told.health.as_ref();
        let mut message = told.message.clone();
        if let Some(health) = health
            && message.is_empty()
            && health.status != HealthStatus::Healthy
        {
            message.clone_from(&health.message);
        }
        // What cannot be read is not known to be absent.
        let missing = !told.is_there && told.sync != SyncStatus::Unknown;
        Self {
            object: told.object.clone(),
            sync: told.sync,
            health: health
                .map(|health| health.status)
                .or(missing.then_some(HealthStatus::Missing)),
            message,
        }
    }
}

fn worst_sync(objects: &[Inspected]) -> SyncStatus {
    let any = |status| objects.iter().any(|object| object.sync == status);
    if any(SyncStatus::Unknown) {
        SyncStatus::Unknown
    } else if any(SyncStatus::OutOfSync) {
        SyncStatus::OutOfSync
    } else {
        SyncStatus::Synced
    }
}

fn worst_health(objects: &[Inspected]) -> Health {
    let judged = objects.iter().filter(|object| object.health.is_some());
    let worst = judged.max_by_key(|object| object.health);
    let status = worst
        .and_then(|o| o.health)
        .unwrap_or(HealthStatus::Healthy);
    let message = match worst {
        Some(object) if status != HealthStatus::Healthy => {
            format!("{}: {}", object.object, object.message)
        }
        _ => String::new(),
    };
    Health { status, message }
}
