//! Each object of an application as Git has it and as it is. No Secret's values.

use std::collections::BTreeMap;

use futures::StreamExt;
use gantry_api::Fault;
use gantry_api::app::View;
use gantry_diff::mask::{self, Sensitive};
use gantry_diff::{Ignore, Options, compare};
use gantry_engine::tracking_name;
use gantry_model::{Cluster, Gvk, Object, limits};
use gantry_sync::{Key, TRACKING_ID, tracking_id};
use serde_json::{Value, json};

use super::{Asked, Running, told};

/// Who applies.
const FIELD_MANAGER: &str = "gantry";
/// Annotations that make an object a hook.
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", "helm.sh/hook"];

/// An object without the values of a Secret.
pub(super) fn hidden(object: Object, sensitive: &Sensitive) -> Value {
    let mut value = object.into_value();
    mask::secrets(None, Some(&mut value), sensitive);
    value
}

/// What Git has, and what was there at the last look and may no longer be in Git.
pub(super) async fn items(running: &Running, asked: &Asked) -> Result<Vec<Value>, Fault> {
    let application = &asked.application;
    let prepared = running.engine.prepare(application).await;
    let prepared = prepared.map_err(|error| told(&error.diagnostics()))?;
    let cluster = running.connect(application)?;
    let mut wanted: BTreeMap<(String, String, String, String), Pair> = BTreeMap::new();
    for object in prepared.rendered.objects() {
        let mut target = object.clone();
        let resource = cluster.resource(&target.gvk()).await.ok().flatten();
        if resource.is_some_and(|resource| resource.namespaced) && target.namespace().is_empty() {
            target.set_namespace(&application.destination.namespace);
        }
        let key = Key::of(&target);
        let namespace = match key.namespace.as_str() {
            "" => &application.destination.namespace,
            namespace => namespace,
        };
        let id = tracking_id(&tracking_name(application), &key, namespace);
        target.set_annotation(TRACKING_ID, &id);
        let pair = Pair {
            gvk: target.gvk(),
            target: Some(target),
        };
        wanted.insert((key.group, key.kind, key.namespace, key.name), pair);
    }
    for known in View(asked.object.value()).list("/status/resources") {
        let known = View(known);
        let key = ["/group", "/kind", "/namespace", "/name"].map(|p| known.text(p).to_owned());
        let [group, kind, namespace, name] = key;
        let gvk = Gvk {
            group: group.clone(),
            version: known.text("/version").to_owned(),
            kind: kind.clone(),
        };
        wanted
            .entry((group, kind, namespace, name))
            .or_insert(Pair { gvk, target: None });
    }
    let rules = running.engine.ignored();
    let (ignore, _) = Ignore::compile_with(&rules, &application.ignore_differences);
    let items = wanted.into_iter().map(|(key, pair)| {
        let (cluster, ignore) = (&*cluster, &ignore);
        async move {
            let live = live(cluster, &pair.gvk, &key.2, &key.3).await;
            item(&key, live, pair.target, ignore)
        }
    });
    let items = futures::stream::iter(items).buffered(limits::APPLICATIONS_IN_FLIGHT_MAX);
    Ok(items.filter_map(std::future::ready).collect().await)
}

struct Pair {
    gvk: Gvk,
    target: Option<Object>,
}

pub(super) async fn live(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    namespace: &str,
    name: &str,
) -> Option<Object> {
    let resource = cluster.resource(gvk).await.ok().flatten()?;
    let found = cluster.get(&resource, namespace, name).await;
    found
        .inspect_err(|error| tracing::debug!(kind = %gvk, name, %error, "not read"))
        .ok()
        .flatten()
}

/// None where there is neither.
fn item(
    (group, kind, namespace, name): &(String, String, String, String),
    live: Option<Object>,
    target: Option<Object>,
    ignore: &Ignore,
) -> Option<Value> {
    let any = live.as_ref().or(target.as_ref())?;
    let is_hook = HOOKS.iter().any(|hook| any.annotation(hook).is_some());
    let version = live
        .as_ref()
        .map_or("", Object::resource_version)
        .to_owned();
    let mut live = live.map(Object::into_value);
    let mut target = target.map(Object::into_value);
    let options = Options {
        manager: Some(FIELD_MANAGER),
        ..Options::default()
    };
    let verdict = compare(live.as_ref(), target.as_ref(), ignore, options);
    let modified = verdict.modified || live.is_none() || target.is_none();
    let (mut normalized, mut predicted) = (verdict.normalized_live, verdict.predicted);
    let sensitive = ignore.sensitive();
    mask::secrets(live.as_mut(), target.as_mut(), sensitive);
    mask::secrets(normalized.as_mut(), predicted.as_mut(), sensitive);
    let text = |value: Option<Value>| value.unwrap_or_default().to_string();
    Some(json!({
        "group": group,
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "hook": is_hook,
        "modified": modified && !is_hook,
        "resourceVersion": version,
        "liveState": text(live),
        "targetState": text(target),
        "normalizedLiveState": text(normalized),
        "predictedLiveState": text(predicted),
    }))
}

#[cfg(test)]
mod tests {
    use gantry_diff::Ignore;
    use gantry_model::Object;
    use serde_json::json;

    use super::item;

    #[test]
    fn cve_2026_42880_and_45737_no_state_has_a_secret_s_values() {
        let secret = |value: &str| {
            let value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":\"{value}\"}}")}},
                "data": {"a": value}});
            Object::new(value, None).expect("an object")
        };
        let key = ["", "Secret", "n", "s"].map(str::to_owned);
        let key = key.into();
        let ignore = Ignore::default();
        for (live, target) in [
            (Some(secret("aGlkZGVu")), Some(secret("b3RoZXI="))),
            (Some(secret("aGlkZGVu")), None),
            (None, Some(secret("b3RoZXI="))),
        ] {
            let text = item(&key, live, target, &ignore)
                .expect("an item")
                .to_string();
            assert!(
                !text.contains("aGlkZGVu") && !text.contains("b3RoZXI="),
                "{text}"
            );
        }
        assert_eq!(item(&key, None, None, &ignore), None);
    }
}
