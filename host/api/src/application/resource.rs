//! One object of an application in its cluster: only what is in its tree.

use std::sync::Arc;

use gantry_model::cluster::{DeleteOptions, PatchKind, Propagation, Resource, WriteOptions};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use gantry_store::Reason;
use serde_json::{Value, json};

use super::state::id;
use crate::app::View;
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::mask::{hide, is_secret};
use crate::settings;

/// Who writes, for the cluster.
const FIELD_MANAGER: &str = "gantry-server";

/// An object that the caller may act on.
pub(super) struct Target {
    pub(super) app: Object,
    cluster: Arc<dyn Cluster>,
    object: ObjectRef,
    uid: String,
}

/// The object that a request is about, for an action. To change or delete it is an action of its own: who may do so
/// to the application may not for that, unless the settings say so.
pub(super) async fn target(call: Call<'_>, action: &str) -> Result<Target, Fault> {
    let ask = call.ask;
    let (group, kind) = (ask.text("group"), ask.text("kind"));
    let (namespace, name) = (ask.text("namespace"), ask.text("resourceName"));
    let own = format!("{action}/{group}/{kind}/{namespace}/{name}");
    let app = match action {
        "update" | "delete" => match call.app("name", &own).await {
            Err(fault) if settings::objects_inherit(call).await? => match fault.code {
                Code::PermissionDenied => call.app("name", action).await?,
                _ => return Err(fault),
            },
            found => found?,
        },
        _ => call.app("name", action).await?,
    };
    let tree = call.desk.inside.tree(id(&app)).await?;
    let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let found = nodes_of(&tree).find(|node| {
        text(node, "group") == group
            && text(node, "kind") == kind
            && text(node, "namespace") == namespace
            && text(node, "name") == name
    });
    let Some(node) = found.filter(|node| !text(node, "uid").is_empty()) else {
        let message = format!(
            "{kind} {group} {name} not found as part of application {}",
            View(app.value()).name()
        );
        return Err(Fault::invalid(message));
    };
    let version = crate::app::or(ask.text("version"), node["version"].as_str().unwrap_or(""));
    let cluster = call.desk.inside.cluster(id(&app)).await?;
    let uid = text(node, "uid");
    Ok(Target {
        app,
        cluster,
        object: ObjectRef {
            gvk: Gvk {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: kind.to_owned(),
            },
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        },
        uid,
    })
}

/// An application's objects, what they own, and what is told beside them since no application has it.
fn nodes_of(tree: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["nodes", "orphanedNodes"].into_iter();
    lists.flat_map(|list| tree[list].as_array().into_iter().flatten())
}

impl Target {
    async fn resource(&self) -> Result<Resource, Fault> {
        let found = self.cluster.resource(&self.object.gvk).await;
        found.map_err(of_cluster)?.ok_or_else(|| {
            let message = format!("the cluster does not know the kind {}", self.object.gvk);
            Fault::new(Code::NotFound, message)
        })
    }

    /// The object in events, as Argo CD names it there.
    fn told(&self) -> String {
        let (gvk, name) = (&self.object.gvk, &self.object.name);
        format!("{}/{} '{name}'", gvk.group, gvk.kind)
    }

    /// The object as the cluster has it.
    pub(super) async fn live(&self) -> Result<Object, Fault> {
        let resource = self.resource().await?;
        let (namespace, name) = (&self.object.namespace, &self.object.name);
        let found = self.cluster.get(&resource, namespace, name).await;
        found
            .map_err(of_cluster)?
            .ok_or_else(|| Fault::new(Code::NotFound, format!("{} is gone", self.object)))
    }
}

/// What a cluster says. It names objects that the caller may see.
pub(super) fn of_cluster(error: ClusterError) -> Fault {
    let code = match &error {
        ClusterError::AlreadyExists { .. } => Code::AlreadyExists,
        _ => Code::FailedPrecondition,
    };
    Fault::new(code, error.to_string())
}

fn shown(call: Call<'_>, object: Object) -> Value {
    let mut value = object.into_value();
    hide(&mut value, &call.desk.inside.sensitive_annotations());
    json!({"manifest": value.to_string()})
}

pub(super) async fn get(call: Call<'_>) -> Result<Value, Fault> {
    Ok(shown(call, target(call, "get").await?.live().await?))
}

