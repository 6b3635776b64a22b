//! Rules and what they permit, by cases of Argo CD's own tests and more.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ProjectRules;
use crate::application::{Application, Destination};
use crate::object::{Gvk, ObjectRef};
use crate::project::{AppProject, DestinationCluster};

fn rules(spec: Value) -> Result<ProjectRules, String> {
    let project = AppProject {
        name: "shop".to_owned(),
        namespace: String::new(),
        annotations: BTreeMap::new(),
        spec,
    };
    ProjectRules::of(&project).map_err(|problem| problem.to_string())
}

fn cluster(server: &str, name: &str) -> DestinationCluster {
    DestinationCluster {
        server: server.to_owned(),
        name: name.to_owned(),
        project: String::new(),
    }
}

/// Rules as `server namespace`, or `@name namespace`.
fn destinations(texts: &[&str]) -> Value {
    let items: Vec<Value> = texts
        .iter()
        .filter_map(|text| text.split_once(' '))
        .map(|(server, namespace)| match server.strip_prefix('@') {
            Some(name) => json!({"name": name, "namespace": namespace}),
            None => json!({"server": server, "namespace": namespace}),
        })
        .collect();
    json!({ "destinations": items })
}

const HOME: &str = "https://kubernetes.default.svc";
type Case = (
    &'static [&'static str],
    (&'static str, &'static str, &'static str),
    bool,
);

const CASES: &[Case] = &[
    (
        &["https://kubernetes.default.svc default"],
        (HOME, "", "default"),
        true,
    ),
    (
        &["https://kubernetes.default.svc default"],
        (HOME, "", "kube-system"),
        false,
    ),
    (
        &["https://my-cluster default"],
        (HOME, "", "default"),
        false,
    ),
    (
        &["https://*.default.svc default"],
        (HOME, "", "default"),
        true,
    ),
    (
        &["https://team1-* default"],
        ("https://test2-dev", "", "default"),
        false,
    ),
    (
        &["https://kubernetes.default.svc test-*"],
        (HOME, "", "test-foo"),
        true,
    ),
    (
        &["https://kubernetes.default.svc test-*"],
        (HOME, "", "test"),
        false,
    ),
    (&["@edge-* *"], ("https://edge", "edge-1", "any"), true),
    (&["@edge-* *"], ("https://edge", "other", "any"), false),
    (&["* *"], (HOME, "in-cluster", ""), true),
    (&[], (HOME, "", "default"), false),
    (
        &["!https://kubernetes.default.svc default"],
        (HOME, "", "default"),
        false,
    ),
    (
        &["https://kubernetes.default.svc !default"],
        (HOME, "", "kube-system"),
        true,
    ),
    (
        &["!https://my-cluster default"],
        (HOME, "", "default"),
        true,
    ),
    (
        &["https://kubernetes.default.svc !test-*"],
        (HOME, "", "test-foo"),
        false,
    ),
    (
        &["https://kubernetes.default.svc !test-*"],
        (HOME, "", "test"),
        true,
    ),
    (&["@!test *"], ("", "test", "test"), false),
    (&["@!test2 *"], ("", "test", "test"), true),
    (
        &["* kube-system", "* !kube-system"],
        (HOME, "", "kube-system"),
        false,
    ),
    (&["* *", "* !kube-system"], (HOME, "", "kube-system"), false),
    (
        &[
            "https://kubernetes.default.svc *",
            "!https://kubernetes.default.svc *",
        ],
        (HOME, "", "kube-system"),
        false,
    ),
    (
        &["* *", "!https://kubernetes.default.svc kube-system"],
        (HOME, "", "default"),
        true,
    ),
    (&["@test *", "@!test *"], ("", "test", "test"), false),
    (
        &["* test", "!https://test-server other"],
        ("https://test-server", "", "test"),
        true,
    ),
    (&["* {a,b}-[0-9]"], (HOME, "", "b-7"), true),
];

#[test]
fn destinations_are_permitted_as_by_argo_cd() {
    for (texts, (server, name, namespace), expected) in CASES {
        let rules = rules(destinations(texts)).expect("rules");
        let destination = Destination {
            server: (*server).to_owned(),
            name: String::new(),
            namespace: (*namespace).to_owned(),
        };
        let found = rules.permits_destination(&destination, &cluster(server, name));
        assert_eq!(
            found.is_ok(),
            *expected,
            "{texts:?} {server} {namespace}: {found:?}"
        );
    }
}

