use super::{last_applied, predict};
use serde_json::{Value, json};

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec})
}

fn containers(containers: Value) -> Value {
    deployment(json!({"template": {"spec": {"containers": containers}}}))
}

fn widget(spec: Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "spec": spec})
}

/// What it is about, live, desired, applied last, predicted.
type Case = (&'static str, Value, Value, Option<Value>, Value);

fn built_in() -> Vec<Case> {
    let c = |name: &str| json!({"name": name});
    vec![
        (
            "what the server filled in stays",
            deployment(json!({"replicas": 1, "paused": true})),
            deployment(json!({"replicas": 2})),
            None,
            deployment(json!({"replicas": 2, "paused": true})),
        ),
        (
            "what was applied and is not desired goes",
            deployment(json!({"replicas": 1, "paused": true})),
            deployment(json!({"replicas": 1})),
            Some(deployment(json!({"replicas": 1, "paused": false}))),
            deployment(json!({"replicas": 1})),
        ),
        (
            "a null takes away",
            deployment(json!({"replicas": 1})),
            deployment(json!({"replicas": null})),
            None,
            deployment(json!({})),
        ),
        (
            "items of others stay where they are",
            containers(json!([c("proxy"), c("a"), c("other"), c("b")])),
            containers(json!([c("b"), c("a"), c("new")])),
            Some(containers(json!([c("a"), c("b"), c("other")]))),
            containers(json!([c("proxy"), c("b"), c("a"), c("new")])),
        ),
        (
            "a strategy keeps only what is named",
            deployment(
                json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 5}}}),
            ),
            deployment(json!({"strategy": {"type": "Recreate"}})),
            None,
            deployment(json!({"strategy": {"type": "Recreate"}})),
        ),
        (
            "an atomic list is replaced",
            containers(json!([{"name": "a", "args": ["x", "y"]}])),
            containers(json!([{"name": "a", "args": ["y"]}])),
            None,
            containers(json!([{"name": "a", "args": ["y"]}])),
        ),
        (
            "one port, two protocols",
            containers(json!([{"name": "a", "ports": [
                {"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]}])),
            containers(json!([{"name": "a", "ports": [
                {"containerPort": 53}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}]}])),
            None,
            containers(json!([{"name": "a", "ports": [
                {"containerPort": 53, "protocol": "TCP"},
                {"containerPort": 53, "protocol": "UDP", "name": "dns"}]}])),
        ),
    ]
}

fn unknown() -> Vec<Case> {
    vec![
        (
            "a list that differs only in what the server filled in is left alone",
            widget(json!({"items": [{"a": 1, "filled": 2}], "x": 1})),
            widget(json!({"items": [{"a": 1}]})),
            None,
            widget(json!({"items": [{"a": 1, "filled": 2}], "x": 1})),
        ),
        (
            "another list is replaced",
            widget(json!({"items": [{"a": 1, "filled": 2}]})),
            widget(json!({"items": [{"a": 2}]})),
            None,
            widget(json!({"items": [{"a": 2}]})),
        ),
        (
            "what was applied goes, deep down too",
            widget(json!({"a": {"b": 1, "c": 2}})),
            widget(json!({"a": {"b": 1}})),
            Some(widget(json!({"a": {"b": 1, "c": 2}}))),
            widget(json!({"a": {"b": 1}})),
        ),
        (
            "a null that was never a value says nothing",
            widget(json!({"a": 1})),
            widget(json!({"a": null})),
            None,
            widget(json!({"a": 1})),
        ),
        (
            "a null where a value was applied takes it away",
            widget(json!({"a": 1})),
            widget(json!({"a": null})),
            Some(widget(json!({"a": 1}))),
            widget(json!({})),
        ),
    ]
}

#[test]
fn an_apply_is_foreseen() {
    for (name, live, desired, last, expected) in built_in().into_iter().chain(unknown()) {
        let found = predict(&live, &desired, last.as_ref());
        assert_eq!(found, expected, "{name}");
        assert_eq!(predict(&found, &desired, None), found, "{name}, once more");
    }
}

#[test]
fn finalizers_are_a_set() {
    let with = |finalizers: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": finalizers}});
    let found = predict(
        &with(json!(["theirs", "old", "b"])),
        &with(json!(["a", "b"])),
        Some(&with(json!(["old"]))),
    );
    assert_eq!(found, with(json!(["a", "theirs", "b"])));
}

#[test]
fn the_annotation_is_read_if_it_is_an_object() {
    let with = |text: &str| {
        json!({"metadata": {"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": text}}})
    };
    assert_eq!(last_applied(&with("{\"a\": 1}")), Some(json!({"a": 1})));
    for text in ["", "{", "[]", "null"] {
        assert_eq!(last_applied(&with(text)), None, "{text}");
    }
}
