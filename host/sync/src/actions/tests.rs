use std::collections::BTreeMap;

use gantry_model::Object;
use serde_json::{Value, json};

use super::{Edit, Told, act, resource_actions};

const NOW: &str = "2026-01-31T23:59:58Z";

fn object(api_version: &str, kind: &str, rest: &Value) -> Object {
    let mut value = json!({"apiVersion": api_version, "kind": kind});
    value["metadata"] = json!({"name": "a", "namespace": "n", "uid": "u"});
    for (key, part) in rest.as_object().into_iter().flatten() {
        value[key] = part.clone();
    }
    Object::new(value, None).expect("an object")
}

/// The names of an object's actions, those that are disabled in brackets.
fn names(object: &Object) -> String {
    let name = |action: super::ResourceAction| match action.disabled {
        true => format!("({})", action.name),
        false => action.name.to_owned(),
    };
    let names = resource_actions(object).into_iter().map(name);
    names.collect::<Vec<_>>().join(" ")
}

/// Kind, what is in the object, and its actions: those that mean nothing now in brackets.
const STATES: &str = r#"
apps/v1 Deployment | {} | pause restart (resume) scale
apps/v1 Deployment | {"spec": {"paused": true}} | (pause) restart resume scale
apps/v1 StatefulSet | {} | restart scale
apps/v1 DaemonSet | {} | restart
apps/v1 ReplicaSet | {} |
example.com/v1 Deployment | {} |
batch/v1 CronJob | {} | create-job suspend
batch/v1 CronJob | {"spec": {"suspend": true}} | create-job resume
batch/v1 Job | {} | suspend
batch/v1 Job | {"status": {}, "spec": {"suspend": true}} | resume terminate
batch/v1 Job | {"status": {"conditions": [{"type": "Complete", "status": "True"}]}} |
argoproj.io/v1alpha1 Rollout | {"status": {"currentPodHash": "a", "stableRS": "b", "currentStepIndex": 0, "observedGeneration": "1"}, "spec": {"strategy": {"canary": {"steps": [{}]}}}} | abort pause promote-full restart (resume) (retry) skip-current-step
argoproj.io/v1alpha1 Rollout | {"status": {"currentPodHash": "a", "stableRS": "b", "observedGeneration": "5f7"}} | abort pause (promote-full) restart (resume) (retry) (skip-current-step)
argoproj.io/v1alpha1 Rollout | {"status": {"currentPodHash": "a", "stableRS": "a", "pauseConditions": [{}]}} | (abort) (pause) (promote-full) restart resume (retry) (skip-current-step)
argoproj.io/v1alpha1 AnalysisRun | {"status": {"phase": "Failed"}} | (terminate)
kustomize.toolkit.fluxcd.io/v1 Kustomization | {} | reconcile (resume) suspend
notification.toolkit.fluxcd.io/v1 Alert | {"spec": {"suspend": true}} | resume (suspend)
external-secrets.io/v1 ExternalSecret | {"spec": {"refreshInterval": "0s"}} | (refresh)
external-secrets.io/v1 ExternalSecret | {"spec": {"refreshInterval": "0", "refreshPolicy": "OnChange"}} | refresh
external-secrets.io/v1 PushSecret | {"spec": {"refreshInterval": "10m"}} | push
"#;

#[test]
fn a_kind_has_the_actions_that_its_state_allows() {
    for line in STATES.trim().lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [kind, rest, expected] = cells[..] else {
            unreachable!("{line}");
        };
        let (api_version, kind) = kind.split_once(' ').expect("a version and a kind");
        let rest = serde_json::from_str(rest).expect("JSON");
        assert_eq!(names(&object(api_version, kind, &rest)), expected, "{line}");
    }
}

fn run(object: &Object, action: &str, parameters: &[(&str, &str)]) -> Result<Vec<Edit>, String> {
    let parameters: BTreeMap<String, String> = parameters
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let told = Told {
        parameters: &parameters,
        now: NOW,
    };
    act(object, action, told).map_err(|error| error.to_string())
}

#[test]
fn an_action_is_a_small_edit() {
    let deployment = object("apps/v1", "Deployment", &json!({}));
    let restarted = json!({"kubectl.kubernetes.io/restartedAt": NOW});
    let job = object("batch/v1", "Job", &json!({"status": {"active": 1}}));
    let waiting = json!({"spec": {"paused": true}, "status": {"pauseConditions": [{}]}});
    let rollout = object("argoproj.io/v1alpha1", "Rollout", &waiting);
    let terminated = json!([{"type": "FailureTarget", "status": "True", "reason": "ManuallyTerminated",
        "message": "Job was terminated explicitly", "lastTransitionTime": NOW}]);
    for (of, action, parameters, expected) in [
        (
            &deployment,
            "restart",
            &[][..],
            vec![Edit::Patch(
                json!({"spec": {"template": {"metadata": {"annotations": restarted}}}}),
            )],
        ),
        (
            &deployment,
            "scale",
            &[("replicas", "6")],
            vec![Edit::Patch(json!({"spec": {"replicas": 6}}))],
        ),
        (
            &job,
            "terminate",
            &[],
            vec![Edit::PatchStatus(
                json!({"status": {"conditions": terminated}}),
            )],
        ),
        (
            &rollout,
            "resume",
            &[],
            vec![
                Edit::Patch(json!({"spec": {"paused": false}})),
                Edit::PatchStatus(json!({"status": {"pauseConditions": null}})),
            ],
        ),
    ] {
        assert_eq!(
            run(of, action, parameters).as_ref(),
            Ok(&expected),
            "{action}"
        );
    }
}

#[test]
fn a_job_is_made_as_its_cron_job_has_it() {
    let template = json!({"metadata": {"labels": {"l": "1"}, "annotations": {"x": "y"}}, "spec": {"template": {}}});
    let cron = object(
        "batch/v1",
        "CronJob",
        &json!({"spec": {"jobTemplate": template}}),
    );
    let owner = json!({"apiVersion": "batch/v1", "kind": "CronJob", "name": "a", "uid": "u",
        "blockOwnerDeletion": true, "controller": true});
    let expected = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "a-2601312359",
            "namespace": "n",
            "labels": {"l": "1"},
            "annotations": {"x": "y", "cronjob.kubernetes.io/instantiate": "manual"},
            "ownerReferences": [owner],
        },
        "spec": {"template": {}},
    });
    assert_eq!(
        run(&cron, "create-job", &[]),
        Ok(vec![Edit::Create(expected)])
    );
}

#[test]
fn what_cannot_be_done_is_told() {
    let deployment = object("apps/v1", "Deployment", &json!({}));
    let map = object("v1", "ConfigMap", &json!({}));
    let given = |value| [("replicas", value)];
    for (of, action, parameters, part) in [
        (
            &map,
            "restart",
            &[][..],
            "ConfigMap has no action restart: it has none",
        ),
        (
            &deployment,
            "reboot",
            &[],
            "it has pause, restart, resume, scale",
        ),
        (&deployment, "resume", &[], "disabled"),
        (
            &deployment,
            "scale",
            &[],
            "needs the parameter replicas: it is not given",
        ),
        (&deployment, "scale", &given("x"), "invalid number: x"),
        (&deployment, "scale", &given("-1"), "invalid number: -1"),
        (
            &deployment,
            "scale",
            &given("99999999999"),
            "invalid number",
        ),
        (
            &deployment,
            "restart",
            &given("1"),
            "knows no such parameter",
        ),
    ] {
        let error = run(of, action, parameters).expect_err(action);
        assert!(error.contains(part), "{error}");
    }
}
