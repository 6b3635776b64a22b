//! HorizontalPodAutoscaler: `health_hpa.go`.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{annotation, group_of, items, text};
use crate::verdict;

/// `autoscaling/v1` keeps its conditions as JSON in this annotation.
const V1_CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// Type and reason of what keeps it from working.
const FAILURES: &[(&str, &str)] = &[
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "InvalidSelector"),
];

pub(crate) fn autoscaler(object: &Value) -> Assessment {
    let (_, version) = group_of(object);
    if version != "v1" {
        return judge(items(object, "/status/conditions"));
    }
    let Some(json) = annotation(object, V1_CONDITIONS).filter(|json| !json.is_empty()) else {
        return judge(&[]);
    };
    match serde_json::from_str::<Vec<Value>>(json) {
        Ok(conditions) => judge(&conditions),
        Err(error) => {
            let message = format!("the annotation {V1_CONDITIONS} is not valid: {error}");
            verdict(Status::Unknown, message)
        }
    }
}

/// The first condition that decides.
fn judge(conditions: &[Value]) -> Assessment {
    for condition in conditions {
        let (kind, reason) = (text(condition, "/type"), text(condition, "/reason"));
        if FAILURES.contains(&(kind, reason)) {
            return verdict(Status::Degraded, text(condition, "/message"));
        }
        let works = matches!(kind, "AbleToScale" | "ScalingLimited");
        if works && text(condition, "/status") == "True" {
            return verdict(Status::Healthy, text(condition, "/message"));
        }
    }
    verdict(Status::Progressing, "Waiting to Autoscale")
}