#[test]
fn a_denied_destination_is_told_with_its_rule() {
    let told = |texts: &[&str], name: &str| {
        let destination = Destination {
            server: if name.is_empty() {
                "https://a".to_owned()
            } else {
                String::new()
            },
            name: name.to_owned(),
            namespace: "web".to_owned(),
        };
        let rules = rules(destinations(texts)).expect("rules");
        let found = rules.permits_destination(&destination, &cluster("https://a", "alpha"));
        found.expect_err("denied")
    };
    let words = "application destination server 'https://a' and namespace 'web' do not match any of the \
                 allowed destinations in project 'shop': ";
    assert_eq!(told(&[], ""), format!("{words}it has no destinations"));
    assert_eq!(
        told(&["https://b *"], ""),
        format!("{words}it has https://b/*")
    );
    let denied = told(&["* *", "* !web"], "");
    assert_eq!(denied, format!("{words}its rule */!web denies it"));
    assert!(told(&[], "alpha").contains("server 'alpha'"));
}

#[test]
fn a_project_may_want_clusters_of_its_own() {
    let spec = json!({
        "destinations": [{"server": "*", "namespace": "*"}],
        "permitOnlyProjectScopedClusters": true,
    });
    let rules = rules(spec).expect("rules");
    for (project, expected) in [("shop", true), ("", false), ("other", false)] {
        let cluster = DestinationCluster {
            project: project.to_owned(),
            ..cluster("https://a", "alpha")
        };
        let found = rules.permits_destination(&Destination::default(), &cluster);
        assert_eq!(found.is_ok(), expected, "{project:?}: {found:?}");
    }
}

#[test]
fn kinds_are_permitted_as_by_argo_cd() {
    let deployment = json!([{"group": "apps", "kind": "Deployment"}]);
    let all = json!([{"group": "*", "kind": "*"}]);
    let cases: Vec<(Value, &str, bool, Result<(), &str>)> = vec![
        (
            json!({}),
            "/Namespace/a",
            false,
            Err("clusterResourceWhitelist is empty"),
        ),
        (json!({}), "apps/Deployment/a", true, Ok(())),
        (
            json!({"clusterResourceWhitelist": all}),
            "/Namespace/a",
            false,
            Ok(()),
        ),
        (
            json!({"clusterResourceWhitelist": all, "clusterResourceBlacklist": all}),
            "/Namespace/a",
            false,
            Err("clusterResourceBlacklist has */*"),
        ),
        (
            json!({"namespaceResourceWhitelist": [], "namespaceResourceBlacklist": deployment}),
            "apps/ReplicaSet/a",
            true,
            Err("namespaceResourceWhitelist is empty"),
        ),
        (
            json!({"namespaceResourceWhitelist": null}),
            "apps/ReplicaSet/a",
            true,
            Ok(()),
        ),
        (
            json!({"namespaceResourceBlacklist": deployment}),
            "apps/Deployment/a",
            true,
            Err("namespaceResourceBlacklist has apps/Deployment"),
        ),
        (
            json!({"namespaceResourceWhitelist": deployment}),
            "apps/ReplicaSet/a",
            true,
            Err("namespaceResourceWhitelist does not have it"),
        ),
        (
            json!({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "team-*"}]}),
            "/Namespace/team-a",
            false,
            Ok(()),
        ),
        (
            json!({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "team-*"}]}),
            "/Namespace/kube-system",
            false,
            Err("does not have it"),
        ),
        (
            json!({"clusterResourceWhitelist": [{"group": "*.k8s.io", "kind": "[^C]*"}]}),
            "rbac.k8s.io/ClusterRole/a",
            false,
            Err("does not have it"),
        ),
    ];
    for (spec, object, namespaced, expected) in cases {
        let rules = rules(spec.clone()).expect("rules");
        let mut parts = object.split('/');
        let mut part = || parts.next().unwrap_or_default();
        let (group, kind, name) = (part(), part(), part());
        let found = rules.permits_kind(group, kind, name, namespaced);
        match (found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(told), Err(words)) => {
                assert!(told.contains(words), "{spec}: {told}");
                let start = format!("resource {group}:{kind} is not permitted in project shop: ");
                assert!(told.starts_with(&start), "{told}");
            }
            (found, _) => panic!("{spec} {object}: {found:?}"),
        }
    }
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        gvk: Gvk::parse("v1", kind),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

