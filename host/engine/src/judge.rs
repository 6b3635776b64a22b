//! Health by the plugin host.

use gantry_model::{Health, HealthStatus};
use gantry_plugins::Host;
use gantry_sync::{Judge, Verdict};
use serde_json::Value;

/// Asks the health plugins.
#[derive(Clone)]
pub struct PluginJudge(pub Host);

impl Judge for PluginJudge {
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict> {
        let verdicts = self.0.assess(objects);
        verdicts
            .into_iter()
            .map(|verdict| {
                // A plugin that fails leaves an object unjudged, not the sync unfinished.
                verdict.unwrap_or_else(|error| {
                    let message = error.to_string();
                    Some(Health {
                        status: HealthStatus::Unknown,
                        message,
                    })
                })
            })
            .collect()
    }
}
