//! The tree of an application: its objects, and what they own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use gantry_api::Fault;
use gantry_api::app::View;
use gantry_engine::PluginJudge;
use gantry_model::{Cluster, Gvk, Health, Object, ObjectRef, limits};
use gantry_sync::{Judge, external_urls, images};
use serde_json::{Value, json};

use super::managed::live;
use super::{Asked, Running};

/// The kinds that controllers of Kubernetes make for others.
const CHILDREN: [(&str, &str); 5] = [
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "ControllerRevision"),
    ("v1", "Pod"),
    ("batch/v1", "Job"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
];

/// What the last look saw, as it is now, and all that is below it.
pub(super) async fn of(running: &Running, asked: &Asked) -> Result<Value, Fault> {
    let cluster = running.connect(&asked.application)?;
    let recorded = View(asked.object.value()).list("/status/resources");
    // Owned, so that the work may move between threads.
    let roots = recorded.iter().cloned().map(|known| {
        let cluster = Arc::clone(&cluster);
        async move {
            let ObjectRef {
                gvk,
                namespace,
                name,
            } = reference(View(&known));
            let object = live(&*cluster, &gvk, &namespace, &name).await;
            (known, object)
        }
    });
    let roots = futures::stream::iter(roots).buffered(limits::APPLICATIONS_IN_FLIGHT_MAX);
    let roots: Vec<(Value, Option<Object>)> = roots.collect().await;
    let there: Vec<&Object> = roots
        .iter()
        .filter_map(|(_, object)| object.as_ref())
        .collect();
    let owned = owned(&*cluster, &there).await;
    let judged = judged(running, &owned).await;
    let mut nodes: Vec<Value> = Vec::with_capacity(roots.len() + owned.len());
    for (known, object) in &roots {
        nodes.push(match object {
            Some(object) => node(object, known.get("health")),
            None => absent(View(known)),
        });
    }
    for (index, object) in owned.iter().enumerate() {
        nodes.push(node(object, judged.get(index).and_then(Option::as_ref)));
    }
    let orphans = orphans(running, asked, &cluster).await?;
    Ok(json!({"nodes": nodes, "orphanedNodes": orphans, "hosts": []}))
}

/// What is in its namespace and belongs to no application, where its project wants to know.
async fn orphans(
    running: &Running,
    asked: &Asked,
    cluster: &Arc<dyn Cluster>,
) -> Result<Vec<Value>, Fault> {
    let found = running.engine.neighbours(&asked.application).await;
    // Where the application may not go, its tree is told all the same.
    let Ok(Some(neighbours)) = found else {
        return Ok(Vec::new());
    };
    let there = running.applications_of(&neighbours).await?;
    let recorded = View(asked.object.value()).list("/status/resources");
    let managed: Vec<ObjectRef> = recorded
        .iter()
        .map(|known| reference(View(known)))
        .collect();
    let orphans = neighbours.orphans(&managed, |tracking| there.contains(tracking));
    let read = orphans.into_iter().map(|orphan| {
        let cluster = Arc::clone(cluster);
        async move { live(&*cluster, &orphan.gvk, &orphan.namespace, &orphan.name).await }
    });
    let read = futures::stream::iter(read).buffered(limits::APPLICATIONS_IN_FLIGHT_MAX);
    let read: Vec<Option<Object>> = read.collect().await;
    let there: Vec<Object> = read.into_iter().flatten().collect();
    let judged = judged(running, &there).await;
    let nodes = there.iter().enumerate();
    Ok(nodes
        .map(|(index, object)| node(object, judged.get(index).and_then(Option::as_ref)))
        .collect())
}

/// What an entry of `status.resources` names.
fn reference(view: View<'_>) -> ObjectRef {
    ObjectRef {
        gvk: Gvk {
            group: view.text("/group").to_owned(),
            version: view.text("/version").to_owned(),
            kind: view.text("/kind").to_owned(),
        },
        namespace: view.text("/namespace").to_owned(),
        name: view.text("/name").to_owned(),
    }
}

/// How healthy objects are, as nodes have it.
async fn judged(running: &Running, objects: &[Object]) -> Vec<Option<Value>> {
    let judge = PluginJudge(running.plugins.clone());
    let values: Vec<Value> = objects
        .iter()
        .map(|object| object.value().clone())
        .collect();
    let judged = tokio::task::spawn_blocking(move || {
        let values: Vec<&Value> = values.iter().collect();
        judge.assess(&values)
    });
    let judged: Vec<Option<Health>> = judged.await.unwrap_or_default();
    let told = |health: Health| json!({"status": health.status, "message": health.message});
    judged.into_iter().map(|health| health.map(told)).collect()
}