#[test]
fn objects_of_other_namespaces_are_asked_about_too() {
    let spec = json!({
        "destinations": [{"server": "*", "namespace": "web"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    });
    let rules = rules(spec).expect("rules");
    let permits = |object: &ObjectRef, namespaced| {
        rules.permits_object(object, namespaced, &cluster("https://a", "alpha"))
    };
    assert_eq!(permits(&object("ConfigMap", "web", "a"), true), Ok(()));
    assert_eq!(permits(&object("Namespace", "", "other"), false), Ok(()));
    let told = permits(&object("ConfigMap", "other", "a"), true).expect_err("denied");
    assert_eq!(
        told,
        "namespace other is not permitted in project 'shop': it has */web"
    );
    assert!(permits(&object("PersistentVolume", "", "a"), false).is_err());
}

#[test]
fn applications_may_live_in_named_namespaces() {
    let spec = json!({"sourceNamespaces": ["team-*", "/^(?!prod-).*-dev$/"]});
    let rules = rules(spec).expect("rules");
    let cases = [
        ("", true),
        ("argocd", true),
        ("team-a", true),
        ("shop-dev", true),
        ("prod-dev", false),
        ("other", false),
    ];
    for (namespace, expected) in cases {
        let found = rules.permits_namespace_of_application(namespace, "argocd");
        assert_eq!(found, expected, "{namespace}");
    }
}

#[test]
fn orphans_are_told_unless_they_are_ignored() {
    let none = rules(json!({})).expect("rules");
    assert!(none.orphans.is_none());
    let quiet = rules(json!({"orphanedResources": {"warn": false}})).expect("rules");
    assert!(!quiet.orphans.expect("set").warn);
    let ignore = json!([{"kind": "Secret", "name": "*.token"}, {"group": "apps"}]);
    let rules = rules(json!({"orphanedResources": {"ignore": ignore}})).expect("rules");
    let orphans = rules.orphans.expect("set");
    assert!(orphans.warn);
    let deployment = ObjectRef {
        gvk: Gvk::parse("apps/v1", "Deployment"),
        ..object("", "web", "a")
    };
    let cases = [
        (object("Secret", "web", "a.token"), true),
        (object("Secret", "web", "a"), false),
        (deployment, true),
        (object("Service", "default", "kubernetes"), true),
        (object("Service", "web", "kubernetes"), false),
        (object("ServiceAccount", "web", "default"), true),
        (object("ConfigMap", "web", "kube-root-ca.crt"), true),
        (object("ConfigMap", "web", "a"), false),
    ];
    for (object, expected) in cases {
        assert_eq!(orphans.ignores(&object), expected, "{object}");
    }
}

#[test]
fn windows_are_about_applications_by_any_or_all_of_their_lists() {
    let application = Application {
        name: "web".to_owned(),
        destination: Destination {
            name: "edge-1".to_owned(),
            server: String::new(),
            namespace: "shop".to_owned(),
        },
        ..Application::default()
    };
    let cases = [
        (json!({"applications": ["w*"]}), true),
        (json!({"applications": ["api"]}), false),
        (
            json!({"applications": ["api"], "namespaces": ["shop"]}),
            true,
        ),
        (json!({"clusters": ["edge-?"]}), true),
        (json!({"clusters": ["https://*"]}), false),
        (json!({}), false),
        (json!({"andOperator": true}), false),
        (json!({"andOperator": true, "applications": ["web"]}), true),
        (
            json!({"andOperator": true, "applications": ["web"], "namespaces": ["other"]}),
            false,
        ),
        (
            json!({"andOperator": true, "clusters": ["*"], "namespaces": ["shop"]}),
            true,
        ),
        (
            json!({"andOperator": true, "applications": ["api"], "namespaces": ["shop"]}),
            false,
        ),
    ];
    for (mut window, expected) in cases {
        window["kind"] = json!("deny");
        window["schedule"] = json!("@daily");
        window["duration"] = json!("1h");
        let rules = rules(json!({"syncWindows": [window.clone()]})).expect("rules");
        let found = rules.windows.iter().any(|w| w.is_about(&application));
        assert_eq!(found, expected, "{window}");
    }
}

#[test]
fn a_rule_that_cannot_be_read_is_an_error_with_its_field() {
    let window = |field: &str, value: &str| {
        let mut window = json!({"kind": "allow", "schedule": "* * * * *", "duration": "1h"});
        window[field] = json!(value);
        json!({ "syncWindows": [window] })
    };
    let cases = [
        (
            json!({"destinations": [{"namespace": "{a"}]}),
            "spec.destinations[0].namespace",
        ),
        (
            json!({"clusterResourceWhitelist": [{"group": "[", "kind": "a"}]}),
            "spec.clusterResourceWhitelist[0].group",
        ),
        (
            json!({"sourceNamespaces": ["a", "/(/"]}),
            "spec.sourceNamespaces[1]",
        ),
        (
            json!({"orphanedResources": {"ignore": [{"name": "[a"}]}}),
            "spec.orphanedResources.ignore[0].name",
        ),
        (window("kind", "permit"), "spec.syncWindows[0].kind"),
        (window("schedule", "* * *"), "spec.syncWindows[0].schedule"),
        (window("duration", "30"), "spec.syncWindows[0].duration"),
        (window("duration", "-1h"), "spec.syncWindows[0].duration"),
    ];
    for (spec, field) in cases {
        let told = rules(spec).expect_err(field);
        assert!(
            told.contains(field) && told.contains("project shop"),
            "{told}"
        );
    }
}
