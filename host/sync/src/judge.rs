//! Who says how healthy an object is.

use gantry_model::{Health, HealthStatus, Object};
use serde_json::Value;

use crate::annotations;
use crate::hook::FINALIZER;

/// The verdict on one object: none where its kind has no health.
pub type Verdict = Option<Health>;

/// Judges live objects; the plugin host does.
pub trait Judge: Send + Sync {
    /// One verdict for each object, in the same order.
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict>;
}

/// The verdicts on live objects. Those that are going away are Progressing whatever their kind
/// (`gitops-engine/pkg/health/health.go`), except hooks, which stay until their operation ends.
pub(crate) fn verdicts(judge: &dyn Judge, objects: &[&Object]) -> Vec<Verdict> {
    let kept: Vec<Option<Value>> = objects.iter().map(|object| kept_hook(object)).collect();
    let values: Vec<&Value> = objects
        .iter()
        .zip(&kept)
        .map(|(object, kept)| kept.as_ref().unwrap_or_else(|| object.value()))
        .collect();
    let mut verdicts = judge.assess(&values);
    verdicts.resize(objects.len(), None);
    for ((verdict, object), kept) in verdicts.iter_mut().zip(objects).zip(&kept) {
        if annotations::ignores_health(object) {
            *verdict = None;
        } else if object.is_being_deleted() && kept.is_none() && verdict.is_none() {
            let message = "Pending deletion".to_owned();
            *verdict = Some(Health {
                status: HealthStatus::Progressing,
                message,
            });
        }
    }
    verdicts
}

/// A hook that somebody has deleted and our finalizer keeps, as it would be without that.
fn kept_hook(object: &Object) -> Option<Value> {
    let kept = object.is_being_deleted() && object.finalizers().any(|f| f == FINALIZER);
    kept.then(|| {
        let mut value = object.value().clone();
        let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
        metadata.and_then(|metadata| metadata.remove("deletionTimestamp"));
        value
    })
}
