//! Which kind has which action, and when. As Argo CD has it, but that a Deployment can be paused whether or
//! not `spec.paused` is written out.

use gantry_model::Object;
use serde_json::Value;

use super::edits as edit;
use super::{ActionError, Edit, Told};

/// When an action is there: none where it is not, else whether it means something.
type When = fn(&Value) -> Option<bool>;
type Make = fn(&Value, Told<'_>) -> Result<Vec<Edit>, ActionError>;

/// One action of some kinds.
pub(super) struct Row {
    group: &'static str,
    kinds: &'static [&'static str],
    pub(super) name: &'static str,
    pub(super) parameters: &'static [&'static str],
    pub(super) when: When,
    pub(super) edit: Make,
}

const REPLICAS: &[&str] = &["replicas"];
const ROLLOUT: &[&str] = &["Rollout"];
const JOB: &[&str] = &["Job"];
const CRON_JOB: &[&str] = &["CronJob"];

/// Shorthand for a row without parameters.
const fn row(
    group: &'static str,
    kinds: &'static [&'static str],
    name: &'static str,
    when: When,
    edit: Make,
) -> Row {
    Row {
        group,
        kinds,
        name,
        parameters: &[],
        when,
        edit,
    }
}

const APPS: &str = "apps";
const BATCH: &str = "batch";
const ARGO: &str = "argoproj.io";

const TABLE: &[Row] = &[
    row(
        APPS,
        &["DaemonSet", "Deployment", "StatefulSet"],
        "restart",
        always,
        edit::restart,
    ),
    Row {
        parameters: REPLICAS,
        ..row(
            APPS,
            &["Deployment", "StatefulSet"],
            "scale",
            always,
            edit::scale,
        )
    },
    row(
        APPS,
        &["Deployment"],
        "pause",
        |o| Some(!is(o, "/spec/paused")),
        edit::pause,
    ),
    row(
        APPS,
        &["Deployment"],
        "resume",
        |o| Some(is(o, "/spec/paused")),
        edit::resume,
    ),
    row(BATCH, CRON_JOB, "create-job", always, edit::create_job),
    row(
        BATCH,
        CRON_JOB,
        "suspend",
        |o| there(!is_suspended(o)),
        edit::suspend,
    ),
    row(
        BATCH,
        CRON_JOB,
        "resume",
        |o| there(is_suspended(o)),
        edit::resume_suspended,
    ),
    row(
        BATCH,
        JOB,
        "suspend",
        |o| there(!is_over(o) && !is_suspended(o)),
        edit::suspend,
    ),
    row(
        BATCH,
        JOB,
        "resume",
        |o| there(!is_over(o) && is_suspended(o)),
        edit::resume_suspended,
    ),
    row(
        BATCH,
        JOB,
        "terminate",
        |o| there(!is_over(o) && o["status"].is_object()),
        edit::terminate_job,
    ),
    row(ARGO, ROLLOUT, "restart", always, edit::restart_rollout),
    row(
        ARGO,
        ROLLOUT,
        "pause",
        |o| Some(!(is_promoted(o) || is(o, "/status/abort") || is(o, "/spec/paused"))),
        edit::pause,
    ),
    row(
        ARGO,
        ROLLOUT,
        "resume",
        |o| Some(is_paused_rollout(o)),
        edit::resume_rollout,
    ),
    row(
        ARGO,
        ROLLOUT,
        "abort",
        |o| Some(!(is_promoted(o) || is(o, "/status/abort"))),
        edit::abort_rollout,
    ),
    row(
        ARGO,
        ROLLOUT,
        "retry",
        |o| Some(!is_promoted(o) && is(o, "/status/abort")),
        edit::retry_rollout,
    ),
    row(
        ARGO,
        ROLLOUT,
        "promote-full",
        |o| Some(can_be_promoted(o)),
        edit::promote_rollout,
    ),
    row(
        ARGO,
        ROLLOUT,
        "skip-current-step",
        |o| Some(has_another_step(o)),
        edit::skip_step,
    ),
    row(
        ARGO,
        &["AnalysisRun"],
        "terminate",
        |o| Some(!is_ended_analysis(o)),
        edit::terminate_analysis,
    ),
    row(
        ARGO,
        &["CronWorkflow"],
        "create-workflow",
        always,
        edit::workflow_of_cron,
    ),
    row(
        ARGO,
        &["WorkflowTemplate"],
        "create-workflow",
        always,
        edit::workflow_of_template,
    ),
    row(
        "external-secrets.io",
        &["ExternalSecret"],
        "refresh",
        |o| Some(is_refreshed(o)),
        edit::force_sync,
    ),
    row(
        "external-secrets.io",
        &["PushSecret"],
        "push",
        |o| Some(has_interval(o)),
        edit::force_sync,
    ),
];

