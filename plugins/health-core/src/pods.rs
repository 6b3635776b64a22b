//! What runs to an end: Pod, Job, Argo's Workflow.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{annotation, condition, items, number, text};
use crate::{is_hook, verdict};

pub(crate) fn pod(object: &Value) -> Assessment {
    let policy = text(object, "/spec/restartPolicy");
    let ignores_policy = annotation(object, "argocd.argoproj.io/ignore-restart-policy").is_some();
    let runs_for_ever = policy == "Always" || (ignores_policy && !is_hook(object));
    // A hook whose image is slow to come must not fail its sync, so only lasting pods are judged
    // by their containers' complaints.
    if runs_for_ever && let Some(complaints) = waiting_errors(object) {
        return verdict(Status::Degraded, complaints);
    }
    let message = text(object, "/status/message");
    match text(object, "/status/phase") {
        "Pending" => verdict(Status::Progressing, message),
        "Succeeded" => verdict(Status::Healthy, message),
        "Failed" if !message.is_empty() => verdict(Status::Degraded, message),
        "Failed" => verdict(Status::Degraded, failure(object)),
        "Running" if runs_for_ever => running(object, message),
        "Running" if matches!(policy, "OnFailure" | "Never") => {
            verdict(Status::Progressing, message)
        }
        _ => verdict(Status::Unknown, message),
    }
}

fn running(object: &Value, message: &str) -> Assessment {
    let ready = condition(object, "Ready").is_some_and(|c| text(c, "/status") == "True");
    let restarted = items(object, "/status/containerStatuses").iter().any(|c| {
        c.pointer("/lastState/terminated")
            .is_some_and(|t| !t.is_null())
    });
    let status = match (ready, restarted) {
        (true, _) => Status::Healthy,
        (false, true) => Status::Degraded,
        (false, false) => Status::Progressing,
    };
    verdict(status, message)
}

/// What containers that cannot start complain of, if any.
fn waiting_errors(object: &Value) -> Option<String> {
    let is_error = |reason: &str| {
        reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
    };
    let complaints: Vec<&str> = items(object, "/status/containerStatuses")
        .iter()
        .filter(|c| is_error(text(c, "/state/waiting/reason")))
        .map(|c| text(c, "/state/waiting/message"))
        .collect();
    (!complaints.is_empty()).then(|| complaints.join(", "))
}

/// Why a failed pod failed: the first container that says.
fn failure(object: &Value) -> String {
    let init = items(object, "/status/initContainerStatuses");
    let containers = init
        .iter()
        .chain(items(object, "/status/containerStatuses"));
    let reason = |container: &Value| {
        let message = text(container, "/state/terminated/message");
        let code = number(container, "/state/terminated/exitCode");
        if !message.is_empty() {
            return Some(message.to_owned());
        }
        if text(container, "/state/terminated/reason") == "OOMKilled" {
            return Some("OOMKilled".to_owned());
        }
        let name = text(container, "/name");
        (code != 0).then(|| format!("container {name:?} failed with exit code {code}"))
    };
    containers.filter_map(reason).next().unwrap_or_default()
}

/// A failure counts whatever its condition's status says, as in Argo CD.
pub(crate) fn job(object: &Value) -> Assessment {
    if let Some(failed) = condition(object, "Failed") {
        return verdict(Status::Degraded, text(failed, "/message"));
    }
    let suspended = condition(object, "Suspended");
    if let Some(suspended) = suspended.filter(|c| text(c, "/status") == "True") {
        return verdict(Status::Suspended, text(suspended, "/message"));
    }
    match condition(object, "Complete").or(suspended) {
        Some(complete) => verdict(Status::Healthy, text(complete, "/message")),
        None => verdict(Status::Progressing, ""),
    }
}

/// As Argo CD's script has it (`resource_customizations/batch/CronJob`), to the letter: a suspended one
/// is Healthy, and says that it is suspended.
pub(crate) fn cron_job(object: &Value) -> Assessment {
    if object.pointer("/spec/suspend") == Some(&Value::Bool(true)) {
        return verdict(Status::Healthy, "CronJob is Suspended");
    }
    if object.get("status").is_none_or(Value::is_null) {
        return verdict(Status::Progressing, "Waiting for CronJob");
    }
    let scheduled = text(object, "/status/lastScheduleTime");
    let succeeded = text(object, "/status/lastSuccessfulTime");
    if scheduled.is_empty() {
        return verdict(Status::Healthy, "CronJob has not been scheduled yet");
    }
    let runs = !items(object, "/status/active").is_empty();
    match succeeded {
        "" => verdict(
            Status::Healthy,
            "The Cronjob never completed succesfully. It may not be healthy",
        ),
        _ if runs => verdict(
            Status::Healthy,
            "The job is running. Its last execution may not have been successful",
        ),
        // Both are written in the same form, which sorts by time.
        succeeded if succeeded < scheduled => verdict(
            Status::Degraded,
            "CronJob has not completed its last execution successfully",
        ),
        _ => verdict(
            Status::Healthy,
            "CronJob has completed its last execution successfully",
        ),
    }
}

pub(crate) fn workflow(object: &Value) -> Assessment {
    let status = match text(object, "/status/phase") {
        "" | "Pending" | "Running" => Status::Progressing,
        "Succeeded" => Status::Healthy,
        "Failed" | "Error" => Status::Degraded,
        _ => return verdict(Status::Unknown, ""),
    };
    verdict(status, text(object, "/status/message"))
}
