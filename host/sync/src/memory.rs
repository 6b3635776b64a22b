//! What servers have said of one application's objects: who looks at it again and again asks them once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use gantry_model::{Digest, Object, ObjectRef};
use serde_json::Value;

use crate::assess::Compared;
use crate::identity::Key;
use crate::report::SyncStatus;

/// What servers have said of one application's objects. Who looks at it again and again asks them once
/// for each state of an object and of its manifest.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<Key, Known>>);

#[derive(Debug)]
struct Known {
    manifest: Digest,
    version: String,
    /// Of what is there, as far as applying depends on it.
    state: Digest,
    verdict: Compared,
}

impl Memory {
    pub(crate) fn of(&self, wanted: &Object, found: &Object) -> Option<Compared> {
        let mut all = self.lock();
        let known = all.get_mut(&Key::of(wanted))?;
        if known.manifest != digest(wanted) {
            return None;
        }
        if known.version != found.resource_version() {
            if known.state != state(wanted, found) {
                return None;
            }
            found.resource_version().clone_into(&mut known.version);
        }
        Some(known.verdict.clone())
    }

    pub(crate) fn note(&self, wanted: &Object, found: &Object, verdict: &Compared) {
        // Whatever could not be found out is asked again.
        if verdict.sync == SyncStatus::Unknown {
            return;
        }
        let known = Known {
            manifest: digest(wanted),
            version: found.resource_version().to_owned(),
            state: state(wanted, found),
            verdict: verdict.clone(),
        };
        self.lock().insert(Key::of(wanted), known);
    }

    /// Forgets what the application no longer has.
    pub(crate) fn retain<'a>(&self, objects: impl ExactSizeIterator<Item = &'a ObjectRef>) {
        let mut known = self.lock();
        if known.len() > objects.len() {
            let has: BTreeSet<Key> = objects.map(Key::from).collect();
            known.retain(|key, _| has.contains(key));
        }
    }

    /// Forgets everything: what counts as a difference has changed.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(object: &Object) -> Digest {
    Digest::of(object.value().to_string().as_bytes())
}

/// Controllers write statuses all the time. Where the manifest has none, applying it leaves that of the object
/// alone, and who wrote it.
fn state(wanted: &Object, found: &Object) -> Digest {
    let has_status = wanted.value().get("status").is_some();
    let mut texts: Vec<String> = Vec::new();
    for (name, value) in found.value().as_object().into_iter().flatten() {
        match name.as_str() {
            "status" if !has_status => {}
            "metadata" => texts.extend(of_metadata(value, has_status)),
            _ => texts.extend([name.clone(), value.to_string()]),
        }
    }
    Digest::of_texts(texts)
}

fn of_metadata(metadata: &Value, has_status: bool) -> Vec<String> {
    let mut texts = Vec::new();
    for (name, value) in metadata.as_object().into_iter().flatten() {
        match name.as_str() {
            "resourceVersion" => {}
            "managedFields" => {
                let entries = value.as_array().into_iter().flatten();
                let counts = |entry: &&Value| has_status || entry["subresource"] != "status";
                texts.extend(entries.filter(counts).map(Value::to_string));
            }
            _ => texts.extend([name.clone(), value.to_string()]),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::{Value, json};

    use super::Memory;
    use crate::assess::Compared;
    use crate::report::SyncStatus;

    fn object(value: Value) -> Object {
        Object::new(value, None).expect("an object")
    }

    fn live(version: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {
                "name": "web", "resourceVersion": version, "labels": {"a": "1"},
                "managedFields": [{"manager": "m", "operation": "Apply", "time": "1"}]},
            "spec": {"ports": [{"port": 80}]}, "status": {"loadBalancer": {}}})
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut live = live("2");
        *live.pointer_mut(pointer).expect("a field") = value;
        live
    }

    #[test]
    fn only_what_applying_depends_on_is_asked_for_again() {
        let manifest = |more: Value| {
            let mut manifest =
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}});
            manifest["spec"] = more;
            manifest
        };
        let own = manifest(json!({"ports": []}));
        let mut status_of_git = own.clone();
        status_of_git["status"] = json!({"loadBalancer": {}});
        let entry =
            |more: Value| json!([{"manager": "m", "operation": "Apply", "time": "1"}, more]);
        let by_status = entry(json!({"manager": "c", "subresource": "status", "time": "2"}));
        let by_scale = entry(json!({"manager": "c", "subresource": "scale", "time": "2"}));
        let fields = "/metadata/managedFields";
        for (wanted, found, is_known) in [
            (&own, live("1"), true),
            (&own, live("2"), true),
            (
                &own,
                with("/status", json!({"loadBalancer": {"ingress": []}})),
                true,
            ),
            (&own, with(fields, by_status.clone()), true),
            (&own, with(fields, by_scale), false),
            (&own, with("/metadata/labels/a", json!("2")), false),
            (&own, with("/spec/ports/0/port", json!(81)), false),
            (&status_of_git, live("2"), true),
            (&status_of_git, with("/status", json!({})), false),
            (&status_of_git, with(fields, by_status), false),
        ] {
            let memory = Memory::default();
            let verdict = Compared::new(SyncStatus::OutOfSync, "port");
            memory.note(&object(wanted.clone()), &object(live("1")), &verdict);
            let told = memory.of(&object(wanted.clone()), &object(found.clone()));
            assert_eq!(told, is_known.then_some(verdict), "{found}");
            let other = object(manifest(json!({"ports": [{"port": 81}]})));
            assert_eq!(memory.of(&other, &object(found)), None);
        }
    }

    #[test]
    fn what_is_unknown_is_asked_again() {
        let (own, memory) = (object(live("1")), Memory::default());
        memory.note(&own, &own, &Compared::new(SyncStatus::Unknown, ""));
        assert_eq!(memory.of(&own, &own), None);
    }
}
