//! Health of the objects in the cluster in memory.

use gantry_model::{Health, HealthStatus};
use gantry_sync::{Judge, Verdict};
use serde_json::Value;

/// Judges Jobs by their conditions; nothing else has a health.
pub(crate) struct Jobs;

impl Judge for Jobs {
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict> {
        let one = |object: &&Value| {
            if object["kind"] != "Job" {
                return None;
            }
            let condition = object["status"]["conditions"][0]["type"].as_str();
            let status = match condition {
                Some("Complete") => HealthStatus::Healthy,
                Some(_) => HealthStatus::Degraded,
                None => HealthStatus::Progressing,
            };
            let message = condition.unwrap_or("running").to_owned();
            Some(Health { status, message })
        };
        objects.iter().map(one).collect()
    }
}
