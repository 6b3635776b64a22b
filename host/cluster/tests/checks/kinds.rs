//! Discovery.

use std::time::{Duration, Instant};

use gantry_model::cluster::Resource;
use gantry_model::{Cluster as _, ClusterError, Gvk, Object};
use serde_json::{Value, json};

use super::{OPTIONS, SetUp};

pub(crate) async fn run(set_up: &SetUp) {
    kinds_have_their_facts(set_up).await;
    an_unknown_kind_is_none(set_up).await;
    a_broken_api_service_breaks_nothing_else(set_up).await;
    a_new_kind_is_found(set_up).await;
    a_kind_without_its_conversion_webhook_is_named(set_up).await;
}

/// Stored in one version, asked for in another, and nothing listens where the webhook should.
async fn a_kind_without_its_conversion_webhook_is_named(set_up: &SetUp) {
    let version = |name: &str, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        })
    };
    let mut crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "turns.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced",
            "names": {"kind": "Turn", "plural": "turns", "singular": "turn"},
            "versions": [version("v1", true), version("v2", false)],
        },
    });
    set_up.apply(crd.clone(), OPTIONS).await.expect("applied");
    let gvk = Gvk::parse("example.org/v2", "Turn");
    while set_up
        .one
        .resource(&gvk)
        .await
        .expect("discovery")
        .is_none()
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let turn = json!({"apiVersion": "example.org/v1", "kind": "Turn", "metadata": {"name": "a", "namespace": "default"}});
    set_up.apply(turn, OPTIONS).await.expect("applied");
    crd["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"],
        "clientConfig": {"service": {"namespace": "default", "name": "nowhere"}},
    }});
    set_up.apply(crd, OPTIONS).await.expect("applied");
    let turns = set_up.kind("example.org/v2", "Turn").await;
    let started = Instant::now();
    // The server takes note of the webhook a moment later.
    let error = loop {
        match set_up.one.list(&turns, None).await {
            Ok(_) if started.elapsed() < Duration::from_secs(30) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            listed => break listed.expect_err("no conversion"),
        }
    };
    let expected = matches!(&error, ClusterError::NotConverted { gvk: of, .. } if *of == gvk);
    assert!(expected, "{error:?}");
    assert!(error.to_string().contains("example.org/v2/Turn"), "{error}");
    let got = set_up.one.get(&turns, "default", "a").await;
    let error = got.expect_err("no conversion");
    assert!(
        matches!(error, ClusterError::NotConverted { .. }),
        "{error:?}"
    );
    set_up
        .one
        .list(&widgets(), None)
        .await
        .expect("other kinds are listed");
}

async fn kinds_have_their_facts(set_up: &SetUp) {
    let all = set_up.one.resources().await.expect("discovery");
    let cases = [
        ("v1", "Pod", "pods", true, true),
        ("v1", "Namespace", "namespaces", false, true),
        ("apps/v1", "Deployment", "deployments", true, true),
        (
            "authorization.k8s.io/v1",
            "SubjectAccessReview",
            "subjectaccessreviews",
            false,
            false,
        ),
    ];
    for (api_version, kind, plural, namespaced, listable) in cases {
        let expected = Resource {
            gvk: Gvk::parse(api_version, kind),
            plural: plural.to_owned(),
            namespaced,
            listable,
        };
        assert_eq!(set_up.kind(api_version, kind).await, expected);
        assert!(all.contains(&expected), "{expected:?}");
    }
    let sub = all
        .iter()
        .find(|r| r.plural.contains('/') || r.gvk.kind == "Scale");
    assert_eq!(sub, None);
}

async fn an_unknown_kind_is_none(set_up: &SetUp) {
    let gvk = Gvk::parse("example.org/v1", "Widget");
    let found = set_up.one.resource(&gvk).await.expect("discovery");
    assert_eq!(found, None);
    // One that was known to somebody before its CRD went.
    let gone = widgets();
    let object = Object::new(widget(), None).expect("an object");
    let unknown = ClusterError::UnknownKind(gvk);
    let applied = set_up.one.apply(&gone, &object, OPTIONS).await;
    assert_eq!(applied, Err(unknown.clone()));
    assert_eq!(set_up.one.list(&gone, None).await, Err(unknown.clone()));
    assert_eq!(set_up.one.get(&gone, "default", "a").await, Err(unknown));
}

/// Nothing listens where this APIService points.
async fn a_broken_api_service_breaks_nothing_else(set_up: &SetUp) {
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1.broken.example.org"},
        "spec": {
            "group": "broken.example.org", "version": "v1",
            "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true,
            "service": {"namespace": "default", "name": "nowhere"},
        },
    });
    set_up.apply(service, OPTIONS).await.expect("applied");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let gvk = Gvk::parse("broken.example.org/v1", "Thing");
    let found = set_up.one.resource(&gvk).await.expect("discovery goes on");
    assert_eq!(found, None);
    assert_eq!(set_up.kind("v1", "Pod").await.plural, "pods");
}

async fn a_new_kind_is_found(set_up: &SetUp) {
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}},
            }],
        },
    });
    set_up.apply(crd, OPTIONS).await.expect("applied");
    let gvk = Gvk::parse("example.org/v1", "Widget");
    let started = Instant::now();
    let found = loop {
        let found = set_up.one.resource(&gvk).await.expect("discovery");
        if found.is_some() || started.elapsed() > Duration::from_secs(30) {
            break found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(found, Some(widgets()));
    let applied = set_up.apply(widget(), OPTIONS).await.expect("applied");
    assert_eq!(applied.kind(), "Widget");
    let mut wrong = widget();
    wrong["spec"]["sise"] = json!(1);
    let error = set_up
        .apply(wrong, OPTIONS)
        .await
        .expect_err("an unknown field");
    assert!(
        matches!(&error, ClusterError::Invalid(text) if text.contains("sise")),
        "{error:?}"
    );
}

fn widgets() -> Resource {
    Resource {
        gvk: Gvk::parse("example.org/v1", "Widget"),
        plural: "widgets".to_owned(),
        namespaced: true,
        listable: true,
    }
}

fn widget() -> Value {
    json!({
        "apiVersion": "example.org/v1", "kind": "Widget",
        "metadata": {"name": "a", "namespace": "default"}, "spec": {"size": 1},
    })
}
