use super::{Options, compare, compare_predicted};
use crate::arbitrary::{object, value};
use crate::{Ignore, SystemRules};
use gantry_model::application::IgnoreDifference;
use proptest::prelude::*;
use serde_json::{Value, json};

fn modified(live: &Value, desired: &Value) -> bool {
    let nothing = Ignore::default();
    compare(Some(live), Some(desired), &nothing, Options::default()).modified
}

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "a", "namespace": "n"}, "spec": spec})
}

#[test]
fn an_object_alone_is_modified_only_if_it_is_desired() {
    let object = deployment(json!({}));
    let nothing = Ignore::default();
    let alone = compare(None, Some(&object), &nothing, Options::default());
    assert!(alone.modified && alone.normalized_live.is_none() && alone.predicted.is_some());
    let alone = compare(Some(&object), None, &nothing, Options::default());
    assert!(!alone.modified && alone.normalized_live.is_some() && alone.predicted.is_none());
}

#[test]
fn defaults_do_not_count_in_lists_either() {
    let policy = |port: Value| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "spec": {"podSelector": {}, "ingress": [{"ports": [port]}]}})
    };
    let live = policy(json!({"port": 80, "protocol": "TCP"}));
    assert!(!modified(&live, &policy(json!({"port": 80}))));
    assert!(modified(
        &live,
        &policy(json!({"port": 80, "protocol": "UDP"}))
    ));
    assert!(!modified(
        &deployment(json!({})),
        &deployment(json!({"replicas": 1}))
    ));
}

#[test]
fn a_strategy_with_defaults_is_no_change() {
    let live = deployment(json!({"strategy": {"type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}));
    assert!(!modified(
        &live,
        &deployment(json!({"strategy": {"type": "RollingUpdate"}}))
    ));
    assert!(modified(
        &live,
        &deployment(json!({"strategy": {"type": "Recreate"}}))
    ));
}

/// A Service as the server has it after `argocd-controller` applied two ports.
fn service() -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "managedFields": [{"manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1",
            "fieldsV1": {"f:spec": {"f:type": {}, "f:ports": {
                "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}},
                "k:{\"port\":443,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}}}}}},
            {"manager": "other", "operation": "Update", "apiVersion": "v1",
            "fieldsV1": {"f:spec": {"f:sessionAffinity": {}}}}]},
        "spec": {"type": "NodePort", "sessionAffinity": "ClientIP", "ports": [
            {"port": 80, "protocol": "TCP", "name": "web", "targetPort": 80},
            {"port": 443, "protocol": "TCP", "name": "tls", "targetPort": 443}]}})
}

#[test]
fn ownership_decides_what_goes() {
    let desired = |spec: Value| {
        json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a"}, "spec": spec})
    };
    let options = Options {
        manager: Some("argocd-controller"),
        ..Options::default()
    };
    let ports = json!([{"port": 80, "name": "web"}, {"port": 443, "name": "tls"}]);
    let same = desired(json!({"type": "NodePort", "ports": ports}));
    let nothing = Ignore::default();
    let verdict = compare(Some(&service()), Some(&same), &nothing, options);
    assert!(!verdict.modified, "{verdict:#?}");
    let less = desired(json!({"ports": [{"port": 80, "name": "web"}]}));
    let verdict = compare(Some(&service()), Some(&less), &nothing, options);
    let predicted = verdict.predicted.expect("an object");
    assert!(verdict.modified);
    assert_eq!(predicted["spec"]["ports"].as_array().map(Vec::len), Some(1));
    assert_eq!(predicted["spec"]["type"], "ClusterIP");
    assert_eq!(predicted["spec"]["sessionAffinity"], "ClientIP");
}

#[test]
fn long_lists_and_repeated_keys_are_compared_whole() {
    let pod = |names: &[usize]| {
        let env = names.iter().map(|name| json!({"name": format!("v{name}")}));
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"managedFields": [
            {"manager": "gantry", "operation": "Apply", "apiVersion": "v1", "fieldsV1":
                {"f:spec": {"f:containers": {"k:{\"name\":\"a\"}": {"f:env":
                    {"k:{\"name\":\"v0\"}": {".": {}, "f:name": {}}}}}}}}]},
            "spec": {"containers": [{"name": "a", "env": env.collect::<Value>()}]}})
    };
    let long: Vec<usize> = (0..5_000).collect();
    let nothing = Ignore::default();
    let owned = Options {
        manager: Some("gantry"),
        ..Options::default()
    };
    for list in [&long[..], &[0, 0, 1]] {
        for options in [Options::default(), owned] {
            let (live, other) = (pod(list), pod(&list[1..]));
            let same = compare(Some(&live), Some(&live), &nothing, options);
            let less = compare(Some(&live), Some(&other), &nothing, options);
            assert!(!same.modified && less.modified);
        }
    }
}

#[test]
fn system_rules_leave_the_status_out() {
    let with = |status: Value| json!({"apiVersion": "x.io/v1", "kind": "W", "status": status});
    let (ignore, _) = Ignore::compile_with(&SystemRules::default(), &[]);
    let (live, desired) = (with(json!({"a": 1})), with(json!({"a": 2})));
    let verdict = compare(Some(&live), Some(&desired), &ignore, Options::default());
    assert!(!verdict.modified);
    assert!(modified(&live, &desired));
}

#[test]
fn a_failing_expression_is_a_warning() {
    let rule = IgnoreDifference {
        group: "*".to_owned(),
        kind: "*".to_owned(),
        jq_path_expressions: vec![".spec.absent[]".to_owned()],
        ..IgnoreDifference::default()
    };
    let (ignore, _) = Ignore::compile(&[rule]);
    let object = deployment(json!({}));
    let verdict = compare(Some(&object), Some(&object), &ignore, Options::default());
    assert_eq!(verdict.warnings.len(), 1);
}

#[test]
fn what_the_server_predicts_is_compared_without_what_is_ignored() {
    let live = deployment(json!({"replicas": 1, "paused": false}));
    let mut predicted = deployment(json!({"replicas": 2, "paused": false}));
    predicted["metadata"]["managedFields"] = json!([]);
    let rule = IgnoreDifference {
        group: "apps".to_owned(),
        kind: "*".to_owned(),
        json_pointers: vec!["/spec/replicas".to_owned()],
        ..IgnoreDifference::default()
    };
    let (ignore, _) = Ignore::compile(&[rule]);
    assert!(!compare_predicted(&live, &predicted, &ignore).modified);
    assert!(compare_predicted(&live, &predicted, &Ignore::default()).modified);
}

proptest! {
    #[test]
    fn an_object_does_not_differ_from_itself(object in object()) {
        let nothing = Ignore::default();
        let owned = Options { manager: Some("gantry"), ..Options::default() };
        for options in [Options::default(), owned] {
            let verdict = compare(Some(&object), Some(&object), &nothing, options);
            prop_assert!(!verdict.modified, "{verdict:#?}");
        }
    }

    #[test]
    fn what_was_predicted_is_in_step(live in object(), spec in value()) {
        let mut desired = live.clone();
        desired["spec"] = spec;
        let nothing = Ignore::default();
        let owned = Options { manager: Some("gantry"), ..Options::default() };
        for options in [Options::default(), owned] {
            let verdict = compare(Some(&live), Some(&desired), &nothing, options);
            let predicted = verdict.predicted.expect("both are there");
            let again = compare(Some(&predicted), Some(&desired), &nothing, options);
            prop_assert!(!again.modified, "{predicted} {again:#?}");
        }
    }
}