/// Flux's kinds, which have the same actions.
const FLUX: [(&str, &[&str]); 5] = [
    ("helm.toolkit.fluxcd.io", &["HelmRelease"]),
    (
        "image.toolkit.fluxcd.io",
        &["ImageRepository", "ImageUpdateAutomation"],
    ),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"]),
    (
        "notification.toolkit.fluxcd.io",
        &["Alert", "Provider", "Receiver"],
    ),
    (
        "source.toolkit.fluxcd.io",
        &[
            "Bucket",
            "GitRepository",
            "HelmChart",
            "HelmRepository",
            "OCIRepository",
        ],
    ),
];
const FLUX_TABLE: &[Row] = &[
    row(
        "",
        &[],
        "suspend",
        |o| Some(!is_suspended(o)),
        edit::suspend,
    ),
    row(
        "",
        &[],
        "resume",
        |o| Some(is_suspended(o)),
        edit::resume_suspended,
    ),
    row(
        "",
        &[],
        "reconcile",
        |o| Some(!is_suspended(o)),
        edit::reconcile_flux,
    ),
];

/// The actions of an object's kind.
pub(super) fn rows_of(object: &Object) -> impl Iterator<Item = &'static Row> {
    let gvk = object.gvk();
    let (group, kind) = (gvk.group.clone(), gvk.kind.clone());
    let of_flux = FLUX
        .iter()
        .any(|(g, kinds)| *g == group && kinds.contains(&kind.as_str()));
    // What only tells others reconciles nothing.
    let only_tells = matches!(kind.as_str(), "Alert" | "Provider");
    let flux = FLUX_TABLE
        .iter()
        .filter(move |row| of_flux && !(only_tells && row.name == "reconcile"));
    TABLE
        .iter()
        .filter(move |row| row.group == group && row.kinds.contains(&kind.as_str()))
        .chain(flux)
}

fn always(_: &Value) -> Option<bool> {
    Some(true)
}

/// Is not even listed otherwise.
fn there(is: bool) -> Option<bool> {
    is.then_some(true)
}

fn is(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer) == Some(&Value::Bool(true))
}

fn is_suspended(object: &Value) -> bool {
    is(object, "/spec/suspend")
}

/// Whether a Job has ended, or is on the way there.
fn is_over(job: &Value) -> bool {
    const ENDS: [&str; 4] = ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"];
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        let kind = condition["type"].as_str().unwrap_or_default();
        ENDS.contains(&kind) && condition["status"] == "True"
    })
}

/// Whether all of a Rollout's pods are of its newest template.
fn is_promoted(rollout: &Value) -> bool {
    rollout["status"]["currentPodHash"] == rollout["status"]["stableRS"]
}

/// Whether its controller, of version 0.10 or later, can be told so: earlier ones wrote a hash.
fn can_be_promoted(rollout: &Value) -> bool {
    let seen = &rollout["status"]["observedGeneration"];
    let seen = seen.as_str().and_then(|seen| seen.parse::<i64>().ok());
    let generation = rollout["metadata"]["generation"].as_i64();
    !is_promoted(rollout) && seen.is_some_and(|seen| generation.is_none_or(|now| seen <= now))
}

fn is_paused_rollout(rollout: &Value) -> bool {
    match rollout
        .pointer("/status/pauseConditions")
        .and_then(Value::as_array)
    {
        Some(conditions) => !conditions.is_empty(),
        None => is(rollout, "/spec/paused"),
    }
}

fn has_another_step(rollout: &Value) -> bool {
    let steps = rollout
        .pointer("/spec/strategy/canary/steps")
        .and_then(Value::as_array);
    let at = rollout
        .pointer("/status/currentStepIndex")
        .and_then(Value::as_u64);
    steps.is_some_and(|steps| at.is_some_and(|at| at < steps.len() as u64))
}

fn is_ended_analysis(run: &Value) -> bool {
    let phase = run.pointer("/status/phase").and_then(Value::as_str);
    let ended = ["Successful", "Failed", "Error", "Inconclusive"];
    is(run, "/spec/terminate") || phase.is_some_and(|phase| ended.contains(&phase))
}

/// Whether it is read or written again by itself: an interval of nothing turns that off.
fn has_interval(secret: &Value) -> bool {
    let interval = match secret.pointer("/spec/refreshInterval") {
        None | Some(Value::Null) => return true,
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let unit = interval.strip_prefix('0').filter(|_| !interval.is_empty());
    !unit.is_some_and(|unit| ["", "ns", "us", "µs", "ms", "s", "m", "h"].contains(&unit))
}

fn is_refreshed(secret: &Value) -> bool {
    has_interval(secret) || secret.pointer("/spec/refreshPolicy") == Some(&"OnChange".into())
}
