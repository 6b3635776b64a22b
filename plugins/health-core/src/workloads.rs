//! Deployment, StatefulSet, ReplicaSet, DaemonSet: `health_{deployment,statefulset,…}.go`.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{condition, is_observed, number, optional_number, text};
use crate::verdict;

fn waiting(what: &str) -> Assessment {
    verdict(
        Status::Progressing,
        format!("Waiting for rollout to finish: {what}"),
    )
}

pub(crate) fn deployment(object: &Value) -> Assessment {
    if object.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return verdict(Status::Suspended, "Deployment is paused");
    }
    if !is_observed(object) {
        return waiting("observed deployment generation less than desired generation");
    }
    let late = condition(object, "Progressing")
        .is_some_and(|c| text(c, "/reason") == "ProgressDeadlineExceeded");
    if late {
        let name = text(object, "/metadata/name");
        let message = format!("Deployment {name:?} exceeded its progress deadline");
        return verdict(Status::Degraded, message);
    }
    let updated = number(object, "/status/updatedReplicas");
    let replicas = number(object, "/status/replicas");
    let available = number(object, "/status/availableReplicas");
    match optional_number(object, "/spec/replicas") {
        Some(wanted) if updated < wanted => waiting(&format!(
            "{updated} out of {wanted} new replicas have been updated..."
        )),
        _ if replicas > updated => {
            let old = replicas - updated;
            waiting(&format!("{old} old replicas are pending termination..."))
        }
        _ if available < updated => waiting(&format!(
            "{available} of {updated} updated replicas are available..."
        )),
        _ => verdict(Status::Healthy, ""),
    }
}

pub(crate) fn stateful_set(object: &Value) -> Assessment {
    if number(object, "/status/observedGeneration") == 0 || !is_observed(object) {
        let message = "Waiting for statefulset spec update to be observed...";
        return verdict(Status::Progressing, message);
    }
    let wanted = optional_number(object, "/spec/replicas");
    let ready = number(object, "/status/readyReplicas");
    let updated = number(object, "/status/updatedReplicas");
    if let Some(missing) = wanted
        .map(|wanted| wanted - ready)
        .filter(|missing| *missing > 0)
    {
        return verdict(
            Status::Progressing,
            format!("Waiting for {missing} pods to be ready..."),
        );
    }
    let strategy = text(object, "/spec/updateStrategy/type");
    let rolling = object
        .pointer("/spec/updateStrategy/rollingUpdate")
        .filter(|r| !r.is_null());
    if strategy == "RollingUpdate" && rolling.is_some() {
        let partition = optional_number(object, "/spec/updateStrategy/rollingUpdate/partition");
        return partitioned(updated, wanted.zip(partition));
    }
    if strategy == "OnDelete" {
        return verdict(
            Status::Healthy,
            format!("statefulset has {ready} ready pods"),
        );
    }
    let update = text(object, "/status/updateRevision");
    let current = text(object, "/status/currentRevision");
    if update != current {
        let message = format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
        );
        return verdict(Status::Progressing, message);
    }
    let pods = number(object, "/status/currentReplicas");
    let message =
        format!("statefulset rolling update complete {pods} pods at revision {current}...");
    verdict(Status::Healthy, message)
}

fn partitioned(updated: i64, wanted: Option<(i64, i64)>) -> Assessment {
    if let Some((replicas, partition)) = wanted
        && updated < replicas - partition
    {
        let wanted = replicas - partition;
        let message = format!(
            "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been \
             updated..."
        );
        return verdict(Status::Progressing, message);
    }
    let message = format!("partitioned roll out complete: {updated} new pods have been updated...");
    verdict(Status::Healthy, message)
}

pub(crate) fn replica_set(object: &Value) -> Assessment {
    if !is_observed(object) {
        return waiting("observed replica set generation less than desired generation");
    }
    let failure = condition(object, "ReplicaFailure").filter(|c| text(c, "/status") == "True");
    if let Some(failure) = failure {
        return verdict(Status::Degraded, text(failure, "/message"));
    }
    let available = number(object, "/status/availableReplicas");
    match optional_number(object, "/spec/replicas") {
        Some(wanted) if available < wanted => waiting(&format!(
            "{available} out of {wanted} new replicas are available..."
        )),
        _ => verdict(Status::Healthy, ""),
    }
}

pub(crate) fn daemon_set(object: &Value) -> Assessment {
    if !is_observed(object) {
        return waiting("observed daemon set generation less than desired generation");
    }
    let name = text(object, "/metadata/name");
    let updated = number(object, "/status/updatedNumberScheduled");
    let wanted = number(object, "/status/desiredNumberScheduled");
    let available = number(object, "/status/numberAvailable");
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        let message = format!("daemon set {updated} out of {wanted} new pods have been updated");
        return verdict(Status::Healthy, message);
    }
    let waiting = |what: String| {
        let message = format!("Waiting for daemon set {name:?} rollout to finish: {what}...");
        verdict(Status::Progressing, message)
    };
    if updated < wanted {
        return waiting(format!(
            "{updated} out of {wanted} new pods have been updated"
        ));
    }
    if available < wanted {
        return waiting(format!(
            "{available} of {wanted} updated pods are available"
        ));
    }
    verdict(Status::Healthy, "")
}
