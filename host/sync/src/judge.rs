//! Who says how healthy an object is.

use gantry_model::{Health, HealthStatus, Object};
use serde_json::Value;

/// The verdict on one object: none where its kind has no health.
pub type Verdict = Option<Health>;

/// Judges live objects; the plugin host does.
pub trait Judge: Send + Sync {
    /// One verdict for each object, in the same order.
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict>;
}

/// The verdicts on live objects, except on those that are going away: Argo CD calls them
/// Progressing whatever their kind (`gitops-engine/pkg/health/health.go`).
pub(crate) fn verdicts(judge: &dyn Judge, objects: &[&Object]) -> Vec<Verdict> {
    let values: Vec<&Value> = objects.iter().map(|object| object.value()).collect();
    let mut verdicts = judge.assess(&values);
    verdicts.resize(objects.len(), None);
    for (verdict, value) in verdicts.iter_mut().zip(values) {
        let deleted = value
            .pointer("/metadata/deletionTimestamp")
            .is_some_and(Value::is_string);
        if deleted && verdict.is_none() {
            let message = "Pending deletion".to_owned();
            *verdict = Some(Health {
                status: HealthStatus::Progressing,
                message,
            });
        }
    }
    verdicts
}