/// There are no links to elsewhere here; of what is not there, not even that is told.
pub(super) async fn no_links(call: Call<'_>) -> Result<Value, Fault> {
    target(call, "get").await?;
    Ok(json!({"items": []}))
}

pub(super) async fn patch(call: Call<'_>) -> Result<Value, Fault> {
    let target = target(call, "update").await?;
    let kind = match call.ask.text("patchType") {
        "application/merge-patch+json" => PatchKind::Merge,
        "application/json-patch+json" => PatchKind::Json,
        other => {
            let message = format!(
                "patch type {other:?} is not supported: write application/merge-patch+json or application/json-patch+json"
            );
            return Err(Fault::invalid(message));
        }
    };
    let body: Value = serde_json::from_str(call.ask.text("patch"))
        .map_err(|_| Fault::invalid("the patch is no JSON"))?;
    let resource = target.resource().await?;
    let options = WriteOptions {
        field_manager: FIELD_MANAGER,
        dry_run: false,
        validate: true,
    };
    let patched = target
        .cluster
        .patch(&resource, &target.object, kind, &body, options)
        .await;
    let patched = patched.map_err(|error| of_patch(&target.object, error))?;
    let did = format!("patched resource {}", target.told());
    call.note(&target.app, Reason::ResourceUpdated, &did);
    Ok(shown(call, patched))
}

/// CVE-2025-23216: what a server says of a patch may have the values of the Secret that it is about.
fn of_patch(object: &ObjectRef, error: ClusterError) -> Fault {
    if is_secret(&object.gvk.group, &object.gvk.kind) {
        let message = format!(
            "failed to patch Secret {}/{}",
            object.namespace, object.name
        );
        return Fault::new(Code::FailedPrecondition, message);
    }
    of_cluster(error)
}

pub(super) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let target = target(call, "delete").await?;
    let (force, orphan) = (call.ask.flag("force"), call.ask.flag("orphan"));
    let propagation = match (orphan, force) {
        (true, _) => Propagation::Orphan,
        (_, true) => Propagation::Background,
        _ => Propagation::Foreground,
    };
    let options = DeleteOptions {
        uid: &target.uid,
        propagation,
        dry_run: false,
        grace_secs: (force && !orphan).then_some(0),
    };
    let resource = target.resource().await?;
    let deleted = target
        .cluster
        .delete(&resource, &target.object, options)
        .await;
    deleted.map_err(of_cluster)?;
    let did = format!("deleted resource {}", target.told());
    call.note(&target.app, Reason::ResourceDeleted, &did);
    Ok(json!({}))
}

/// The events of an object in the tree, or of the application itself.
pub(super) async fn events(call: Call<'_>) -> Result<Value, Fault> {
    let app = call.app("name", "get").await?;
    let ask = call.ask;
    let (namespace, name) = (ask.text("resourceNamespace"), ask.text("resourceName"));
    let uid = ask.text("resourceUID");
    let none = json!({"metadata": {}, "items": []});
    if name.is_empty() && uid.is_empty() {
        let items = call.desk.home.events(&app).await?;
        return Ok(json!({"metadata": {}, "items": items}));
    }
    let tree = call.desk.inside.tree(id(&app)).await?;
    let is_it = |node: &&Value| {
        let is = |key: &str, wanted: &str| node[key].as_str().unwrap_or_default() == wanted;
        is("uid", uid) && is("name", name) && is("namespace", namespace)
    };
    if !nodes_of(&tree).any(|node| is_it(&node)) {
        let message = format!("{name} not found as part of application {}", app.name());
        return Err(Fault::invalid(message));
    }
    let cluster = call.desk.inside.cluster(id(&app)).await?;
    let kind = cluster.resource(&Gvk::parse("v1", "Event")).await;
    let Some(resource) = kind.map_err(of_cluster)? else {
        return Ok(none);
    };
    let within = Some(namespace).filter(|namespace| !namespace.is_empty());
    let all = cluster.list(&resource, within).await.map_err(of_cluster)?;
    let items = all.into_iter().map(Object::into_value);
    let items: Vec<Value> = items
        .filter(|event| event["involvedObject"]["uid"] == uid)
        .collect();
    Ok(json!({"metadata": {}, "items": items}))
}
