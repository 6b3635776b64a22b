//! The destination's namespace (`CreateNamespace=true`), and kinds that CRDs bring.

use std::collections::HashMap;

use gantry_model::application::NamespaceMetadata;
use gantry_model::cluster::Resource;
use gantry_model::{Gvk, Object, limits};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, timeout_at};

use crate::desired;
use crate::identity::Key;
use crate::plan::{Step, Work};
use crate::report::{Action, Row};
use crate::run::{FIELD_MANAGER, Sync};
use crate::settings::Settings;
use crate::write::advise;

impl Sync<'_> {
    /// Makes the destination's namespace, unless it is there or among the objects, and gives it
    /// its metadata. False when that failed; then a row says so.
    pub(crate) async fn create_namespace(&self, steps: &[Step], rows: &mut Vec<Row>) -> bool {
        let name = self.target.namespace;
        if name.is_empty() || brings_namespace(steps, name) {
            return true;
        }
        let gvk = Gvk::parse("v1", "Namespace");
        let NamespaceMetadata {
            labels,
            annotations,
        } = &self.options.namespace_metadata;
        let mut metadata = json!({"name": name});
        for (field, entries) in [("labels", labels), ("annotations", annotations)] {
            if !entries.is_empty() {
                metadata[field] = json!(entries);
            }
        }
        let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
        let (Ok(namespace), Ok(resource)) = (Object::new(value, None), self.served(&gvk).await)
        else {
            return true;
        };
        let get = || self.cluster.get(&resource, "", name);
        let found = self.limiter.call(get).await.ok().flatten();
        let described = !labels.is_empty() || !annotations.is_empty();
        let as_wanted =
            |found| !described || gantry_diff::is_in_sync(&namespace, found, FIELD_MANAGER);
        if found.as_ref().is_some_and(as_wanted) {
            return true;
        }
        if let Err(why) = self.permit.permit(&namespace.reference(), false) {
            rows.push(Row::new(&namespace, Action::Failed).message(why));
            return false;
        }
        let (dry_run, made) = (self.options.dry_run, found.is_none());
        let settings = Settings {
            force_conflicts: described,
            ..Settings::default()
        };
        let row = match self.send(&resource, &namespace, settings, dry_run).await {
            Ok(_) if made => Row::new(&namespace, Action::Created),
            Ok(_) => Row::new(&namespace, Action::Configured),
            Err(error) => Row::new(&namespace, Action::Failed).message(advise(&error)),
        };
        let done = row.action != Action::Failed;
        rows.push(row);
        done
    }

    /// Whether an object is the destination's namespace, which gets its metadata from the application:
    /// it is wanted, though no manifest has it (`controller/state.go`, `isManagedNamespace`).
    pub(crate) fn describes(&self, object: &Object) -> bool {
        self.options.create_namespace
            && self.options.namespace_metadata != NamespaceMetadata::default()
            && is_namespace(object, self.target.namespace)
    }

    /// A CRD's kind can be used once the server says `Established`.
    pub(crate) async fn wait_established(
        &self,
        rows: &mut [Row],
        live: &mut HashMap<Key, (Resource, Object)>,
    ) {
        let deadline = Instant::now() + Duration::from_secs(limits::CRD_ESTABLISHED_TIMEOUT_SECS);
        for row in rows
            .iter_mut()
            .filter(|row| row.object.gvk.kind == "CustomResourceDefinition")
        {
            let Some((resource, object)) = live.get_mut(&Key::from(&row.object)) else {
                continue;
            };
            let name = row.object.name.clone();
            let poll = || tokio::time::sleep(Duration::from_millis(limits::CRD_POLL_MS));
            let established = async {
                while !is_established(object) {
                    poll().await;
                    if let Ok(Some(now)) = self.cluster.get(resource, "", &name).await {
                        *object = now;
                    }
                }
                // What the server lists lags a little behind.
                for gvk in desired::kinds_of(object) {
                    while !matches!(self.cluster.resource(&gvk).await, Ok(Some(_))) {
                        poll().await;
                    }
                }
            };
            if timeout_at(deadline, established).await.is_err() {
                let secs = limits::CRD_ESTABLISHED_TIMEOUT_SECS;
                row.action = Action::Failed;
                row.message = format!("applied, but its kind is not served after {secs} s");
            }
        }
    }
}

/// Whether a namespace will exist once a sync's objects are applied.
pub(crate) fn brings_namespace(steps: &[Step], name: &str) -> bool {
    let mut tasks = steps.iter().flat_map(|step| &step.tasks);
    tasks
        .any(|task| matches!(&task.work, Work::Apply(wanted) if is_namespace(&wanted.object, name)))
}

fn is_namespace(object: &Object, name: &str) -> bool {
    object.kind() == "Namespace" && object.api_version() == "v1" && object.name() == name
}

fn is_established(crd: &Object) -> bool {
    let conditions = crd
        .value()
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        condition.get("type") == Some(&json!("Established"))
            && condition.get("status") == Some(&json!("True"))
    })
}
