//! What each action does.

use serde_json::{Map, Value, json};

use super::{ActionError, Edit, Told};

type Made = Result<Vec<Edit>, ActionError>;

const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
const RECONCILE: &str = "reconcile.fluxcd.io/requestedAt";
/// More replicas than any cluster runs; the API server's own type.
const REPLICAS_MAX: i64 = i32::MAX as i64;

fn patch(body: Value) -> Made {
    Ok(vec![Edit::Patch(body)])
}

fn status(body: Value) -> Made {
    Ok(vec![Edit::PatchStatus(json!({ "status": body }))])
}

fn annotation(name: &str, value: &str) -> Made {
    patch(json!({"metadata": {"annotations": {name: value}}}))
}

pub(super) fn restart(_: &Value, told: Told<'_>) -> Made {
    let annotations = json!({RESTARTED_AT: told.now});
    patch(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
}

pub(super) fn scale(_: &Value, told: Told<'_>) -> Made {
    let text = told.parameters.get("replicas").map_or("", String::as_str);
    let count = text.parse::<i64>().ok();
    match count.filter(|count| (0..=REPLICAS_MAX).contains(count)) {
        Some(replicas) => patch(json!({"spec": {"replicas": replicas}})),
        None => Err(ActionError::Parameter {
            name: "scale",
            parameter: "replicas".to_owned(),
            reason: format!("invalid number: {text}"),
        }),
    }
}

pub(super) fn pause(_: &Value, _: Told<'_>) -> Made {
    patch(json!({"spec": {"paused": true}}))
}

pub(super) fn resume(_: &Value, _: Told<'_>) -> Made {
    patch(json!({"spec": {"paused": null}}))
}

pub(super) fn suspend(_: &Value, _: Told<'_>) -> Made {
    patch(json!({"spec": {"suspend": true}}))
}

pub(super) fn resume_suspended(_: &Value, _: Told<'_>) -> Made {
    patch(json!({"spec": {"suspend": false}}))
}

pub(super) fn reconcile_flux(_: &Value, told: Told<'_>) -> Made {
    annotation(RECONCILE, told.now)
}

pub(super) fn force_sync(_: &Value, told: Told<'_>) -> Made {
    annotation("force-sync", told.now)
}

/// As `kubectl create job --from` does it.
pub(super) fn create_job(cron: &Value, told: Told<'_>) -> Made {
    let template = &cron["spec"]["jobTemplate"];
    let mut metadata = fields(&template["metadata"]);
    let mut annotations = fields(&template["metadata"]["annotations"]);
    let how = (
        "cronjob.kubernetes.io/instantiate".to_owned(),
        json!("manual"),
    );
    annotations.extend([how]);
    let minute = moment(told.now);
    metadata.insert(
        "name".to_owned(),
        named(cron, minute.get(2..).unwrap_or_default()),
    );
    metadata.insert(
        "namespace".to_owned(),
        cron["metadata"]["namespace"].clone(),
    );
    metadata.insert("annotations".to_owned(), Value::Object(annotations));
    let mut owner = owner(cron);
    owner["blockOwnerDeletion"] = true.into();
    owner["controller"] = true.into();
    metadata.insert("ownerReferences".to_owned(), json!([owner]));
    Ok(vec![Edit::Create(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": template["spec"],
    }))])
}

pub(super) fn terminate_job(job: &Value, told: Told<'_>) -> Made {
    let conditions = job["status"]["conditions"].as_array();
    let mut conditions = conditions.cloned().unwrap_or_default();
    conditions.push(json!({
        "type": "FailureTarget",
        "status": "True",
        "reason": "ManuallyTerminated",
        "message": "Job was terminated explicitly",
        "lastTransitionTime": told.now,
    }));
    status(json!({ "conditions": conditions }))
}

pub(super) fn restart_rollout(_: &Value, told: Told<'_>) -> Made {
    patch(json!({"spec": {"restartAt": told.now}}))
}