/// All that the objects own, and what that owns.
async fn owned(cluster: &dyn Cluster, roots: &[&Object]) -> Vec<Object> {
    let namespaces: BTreeSet<&str> = roots
        .iter()
        .map(|object| object.namespace())
        .filter(|namespace| !namespace.is_empty())
        .collect();
    let mut all: BTreeMap<String, Object> = BTreeMap::new();
    for (version, kind) in CHILDREN {
        let Ok(Some(resource)) = cluster.resource(&Gvk::parse(version, kind)).await else {
            continue;
        };
        for namespace in &namespaces {
            match cluster.list(&resource, Some(namespace)).await {
                Ok(found) => all.extend(found.into_iter().map(|o| (o.uid().to_owned(), o))),
                Err(error) => tracing::warn!(kind, namespace, %error, "not listed for a tree"),
            }
        }
    }
    let mut known: BTreeSet<String> = roots.iter().map(|o| o.uid().to_owned()).collect();
    all.retain(|uid, _| !known.contains(uid));
    let mut found = Vec::new();
    loop {
        let next = all.iter().filter(|(_, object)| {
            owners(object).any(|owner| known.contains(owner["uid"].as_str().unwrap_or_default()))
        });
        let next: Vec<String> = next.map(|(uid, _)| uid.clone()).collect();
        if next.is_empty() {
            return found;
        }
        for uid in next {
            found.extend(all.remove(&uid));
            known.insert(uid);
        }
    }
}

fn owners(object: &Object) -> impl Iterator<Item = &Value> {
    let owners = object.value().pointer("/metadata/ownerReferences");
    owners.and_then(Value::as_array).into_iter().flatten()
}

fn node(object: &Object, health: Option<&Value>) -> Value {
    let gvk = object.gvk();
    let value = object.value();
    let mut node = json!({
        "group": gvk.group,
        "version": gvk.version,
        "kind": gvk.kind,
        "namespace": object.namespace(),
        "name": object.name(),
        "uid": object.uid(),
        "resourceVersion": object.resource_version(),
        "createdAt": value["metadata"]["creationTimestamp"],
    });
    let parents: Vec<Value> = owners(object)
        .map(|owner| {
            let gvk = Gvk::parse(
                owner["apiVersion"].as_str().unwrap_or_default(),
                owner["kind"].as_str().unwrap_or_default(),
            );
            json!({"group": gvk.group, "version": gvk.version, "kind": gvk.kind,
                "namespace": object.namespace(), "name": owner["name"], "uid": owner["uid"]})
        })
        .collect();
    let mut put = |key: &str, value: Value| node[key] = value;
    if !parents.is_empty() {
        put("parentRefs", parents.into());
    }
    if let Some(health) = health.filter(|health| health.is_object()) {
        put("health", health.clone());
    }
    let images = images(value);
    if !images.is_empty() {
        put("images", json!(images));
    }
    let info = info(value, &gvk);
    if !info.is_empty() {
        put("info", info.into());
    }
    let urls = external_urls(value, &gvk);
    let mut networking = networking(value, &gvk);
    if !urls.is_empty() {
        networking.get_or_insert_default()["externalURLs"] = json!(urls);
    }
    if let Some(networking) = networking {
        put("networkingInfo", networking);
    }
    node
}

/// What is to be there and is not.
fn absent(known: View<'_>) -> Value {
    let mut node = json!({});
    for key in ["group", "version", "kind", "namespace", "name", "health"] {
        let value = &known.0[key];
        if !value.is_null() {
            node[key] = value.clone();
        }
    }
    node
}

/// Argo CD's words beside an object.
fn info(value: &Value, gvk: &Gvk) -> Vec<Value> {
    let item = |name: &str, value: String| json!({"name": name, "value": value});
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Pod") => {
            let containers = value["spec"]["containers"].as_array().map_or(0, Vec::len);
            let statuses = value["status"]["containerStatuses"].as_array();
            let statuses = statuses.map_or(&[][..], Vec::as_slice);
            let ready = statuses.iter().filter(|s| s["ready"] == true).count();
            let restarts: u64 = statuses
                .iter()
                .filter_map(|s| s["restartCount"].as_u64())
                .sum();
            let waiting = statuses.iter().find_map(|s| {
                let reason = |state: &str| s["state"][state]["reason"].as_str();
                reason("waiting").or_else(|| reason("terminated"))
            });
            let phase = value["status"]["phase"].as_str().unwrap_or("Unknown");
            let mut all = vec![
                item("Status Reason", waiting.unwrap_or(phase).to_owned()),
                item("Containers", format!("{ready}/{containers}")),
            ];
            if let Some(node) = value["spec"]["nodeName"].as_str() {
                all.push(item("Node", node.to_owned()));
            }
            if restarts > 0 {
                all.push(item("Restart Count", restarts.to_string()));
            }
            all
        }
        ("apps", "ReplicaSet") => {
            let revision = &value["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
            let revision = revision.as_str();
            revision
                .map(|revision| item("Revision", format!("Rev:{revision}")))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn networking(value: &Value, gvk: &Gvk) -> Option<Value> {
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Pod") => Some(json!({"labels": value["metadata"]["labels"].as_object()?})),
        ("", "Service") => Some(json!({
            "targetLabels": value["spec"]["selector"].as_object()?,
            "ingress": value["status"]["loadBalancer"]["ingress"].as_array().cloned().unwrap_or_default(),
        })),
        _ => None,
    }
}
