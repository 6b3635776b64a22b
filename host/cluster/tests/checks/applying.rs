//! What the server says to an apply.

use gantry_model::ClusterError;
use gantry_model::cluster::{ApplyOptions, FieldConflict};
use serde_json::{Value, json};

use super::{OPTIONS, SetUp, config_map};

pub(crate) async fn run(set_up: &SetUp) {
    a_conflict_names_manager_and_field(set_up).await;
    a_wrong_object_is_refused(set_up).await;
    a_missing_namespace_is_named(set_up).await;
    a_secret_is_never_quoted(set_up).await;
}

async fn a_conflict_names_manager_and_field(set_up: &SetUp) {
    let other = ApplyOptions {
        field_manager: "some \"one\"",
        ..OPTIONS
    };
    set_up
        .apply(config_map("shared", &json!({"a": "1"})), other)
        .await
        .expect("applied");
    let mine = config_map("shared", &json!({"a": "2"}));
    let error = set_up
        .apply(mine.clone(), OPTIONS)
        .await
        .expect_err("a conflict");
    let conflict = FieldConflict {
        manager: "some \"one\"".to_owned(),
        field: ".data.a".to_owned(),
    };
    assert_eq!(error, ClusterError::Conflict(vec![conflict]));
    let force = ApplyOptions {
        force_conflicts: true,
        ..OPTIONS
    };
    let forced = set_up.apply(mine, force).await.expect("forced");
    assert_eq!(forced.value().pointer("/data/a"), Some(&json!("2")));
}

async fn a_wrong_object_is_refused(set_up: &SetUp) {
    let deployment = |spec: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "wrong", "namespace": "default"}, "spec": spec,
        })
    };
    let spec = |extra: Value| {
        let mut spec = json!({
            "selector": {"matchLabels": {"app": "a"}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "a", "image": "a"}]},
            },
        });
        for (key, value) in extra.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        deployment(spec)
    };
    let mut nameless = config_map("", &json!({}));
    nameless["metadata"]["generateName"] = json!("some-");
    let cases = [
        (spec(json!({"replcas": 1})), "replcas"),
        (spec(json!({"replicas": -1})), "spec.replicas"),
        (spec(json!({"replicas": "x"})), "replicas"),
        (
            spec(json!({"template": {"metadata": {"labels": {"app": "b"}}, "spec": {}}})),
            "selector",
        ),
        (config_map("Upper_Case", &json!({})), "Upper_Case"),
        (nameless, "metadata.name"),
    ];
    for (object, expected) in cases {
        let applied = set_up.apply(object, OPTIONS).await;
        let named = matches!(&applied, Err(ClusterError::Invalid(text)) if text.contains(expected));
        assert!(named, "{expected}: {applied:?}");
    }
}

async fn a_missing_namespace_is_named(set_up: &SetUp) {
    let mut map = config_map("a", &json!({}));
    map["metadata"]["namespace"] = json!("nowhere");
    let error = set_up.apply(map, OPTIONS).await.expect_err("no namespace");
    assert_eq!(
        error,
        ClusterError::NotFound("namespaces \"nowhere\"".to_owned())
    );
    assert_eq!(error.to_string(), "namespaces \"nowhere\" not found");
}

async fn a_secret_is_never_quoted(set_up: &SetUp) {
    let secret = |rest: Value| {
        let mut object = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "quoted", "namespace": "default"},
        });
        for (key, value) in rest.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        object
    };
    let cases = [
        json!({"data": {"a": "hunter2-not-base64!"}}),
        json!({"stringData": {"a": {"b": "hunter2-nested"}}}),
        json!({"stringData": {"a": 8_675_309}}),
        json!({"stringData": {"a": ["hunter2-list"]}}),
        json!({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "aHVudGVyMi1odW50ZXIy"}}),
        json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "hunter2 is no JSON"}}),
    ];
    for case in cases {
        let shown = case.to_string();
        let error = set_up.apply(secret(case), OPTIONS).await.expect_err(&shown);
        assert!(
            matches!(error, ClusterError::Invalid(_)),
            "{shown}: {error:?}"
        );
        let message = error.to_string();
        for hidden in ["hunter2", "8675309", "aHVudGVyMi"] {
            assert!(!message.contains(hidden), "{shown}: {message}");
        }
    }
}
