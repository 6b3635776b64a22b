//! Every other kind, by what the API conventions ask of controllers: `observedGeneration`, and the
//! conditions that kstatus (`sigs.k8s.io/cli-utils/pkg/kstatus`) calls standard. A kind that shows
//! none of them has no health.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{condition, optional_number, text};
use crate::verdict;

/// Condition, its status, and what it means, the stronger ones first.
const CONDITIONS: &[(&str, &str, Status)] = &[
    ("Stalled", "True", Status::Degraded),
    ("Degraded", "True", Status::Degraded),
    ("Failed", "True", Status::Degraded),
    ("NamesAccepted", "False", Status::Degraded),
    ("Terminating", "True", Status::Progressing),
    ("Reconciling", "True", Status::Progressing),
    ("Ready", "False", Status::Progressing),
    ("Available", "False", Status::Progressing),
    ("Established", "False", Status::Progressing),
    ("Ready", "Unknown", Status::Progressing),
    ("Ready", "True", Status::Healthy),
    ("Available", "True", Status::Healthy),
    ("Established", "True", Status::Healthy),
];

pub(crate) fn assess(object: &Value) -> Option<Assessment> {
    let generation = optional_number(object, "/metadata/generation");
    let observed = optional_number(object, "/status/observedGeneration");
    if let Some((observed, generation)) = observed.zip(generation)
        && observed < generation
    {
        let message = format!("generation {generation} is not observed yet, only {observed}");
        return Some(verdict(Status::Progressing, message));
    }
    let decides = |(kind, wanted, status): &(&str, &str, Status)| {
        let condition = condition(object, kind)?;
        (text(condition, "/status") == *wanted)
            .then(|| verdict(*status, text(condition, "/message")))
    };
    CONDITIONS.iter().find_map(decides)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::assess;

    fn kind(object: &Value) -> Option<String> {
        assess(object).map(|a| format!("{:?}: {}", a.status, a.message))
    }

    #[test]
    fn conditions_and_generations_decide() {
        let ready = |status: &str| json!([{"type": "Ready", "status": status, "message": "m"}]);
        let cases = [
            (json!({}), None),
            (json!({"status": {"phase": "Active"}}), None),
            (
                json!({"status": {"conditions": ready("True")}}),
                Some("Status::Healthy: m"),
            ),
            (
                json!({"status": {"conditions": ready("False")}}),
                Some("Status::Progressing: m"),
            ),
            (
                json!({"metadata": {"generation": 2},
                       "status": {"observedGeneration": 1, "conditions": ready("True")}}),
                Some("Status::Progressing: generation 2 is not observed yet, only 1"),
            ),
            (
                json!({"status": {"conditions": [
                    {"type": "Ready", "status": "False"},
                    {"type": "Stalled", "status": "True", "message": "s"}]}}),
                Some("Status::Degraded: s"),
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(kind(&object).as_deref(), expected, "{object}");
        }
    }
}