pub(super) fn resume_rollout(rollout: &Value, _: Told<'_>) -> Made {
    let mut edits = Vec::new();
    if rollout["spec"]["paused"] == true {
        edits.push(Edit::Patch(json!({"spec": {"paused": false}})));
    }
    if is_waiting(rollout) {
        let none = json!({"status": {"pauseConditions": null}});
        edits.push(Edit::PatchStatus(none));
    }
    Ok(edits)
}

pub(super) fn abort_rollout(_: &Value, _: Told<'_>) -> Made {
    status(json!({"abort": true}))
}

pub(super) fn retry_rollout(_: &Value, _: Told<'_>) -> Made {
    status(json!({"abort": null}))
}

pub(super) fn promote_rollout(_: &Value, _: Told<'_>) -> Made {
    status(json!({"promoteFull": true}))
}

pub(super) fn skip_step(rollout: &Value, _: Told<'_>) -> Made {
    let at = rollout["status"]["currentStepIndex"].as_u64();
    let mut next = json!({"currentStepIndex": at.unwrap_or_default() + 1});
    if is_waiting(rollout) {
        next["pauseConditions"] = Value::Null;
    }
    status(next)
}

fn is_waiting(rollout: &Value) -> bool {
    let conditions = rollout["status"]["pauseConditions"].as_array();
    conditions.is_some_and(|conditions| !conditions.is_empty())
}

pub(super) fn terminate_analysis(_: &Value, _: Told<'_>) -> Made {
    patch(json!({"spec": {"terminate": true}}))
}

/// As `argo submit --from=cronworkflow/NAME` does it.
pub(super) fn workflow_of_cron(cron: &Value, told: Told<'_>) -> Made {
    const INSTANCE: &str = "workflows.argoproj.io/controller-instanceid";
    let wanted = &cron["spec"]["workflowMetadata"];
    let mut labels = fields(&wanted["labels"]);
    let of = "workflows.argoproj.io/cron-workflow".to_owned();
    labels.insert(of, cron["metadata"]["name"].clone());
    if let Some(instance) = cron["metadata"]["labels"].get(INSTANCE) {
        labels.insert(INSTANCE.to_owned(), instance.clone());
    }
    let mut annotations = fields(&wanted["annotations"]);
    let at = "workflows.argoproj.io/scheduled-time".to_owned();
    annotations.insert(at, told.now.into());
    let mut metadata = json!({"labels": labels, "annotations": annotations});
    if let Some(finalizers) = wanted.get("finalizers") {
        metadata["finalizers"] = finalizers.clone();
    }
    workflow(cron, told, metadata, cron["spec"]["workflowSpec"].clone())
}

/// As `argo submit --from=workflowtemplate/NAME` does it.
pub(super) fn workflow_of_template(template: &Value, told: Told<'_>) -> Made {
    let name = &template["metadata"]["name"];
    let labels = json!({"workflows.argoproj.io/workflow-template": name});
    let spec = json!({"workflowTemplateRef": {"name": name}});
    workflow(template, told, json!({ "labels": labels }), spec)
}

fn workflow(of: &Value, told: Told<'_>, mut metadata: Value, spec: Value) -> Made {
    metadata["name"] = named(of, &moment(told.now));
    metadata["namespace"] = of["metadata"]["namespace"].clone();
    metadata["ownerReferences"] = json!([owner(of)]);
    Ok(vec![Edit::Create(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": metadata,
        "spec": spec,
    }))])
}

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn owner(object: &Value) -> Value {
    json!({
        "apiVersion": object["apiVersion"],
        "kind": object["kind"],
        "name": object["metadata"]["name"],
        "uid": object["metadata"]["uid"],
    })
}

fn named(of: &Value, moment: &str) -> Value {
    let name = of["metadata"]["name"].as_str().unwrap_or_default();
    format!("{name}-{moment}").into()
}

/// The digits of a time, down to the minute: `202601312359`.
fn moment(now: &str) -> String {
    now.chars().filter(char::is_ascii_digit).take(12).collect()
}
