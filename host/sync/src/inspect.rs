//! How an application is: each of its objects against Git, its health, and what it owns.

use std::collections::BTreeSet;

use futures::StreamExt;
use gantry_model::cluster::Resource;
use gantry_model::{
    ClusterError, Diagnostic, Gvk, Health, HealthStatus, Object, ObjectRef, limits,
};
use serde::Serialize;

use crate::desired::Wanted;
use crate::identity::Key;
use crate::judge::verdicts;
use crate::live::{Live, Reading};
use crate::plan::{Work, tasks};
use crate::report::{Row, SyncStatus};
use crate::run::Sync;
use crate::tree::{Node, Part, tree};

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
        let (desired, live, leftover) = self.look(objects, Reading::WHOLE).await?;
        let warnings = [desired.warnings, leftover.warnings].concat();
        let steps = self.steps(desired.wanted, leftover.objects);
        let ordinary = tasks(&steps).filter(|task| !task.is_hook());
        let looks = ordinary.map(|task| async {
            match &task.work {
                Work::Apply(wanted) => self.look_at(wanted, &live).await,
                Work::Prune(object) => self.look_at_leftover(object).await,
            }
        });
        let looks = futures::stream::iter(looks).buffered(limits::APPLY_IN_FLIGHT_MAX);
        let looked: Vec<(Inspected, Option<Object>)> = looks.collect().await;
        let unread = desired.rows.iter().map(|row| (of_row(row), None));
        let mut parts: Vec<Part> = Vec::new();
        let mut inspected = Vec::new();
        let (told, found): (Vec<_>, Vec<_>) = looked.into_iter().chain(unread).unzip();
        let there: Vec<&Object> = found.iter().flatten().collect();
        let children = self.children(&there).await;
        let mut judged = verdicts(self.judge, &there).into_iter();
        for (mut one, found) in told.into_iter().zip(&found) {
            match found {
                Some(_) => one.judge(judged.next().flatten()),
                None => one.health = Some(HealthStatus::Missing),
            }
            let uid = found.as_ref().map(|object| object.uid().to_owned());
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
            warnings,
        })
    }

    async fn look_at(&self, wanted: &Wanted, live: &Live) -> (Inspected, Option<Object>) {
        let found = live.get(&Key::of(&wanted.object)).cloned();
        let reference = wanted.object.reference();
        if found.is_none() {
            return (Inspected::new(reference, SyncStatus::OutOfSync, ""), None);
        }
        let (sync, message) = match self.compare(wanted, live).await {
            Ok(None) => (SyncStatus::Synced, String::new()),
            Ok(Some(difference)) => (SyncStatus::OutOfSync, difference.message),
            Err(row) => (SyncStatus::Unknown, row.message),
        };
        (Inspected::new(reference, sync, &message), found)
    }

    /// What the search found has its metadata only; its health wants more.
    async fn look_at_leftover(&self, object: &Object) -> (Inspected, Option<Object>) {
        let whole = self.whole(object).await;
        let sync = if gantry_diff::ignores_extraneous(object) {
            SyncStatus::Synced
        } else {
            SyncStatus::OutOfSync
        };
        let told = Inspected::new(object.reference(), sync, "no longer in Git");
        (told, Some(whole.unwrap_or_else(|| object.clone())))
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
        let reads = futures::stream::iter(reads).buffered(limits::SEARCH_IN_FLIGHT_MAX);
        reads.collect::<Vec<_>>().await.concat()
    }
}

impl Inspected {
    fn new(object: ObjectRef, sync: SyncStatus, message: &str) -> Self {
        Self {
            object,
            sync,
            health: None,
            message: message.to_owned(),
        }
    }

    fn judge(&mut self, verdict: Option<Health>) {
        let Some(health) = verdict else { return };
        self.health = Some(health.status);
        if self.message.is_empty() && health.status != HealthStatus::Healthy {
            self.message = health.message;
        }
    }
}

/// What cannot be applied at all.
fn of_row(row: &Row) -> Inspected {
    Inspected::new(row.object.clone(), SyncStatus::Unknown, &row.message)
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
