//! The applications, their objects, and what is done to them.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use gantry_testbed::{GitRepository, Testbed};
use kube::api::{
    Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

use crate::Failure;

/// The Service's port as Git has it at first, and after a commit.
const PORT: i64 = 80;
pub(crate) const CHANGED_PORT: i64 = 81;
/// Its selector after an edit by hand.
const EDITED: &str = "edited";

/// Time without a write after which controllers are at rest, and what they may take until then.
const REST: Duration = Duration::from_secs(5);
const REST_MAX: Duration = Duration::from_secs(900);

/// The name of an application, and of its objects.
pub(crate) fn name(index: usize) -> String {
    format!("app-{index:05}")
}

/// Whether drift of an application is repaired: every other one of each spoke.
pub(crate) fn is_healed(index: usize) -> bool {
    index % 4 < 2
}

/// The objects of an application.
pub(crate) fn of(index: usize) -> Vec<Value> {
    with_port(index, PORT)
}

fn with_port(index: usize, port: i64) -> Vec<Value> {
    let name = name(index);
    let metadata = json!({"name": name, "labels": {"app": name}});
    let container = json!({
        "name": "podinfod", "image": "ghcr.io/stefanprodan/podinfo:6.5.0",
        "ports": [{"containerPort": 9898, "name": "http"}],
        "resources": {"limits": {"cpu": "2000m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "64Mi"}},
    });
    let pod = json!({"serviceAccountName": name, "containers": [container]});
    let backend = json!({"service": {"name": name, "port": {"number": port}}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
    vec![
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {
            "selector": {"app": name}, "ports": [{"name": "http", "port": port, "targetPort": 9898}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod}}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {
            "rules": [{"host": format!("{name}.example.com"), "http": {"paths": [path]}}]}}),
    ]
}

fn text(objects: &[Value]) -> String {
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    documents.join("\n---\n")
}

/// Commits a directory for each application.
pub(crate) fn commit(repository: &GitRepository, applications: usize) -> Result<(), Failure> {
    let files =
        (0..applications).map(|index| (format!("{}/all.yaml", name(index)), text(&of(index))));
    let files: Vec<(String, String)> = files.collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    repository.commit(&files)?;
    Ok(())
}

/// Commits another port for one of them.
pub(crate) fn commit_change(repository: &GitRepository, index: usize) -> Result<(), Failure> {
    let path = format!("{}/all.yaml", name(index));
    repository.commit(&[(&path, &text(&with_port(index, CHANGED_PORT)))])?;
    Ok(())
}

/// The applications' manifests, on both spokes in turn.
pub(crate) fn applications(repository: &GitRepository, count: usize) -> Vec<Value> {
    let one = |index: usize| {
        let spoke = super::SPOKES
            .get(index % super::SPOKES.len())
            .copied()
            .unwrap_or_default();
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name(index)}, "spec": {
            "project": "default",
            "source": {"repoURL": repository.file_url(), "path": name(index)},
            "destination": {"name": spoke, "namespace": "apps"},
            "syncPolicy": {"automated": {"selfHeal": is_healed(index), "prune": true}}}})
    };
    (0..count).map(one).collect()
}

/// kube's own client for a context.
pub(crate) async fn client(testbed: &Testbed, context: &str) -> Result<Client, Failure> {
    let kubeconfig = Kubeconfig::read_from(testbed.kubeconfig())?;
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await?;
    let client = Client::try_from(config)?;
    client.apiserver_version().await?;
    Ok(client)
}

fn api(client: &Client, object: &Value, namespace: &str) -> Api<DynamicObject> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion")
        .split_once('/')
        .unwrap_or(("", text("apiVersion")));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("kind")));
    if namespace.is_empty() {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

/// Makes a namespace.
pub(crate) async fn namespace(client: &Client, name: &str) -> Result<(), Failure> {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let params = PatchParams::apply("bench").force();
    api(client, &object, "")
        .patch(name, &params, &Patch::Apply(&object))
        .await?;
    Ok(())
}

/// Applies objects, so many at once.
pub(crate) async fn apply(
    client: &Client,
    objects: &[Value],
    namespace: &str,
    at_once: usize,
) -> Result<(), Failure> {
    let writes = objects.iter().map(|object| async move {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let params = PatchParams::apply("bench").force();
        api(client, object, namespace)
            .patch(name, &params, &Patch::Apply(object))
            .await
    });
    let writes = futures::stream::iter(writes).buffer_unordered(at_once);
    writes.try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}

/// Waits until controllers have nothing left to do with the Deployments of a namespace: of a thousand they write for
/// minutes, and whoever is timed meanwhile shares the machine with them.
pub(crate) async fn until_at_rest(client: &Client, namespace: &str) -> Result<(), Failure> {
    let kind = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
    let deployments = api(client, &kind, namespace);
    let (began, mut before) = (Instant::now(), Vec::new());
    while began.elapsed() < REST_MAX {
        let list = deployments.list(&ListParams::default()).await?;
        let is_seen = |d: &DynamicObject| d.data["status"]["observedGeneration"].is_i64();
        let are_seen = list.items.iter().all(is_seen);
        let versions = list.items.into_iter().map(|d| d.metadata.resource_version);
        let versions: Vec<Option<String>> = versions.collect();
        if are_seen && versions == before {
            return Ok(());
        }
        before = versions;
        tokio::time::sleep(REST).await;
    }
    Err(format!("the controllers still write after {} s", REST_MAX.as_secs()).into())
}

fn services(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(
        client,
        &json!({"apiVersion": "v1", "kind": "Service"}),
        namespace,
    )
}

/// Changes the selector by hand.
pub(crate) async fn edit(client: &Client, namespace: &str, index: usize) -> Result<(), Failure> {
    let patch = Patch::Merge(json!({"spec": {"selector": {"app": EDITED}}}));
    services(client, namespace)
        .patch(&name(index), &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

/// The port as it is.
pub(crate) async fn port_of(
    client: &Client,
    namespace: &str,
    index: usize,
) -> Result<i64, Failure> {
    let service = services(client, namespace).get(&name(index)).await?;
    Ok(service.data["spec"]["ports"][0]["port"]
        .as_i64()
        .unwrap_or_default())
}

/// Whether the edit by hand is still there.
pub(crate) async fn is_edited(
    client: &Client,
    namespace: &str,
    index: usize,
) -> Result<bool, Failure> {
    let service = services(client, namespace).get(&name(index)).await?;
    Ok(service.data["spec"]["selector"]["app"] == EDITED)
}
