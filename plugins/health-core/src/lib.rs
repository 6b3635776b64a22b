//! Health of live objects: the kinds that Argo CD judges in Go (`gitops-engine/pkg/health`), with
//! its statuses and messages, and for all others the general rule of `observedGeneration` and the
//! standard conditions.

mod autoscaling;
mod general;
mod networking;
mod object;
mod pods;
mod read;
mod words;
mod workloads;

use gantry_sdk_health::{Assessment, GroupKind, HealthCheck, Status};
use serde_json::Value;

use object::{annotation, group_of, has_hook_finalizer, text};

/// The health check.
#[derive(Debug)]
pub struct HealthCore;

gantry_sdk_health::export_health!(HealthCore);

/// Judges one object of a kind.
type Check = fn(&Value) -> Assessment;

/// Group, kind, the versions that the check reads, and the check.
const CHECKS: &[(&str, &str, &[&str], Check)] = &[
    ("apps", "Deployment", &["v1"], workloads::deployment),
    ("apps", "StatefulSet", &["v1"], workloads::stateful_set),
    ("apps", "ReplicaSet", &["v1"], workloads::replica_set),
    ("apps", "DaemonSet", &["v1"], workloads::daemon_set),
    ("batch", "Job", &["v1"], pods::job),
    ("batch", "CronJob", &["v1"], pods::cron_job),
    ("", "Pod", &["v1"], pods::pod),
    (
        "",
        "PersistentVolumeClaim",
        &["v1"],
        networking::volume_claim,
    ),
    ("", "Service", &["v1"], networking::service),
    ("extensions", "Ingress", &["v1beta1"], networking::ingress),
    (
        "networking.k8s.io",
        "Ingress",
        &["v1", "v1beta1"],
        networking::ingress,
    ),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        &["v1", "v2", "v2beta1", "v2beta2"],
        autoscaling::autoscaler,
    ),
    (
        "apiregistration.k8s.io",
        "APIService",
        &["v1", "v1beta1"],
        networking::api_service,
    ),
    ("argoproj.io", "Workflow", &["v1alpha1"], pods::workflow),
];

impl HealthCheck for HealthCore {
    const SUMMARY: &'static str = "Argo CD's built-in kinds, then the standard conditions";

    fn claims() -> Vec<GroupKind> {
        let kinds = CHECKS.iter().map(|(group, kind, ..)| (*group, *kind));
        kinds
            .chain([("*", "*")])
            .map(|(group, kind)| GroupKind {
                group: group.into(),
                kind: kind.into(),
            })
            .collect()
    }

    fn read(text: &str) -> Result<Value, serde_json::Error> {
        read::read(text)
    }

    fn assess(object: &Value) -> Option<Assessment> {
        assess(object)
    }
}

/// Judges one object, whole or as far as it is read here; none where its kind has no health.
pub fn assess(object: &Value) -> Option<Assessment> {
    if !text(object, "/metadata/deletionTimestamp").is_empty() && !has_hook_finalizer(object) {
        return Some(verdict(Status::Progressing, "Pending deletion"));
    }
    let (group, version) = group_of(object);
    let kind = text(object, "/kind");
    let check = CHECKS.iter().find(|(g, k, ..)| *g == group && *k == kind);
    match check {
        Some((_, _, versions, check)) if versions.contains(&version) => Some(check(object)),
        Some(_) => {
            let message = format!(
                "unsupported {kind} version: {}",
                text(object, "/apiVersion")
            );
            Some(verdict(Status::Unknown, message))
        }
        None => general::assess(object),
    }
}

/// The same for an object's JSON, as the host hands it over.
pub fn assess_text(text: &str) -> Option<Assessment> {
    gantry_sdk_health::assess_text::<HealthCore>(text)
}

fn verdict(status: Status, message: impl Into<String>) -> Assessment {
    Assessment {
        status,
        message: message.into(),
    }
}

/// Whether the object is a hook of a sync, which lives only for a while.
fn is_hook(object: &Value) -> bool {
    annotation(object, "argocd.argoproj.io/hook").is_some()
        || annotation(object, "helm.sh/hook").is_some()
}
